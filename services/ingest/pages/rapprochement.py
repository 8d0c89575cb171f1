"""« /declarer/rapprochements »: where two sources said the same contract's hours, what each says and by how much they differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from kit.identity import Caller
from kit.web.render import page
from kit.web.request import RuntimeDep
from schemas.periods import Period
from services.ingest.access import declarant_of
from services.ingest.acting import CallerDep
from services.ingest.rules.times import french_period
from services.ingest.store.rapprochement import Seen, differences

router = APIRouter(include_in_schema=False)
PAGE: Final = 25
_RANKS: Final = {3: "facilitateur", 2: "acheteur", 1: "entreprise"}


@router.get("/declarer/rapprochements")
async def listed(
    request: Request, runtime: RuntimeDep, caller: CallerDep, suite: Annotated[str | None, Query(max_length=300)] = None
) -> Response:
    """For those who said something of the contract, and for the coordination of its department."""
    async with runtime.pool.acquire() as connection:
        items, following = await differences(connection, seen_by(caller), suite, PAGE)
    return page(
        request, "declarer_rapprochements.html", items=[_row(item) for item in items], following=following, first_page=suite is None
    )


def seen_by(caller: Caller) -> Seen:
    """Whose contracts the caller may look at. Raises a 401 or 403 problem."""
    caller.require("declarant", "facilitator", "coordinator", "team")
    if caller.has("team"):
        return Seen(everything=True)
    own = declarant_of(caller) if caller.has("declarant", "facilitator") else None
    return Seen(own, caller.departments if caller.has("coordinator") else frozenset())


def _row(item: Mapping[str, Any]) -> dict[str, Any]:
    here = Period.of(item["period_start"], item["period_months"])
    sources = [{**source, "period": Period.of(source["said_start"], source["said_months"])} for source in item["sources"]]
    counting = [source for source in sources if source["counts"]]
    comparable = all(here.covers(source["period"]) for source in counting)
    reference = sum(source["centihours"] for source in counting)
    return {
        **item, "period": french_period(here),
        "sources": [
            {
                **source, "as_who": _RANKS.get(source["rank"], "–"), "of": None if source["period"] == here else french_period(source["period"]),
                "difference": source["centihours"] - reference if comparable and not source["counts"] else None,
            }
            for source in sources
        ],
    }  # fmt: skip
