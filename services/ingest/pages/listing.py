"""« /declarer »: the filings of one's organisation, newest first."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from kit.web.render import page
from kit.web.request import RuntimeDep
from schemas.vocabulary.places import DEPARTMENTS
from schemas.zones import PARIS
from services.ingest.access import Scope, declarant_of, scope_of
from services.ingest.acting import CallerDep
from services.ingest.pages.form.start import drafts_as_shown
from services.ingest.pages.wording import BESIDE, REPLACED, STATES, period_of_filing
from services.ingest.rules.coverage import due_on, last_quarter
from services.ingest.rules.times import french_period
from services.ingest.store import drafts, parked, questions, reading, spool
from services.ingest.store.coverage import coverage
from services.ingest.store.reading import Filters

router = APIRouter(include_in_schema=False)
PAGE = 25


@router.get("/declarer")
async def filings(
    request: Request, runtime: RuntimeDep, caller: CallerDep, suite: Annotated[str | None, Query(max_length=300)] = None
) -> Response:
    """The team reads every filing, a coordination those of its departments, a declarant the own organisation's."""
    caller.require("declarant", "facilitator", "coordinator", "team", "operator")
    declares = caller.has("declarant", "facilitator")
    everything = caller.has("team", "operator")
    scope = Scope(organisation=caller.organisation) if declares and not everything else scope_of(caller)
    async with runtime.pool.acquire() as connection:
        items, following = await reading.filings(connection, scope, Filters(cursor=suite, limit=PAGE))
        no_more = await reading.counting_no_more(connection, [item["number"] for item in items])
        may_declare = declares and caller.organisation is not None
        today = runtime.clock().astimezone(PARIS).date()
        quarter = last_quarter(today)
        asked = await questions.open_of(connection, caller.organisation) if may_declare and caller.organisation and suite is None else []
        aside = await parked.still_waiting(connection, declarant_of(caller)) if may_declare and suite is None else 0
        files = await spool.waiting(connection, declarant_of(caller).id, runtime.clock()) if may_declare and suite is None else []
        begun = drafts_as_shown(await drafts.open_of(connection, declarant_of(caller).id)) if may_declare and suite is None else []
        due = await coverage(connection, declarant_of(caller), quarter) if may_declare and suite is None else None
    return page(
        request,
        "declarer.html",
        items=[_row(item, no_more.get(item["number"])) for item in items],
        following=following,
        may_declare=may_declare,
        asked=asked,
        aside=aside,
        waiting=files,
        drafts=begun,
        begun={draft["contract_uid"]: draft["draft_id"] for draft in begun if draft["quarter_start"] == quarter.start},
        represented=getattr(caller, "represented", ""),
        facilitates=caller.has("facilitator"),
        due=due if due and due.expected else None,
        due_period=french_period(quarter),
        due_on=due_on(quarter),
        due_in=(due_on(quarter) - today).days,
        everything=everything,
        followed=[DEPARTMENTS[code] for code in sorted(scope.departments)],
        first_page=suite is None,
    )


def _row(item: dict[str, Any], beside: bool | None) -> dict[str, Any]:
    """`beside`: no line of it counts today, since another source does (True) or later filings have them all (False)."""
    label, tone = STATES.get(item["state"], (item["state"], "plain")) if beside is None else BESIDE if beside else REPLACED
    return {
        **item,
        "label": label,
        "tone": tone,
        "period": period_of_filing(item["period"], item["lines"]),
        "centihours": sum(part["centihours"] for part in item["departments"]),
    }
