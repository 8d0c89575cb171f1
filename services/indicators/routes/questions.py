"""From a request's address to a question, for both faces."""

from __future__ import annotations

from typing import Any, Final

from fastapi import Request

from kit.problems import Problem
from kit.service import Runtime
from schemas.zones import PARIS
from services.indicators.catalogue import definitions, dimensions
from services.indicators.catalogue.definitions import Indicator
from services.indicators.catalogue.questions import Question, of_parameters


def indicator_of(name: str) -> Indicator:
    """Raises a 404 problem for an id that the catalogue does not know."""
    found = definitions.BY_ID.get(name)
    if found is None:
        raise Problem(404, "UNKNOWN_INDICATOR", "Cet indicateur n’existe pas", f"Connus : {', '.join(definitions.BY_ID)}.")
    return found


def question_of(name: str, request: Request, runtime: Runtime) -> Question:
    today = runtime.clock().astimezone(PARIS).date()
    return of_parameters(indicator_of(name), request.query_params.multi_items(), today)


def parameter(name: str, description: str, *, required: bool = False) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "array", "items": {"type": "string"}}
    return {"name": name, "in": "query", "required": required, "description": description, "schema": schema, "explode": True}


DOCUMENTED: Final[dict[str, Any]] = {
    "parameters": [
        parameter(
            "period",
            "2019, 2019-S1, 2019-Q1, 2019-03, 12m:2019-03 (twelve months ending with March) or 2017..2019; repeatable",
            required=True,
        ),
        parameter("by", "At most two dimensions, separated by a comma"),
        *(parameter(d.name, f"{d.label}: any of these codes") for d in dimensions.ALL if not d.time),
    ]
}
"""The query parameters in the API document; they are read by one parser for both faces, not by the framework."""
