"""The end of the form: the filing, the clause and the complements in one transaction, once, however often the button is pressed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from kit.identity import Caller
from kit.postgres import Connection
from kit.service import Runtime
from kit.web import forms
from kit.web.request import RuntimeDep
from schemas.contracts import Clause, StaffTransfer
from services.ingest.acting import CallerDep
from services.ingest.pages.form.loading import Filling, filling, filling_in
from services.ingest.pages.form.looking import day, look, whole
from services.ingest.pages.form.showing import step_page
from services.ingest.parts import Declared
from services.ingest.rules.durations import centihours_of
from services.ingest.store import drafts, filings
from services.ingest.store.contracts import declare_clause
from services.ingest.store.filings import committed

router = APIRouter(include_in_schema=False)


@router.post("/declarer/nouvelle/{draft_id}/envoyer")
async def send(request: Request, runtime: RuntimeDep, caller: CallerDep, draft_id: UUID) -> Response:
    """Back to the recapitulation while something blocks, or when another window has changed what was read there (409); a draft that was sent
    leads to its receipt."""
    read = (await forms.fields(request)).get("seen")
    found = await filling(runtime, caller, draft_id)
    number = found.draft.number
    if number is None:
        looked = await look(runtime, caller, found)
        if any(looked.blocking(step) for step in ("marche", "heures", "complements")):
            return RedirectResponse(f"/declarer/nouvelle/{draft_id}/recapitulatif", 303)
        number = await _sent(runtime, caller, found, read or _now(found))
        if number is None:
            found = await filling(runtime, caller, draft_id)
            return await step_page(request, runtime, caller, found, "recapitulatif", changed=True)
    runtime.wake_relay()
    return RedirectResponse(f"/declarer/recu/{number}", 303)


def _now(found: Filling) -> str:
    return found.version.fingerprint("recapitulatif")


async def _sent(runtime: Runtime, caller: Caller, found: Filling, read: str) -> str | None:
    """The number of the filing; None when the draft does not say any more what its author read and `found` was checked with."""
    intake = found.intake(runtime, caller)

    async def work(connection: Connection) -> str | None:
        held = await filling_in(connection, runtime, caller, found.draft.id, lock=True)
        if held.draft.number:
            return held.draft.number
        if not read == _now(found) == _now(held):
            return None
        now = runtime.clock()
        if found.says_clause and says_something(found):
            await declare_clause(connection, found.contract.uid, declared_part(found), by=caller.id, at=now)
        receipt = await filings.accept(connection, await intake.filing(connection), now)
        if worked := found.content.complements.get("worked_hours"):
            await drafts.say_worked(
                connection, found.declarant.id, found.contract.uid, found.quarter.start, centihours_of(worked), caller.id, now
            )
        await drafts.sent(connection, held.draft.id, receipt.number)
        return receipt.number

    return await committed(runtime.pool, work)


def says_something(found: Filling) -> bool:
    """Whether the steps about the contract were filled: an empty form declares no clause."""
    return any(found.content.market.values()) or any(v for name, v in found.content.complements.items() if name != "worked_hours")


def declared_part(found: Filling) -> Declared:
    """What the form says of the contract and its clause; what it leaves out stays as it was."""
    market, clause = found.content.market, found.contract.clause or Clause(revision=1)
    said: dict[str, Any] = {}
    if market:
        said = {
            "mechanisms": _first(market.get("mechanism"), clause.mechanisms), "reserved_to": _first(market.get("reserved_to"), clause.reserved_to),
            "hours_committed": whole(market.get("hours_committed")), "programme": market.get("programme") or None,
            "sector": market.get("sector", clause.sector) or None, "operation": market.get("operation") or None,
        }  # fmt: skip
    return Declared(
        starts_on=day(market.get("starts_on")), ends_on=day(market.get("ends_on")),
        clause=clause.model_copy(update={**said, **_complements(found)}),
    )  # fmt: skip


def _first(code: str | None, known: tuple[str, ...]) -> tuple[str, ...]:
    """The form shows one code; a contract that has several keeps them while the first is left as it is."""
    if not code:
        return ()
    return known if known[:1] == (code,) else (code,)


def _complements(found: Filling) -> dict[str, Any]:
    typed = found.content.complements
    if not typed:
        return {}
    transfer = None
    if typed.get("transfer") == "oui":
        transfer = StaffTransfer(
            idcc=typed.get("transfer_idcc") or None, headcount=whole(typed.get("transfer_headcount")),
            monthly_hours=whole(typed.get("transfer_hours")), told_on=day(typed.get("transfer_told_on")),
        )  # fmt: skip
    return {"anru": typed.get("anru") or None, "staff_transfer": transfer}
