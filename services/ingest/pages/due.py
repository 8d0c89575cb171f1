"""« Rien à déclarer » in one click, from the card of what is expected."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from kit.postgres import Connection
from kit.web.forms import fields
from kit.web.request import RuntimeDep
from services.ingest.access import declarant_of
from services.ingest.acting import CallerDep
from services.ingest.routes.nothing import quarter_in
from services.ingest.store.coverage import coverage, say_nothing
from services.ingest.store.filings import committed

router = APIRouter(include_in_schema=False)


@router.post("/declarer/rien")
async def nothing(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """For one contract of the card, or for all that are still unknown (`contract` is « tous »). What is not expected is passed over."""
    declarant = declarant_of(caller)
    form = await fields(request)
    quarter, wanted = quarter_in(form.get("period", "")), form.get("contract", "")

    async def work(connection: Connection) -> None:
        unknown = (await coverage(connection, declarant, quarter)).unknown
        chosen = [contract for contract in unknown if wanted == "tous" or contract["uid"] == _uid(wanted)]
        if chosen:
            await say_nothing(connection, declarant, quarter, chosen, caller.id, runtime.clock())

    await committed(runtime.pool, work)
    runtime.wake_relay()
    return RedirectResponse("/declarer#attendu", 303)


def _uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
