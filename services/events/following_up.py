"""What comes out of a diagnostic form: a department's event of companies and ESS structures, or an action, filled in from the answers."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from kit.identity import Caller
from kit.problems import Problem
from kit.service import Runtime
from schemas.vocabulary.buyers import SECTORS
from schemas.vocabulary.places import DEPARTMENTS
from services.events import access, diagnosing
from services.events.diagnosing import Filled
from services.events.organising import today
from services.events.rules.diagnostic.questions import EVENT_PLACE, EVENT_TRADE, WISHED_ACTIONS
from services.events.rules.editions import Edition, first_programme
from services.events.store import diagnostics

NOTICE = timedelta(days=90)
"""A department's event is proposed that long after today."""


async def source_of(runtime: Runtime, caller: Caller, diagnostic: str) -> UUID | None:
    """The form's id, checked; None when no form was named. Raises 404, 403 for another department's."""
    if not diagnostic:
        return None
    return (await _form(runtime, caller, diagnostic)).form.diagnostic_id


async def event_of(runtime: Runtime, caller: Caller, diagnostic: str) -> tuple[Edition, UUID]:
    """The event that the form's answers describe: its trade and place as wished, on a working day three months from now."""
    found = await _form(runtime, caller, diagnostic)
    form = found.form
    trade = found.shown(EVENT_TRADE) or found.shown("offre_absente").split(", ")[0] or "Toutes filières"
    place = found.shown(EVENT_PLACE) or found.shown("structure") or f"Lieu à préciser, {DEPARTMENTS[form.department]}"
    day = today(runtime) + NOTICE
    while day.weekday() != 3:  # a Thursday, as the network's meetings usually are (to be confirmed with users)
        day += timedelta(days=1)
    wished = f"Souhaité dans la fiche diagnostic {form.year}."
    edition = Edition(
        "EVENEMENT_DEPARTEMENTAL", f"Entreprises × ESS : {trade[:120]}", trade[:200], day, "MORNING", place[:200], form.department,
        sectors=tuple(code for code, label in SECTORS.items() if label.lower() in trade.lower()), summary=wished,
        programme=first_programme("MORNING"),
    )  # fmt: skip
    return edition, form.diagnostic_id


async def action_of(runtime: Runtime, caller: Caller, diagnostic: str) -> dict[str, str]:
    """The fields of the form of an action: the first one wished, by the coordination, in three months."""
    found = await _form(runtime, caller, diagnostic)
    form = found.form
    wished = [line.strip("-• ") for line in found.shown(WISHED_ACTIONS).splitlines() if line.strip("-• ")]
    return {
        "diagnostic": str(form.diagnostic_id), "owner": f"d:{form.department}", "due": (today(runtime) + NOTICE).isoformat(),
        "title": wished[0][:200] if wished else "", "detail": "\n".join(wished[1:]),
        "from_diagnostic": f"{DEPARTMENTS[form.department]}, {form.year}",
    }  # fmt: skip


async def _form(runtime: Runtime, caller: Caller, diagnostic: str) -> Filled:
    try:
        form = await diagnostics.by_id(runtime.pool, UUID(diagnostic))
    except ValueError:
        form = None
    if form is None:
        raise Problem(404, "UNKNOWN_DIAGNOSTIC", "Cette fiche diagnostic n’existe pas")
    access.organiser(caller, form.department)
    return await diagnosing.filled(runtime, form.year, form.department)
