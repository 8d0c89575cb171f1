"""The parameters of the formulas: which values hold from which day, and the team's order to set one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from kit.problems import Problem
from kit.web.instants import Day
from kit.web.request import CallerDep, RuntimeDep
from services.indicators.catalogue import measures
from services.indicators.catalogue.parameters import LABELS, Parameter
from services.indicators.replica.task import replica_of
from services.indicators.store import parameters as store

router = APIRouter(prefix="/api/v1/pilotage/parameters", tags=["pilotage"])
PRIVATE = {"Cache-Control": "private, no-store"}


class ParameterBody(BaseModel):
    """A value and the first day for which it holds; the same name and day again replace it."""

    name: str
    value: Decimal = Field(gt=0, le=1_000_000, max_digits=12, decimal_places=4)
    valid_from: Day
    source: str = Field(min_length=3, max_length=300)


@router.get("")
async def listed(runtime: RuntimeDep, caller: CallerDep) -> JSONResponse:
    """Every value with its first day and its source."""
    caller.require("team", "operator", "coordinator")
    found, _ = await (await replica_of(runtime)).ask(measures.in_force)
    return JSONResponse({"items": [_shown(parameter) for parameter in found.all]}, headers=PRIVATE)


@router.post("", status_code=201)
async def put(runtime: RuntimeDep, caller: CallerDep, body: ParameterBody) -> JSONResponse:
    """Set a value from a day on. Figures of periods that start on or after that day follow within a second."""
    caller.require("team")
    if body.name not in LABELS:
        raise Problem(422, "PARAMETER", "Ce paramètre n’existe pas", f"Connus : {', '.join(LABELS)}.")
    parameter = Parameter(body.name, body.valid_from, body.value, body.source)
    async with runtime.pool.acquire() as connection, connection.transaction():
        await store.put(connection, parameter, caller.id)
    return JSONResponse(_shown(parameter), 201, headers=PRIVATE)


def _shown(parameter: Parameter) -> dict[str, Any]:
    value = f"{parameter.value.normalize():f}"
    return {
        "name": parameter.name, "label": LABELS[parameter.name], "value": value, "valid_from": parameter.valid_from.isoformat(),
        "source": parameter.source,
    }  # fmt: skip
