"""The four steps of a draft: each saves what was typed, says what there is to say, and leads on or back. Works without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from kit import digits
from kit.identity import Caller
from kit.problems import Problem
from kit.service import Runtime
from kit.web import forms
from kit.web.render import page
from kit.web.request import RuntimeDep
from schemas.vocabulary.buyers import PROGRAMMES, SECTORS
from schemas.vocabulary.mechanisms import MECHANISMS, RESERVED_TO
from services.ingest.access import declarant_of
from services.ingest.acting import CallerDep
from services.ingest.pages.form import content as c
from services.ingest.pages.form.content import typed_lines
from services.ingest.pages.form.loading import Filling, filling
from services.ingest.pages.form.looking import Looked, look
from services.ingest.pages.form.start import quarters
from services.ingest.routes.nothing import quarter_in
from services.ingest.rules.complements import ANRU
from services.ingest.rules.coverage import last_quarter
from services.ingest.rules.times import french_period
from services.ingest.settings import spool, tokens
from services.ingest.store import drafts
from services.ingest.store import quarters as known_quarters
from services.ingest.store.numbers import PARIS

router = APIRouter(include_in_schema=False)
Step = Literal["marche", "heures", "complements", "recapitulatif"]
STEPS: Final = {"marche": "Le marché", "heures": "Les heures", "complements": "Compléments", "recapitulatif": "Récapitulatif"}
_ORDER: Final = tuple(STEPS)
_ANSWERED: Final = re.compile(r"group\.(?P<line>\d{1,2})|minutes\.(?P<minutes_of>\d{1,2})\.(?P<month>[0-2])", re.ASCII)
"""What V08 asks, answered beside the hours: several persons, or the minutes of a month."""
_TEMPLATES: Final = {
    "marche": "declarer_etape_marche.html", "heures": "declarer_etape_heures.html", "complements": "declarer_etape_complements.html",
    "recapitulatif": "declarer_etape_recapitulatif.html",
}  # fmt: skip


@router.get("/declarer/nouvelle/{draft_id}/{step}")
async def show(request: Request, runtime: RuntimeDep, caller: CallerDep, draft_id: UUID, step: Step) -> Response:
    found = await filling(runtime, caller, draft_id)
    if found.draft.number:
        return RedirectResponse(f"/declarer/recu/{found.draft.number}", 303)
    return await _page(request, runtime, caller, found, step)


@router.post("/declarer/nouvelle/{draft_id}/abandon")
async def give_up(runtime: RuntimeDep, caller: CallerDep, draft_id: UUID) -> Response:
    async with runtime.pool.acquire() as connection:
        await drafts.drop(connection, draft_id, declarant_of(caller).id)
    return RedirectResponse("/declarer/nouvelle", 303)


@router.post("/declarer/nouvelle/{draft_id}/{step}")
async def save(request: Request, runtime: RuntimeDep, caller: CallerDep, draft_id: UUID, step: Step) -> Response:
    """Keep what was typed. Asked by a field that changed, the answer is only what there is to say; by a button, the next page."""
    found = await filling(runtime, caller, draft_id)
    if found.draft.number:
        return RedirectResponse(f"/declarer/recu/{found.draft.number}", 303)
    form = await forms.fields(request)
    action = form.get("action", "save")
    await _take(runtime, found, step, form, action)
    if request.headers.get("HX-Request") == "true":
        looked = await look(runtime, caller, found)
        return page(request, "declarer_etat.html", **_shown(found, looked, step))
    if action == "previous":
        return RedirectResponse(_where(found, _ORDER[max(0, _ORDER.index(step) - 1)]), 303)
    if action == "next":
        looked = await look(runtime, caller, found)
        if not looked.blocking(step):
            return RedirectResponse(_where(found, _ORDER[_ORDER.index(step) + 1]), 303)
        return await _page(request, runtime, caller, found, step, looked, status_code=422)
    return RedirectResponse(f"{_where(found, step)}#{'lignes' if action.startswith(('add', 'remove', 'repeat')) else 'etat'}", 303)


async def _take(runtime: Runtime, found: Filling, step: Step, form: Mapping[str, str], action: str) -> None:
    content, quarter = found.content, found.quarter
    if step == "marche":
        content.market = {name: form.get(name, "")[:200] for name in c.MARKET}
        quarter = quarter_in(form["quarter"]) if form.get("quarter") else quarter
    elif step == "heures":
        content.grain = "quarter" if form.get("grain") == "quarter" else "month"
        content.lines = typed_lines(form, content.lines, tokens(runtime))
        if action in {"add_person", "add_group"}:
            content.add(action.removeprefix("add_"))
        elif action.startswith("remove.") and (place := digits.whole(action.removeprefix("remove."))):
            del content.lines[place - 1 : place]
        elif asked := _ANSWERED.fullmatch(action):
            if asked["line"]:
                content.as_group(int(asked["line"]))
            else:
                content.in_hours(int(asked["minutes_of"]), int(asked["month"]))
        elif action == "repeat":
            content.grain, lines = c.suggested(await _before(runtime, found), found.quarter)
            content.lines = [*lines, *(line for line in content.lines if any(any(month.values()) for month in line.months))][: c.MOST_LINES]
    elif step == "complements":
        content.complements = {name: form.get(name, "")[:100] for name in c.COMPLEMENTS}
    async with runtime.pool.acquire() as connection:
        await drafts.save(connection, spool(runtime), found.draft.id, content.kept(), quarter.start, runtime.clock())
        fresh = await drafts.get(connection, spool(runtime), found.draft.id, found.declarant.id)
    if fresh is None:
        raise Problem(404, "DRAFT_GONE", "Ce brouillon n’existe plus")
    found.draft = fresh


async def _before(runtime: Runtime, found: Filling) -> list[Any]:
    """The declarant's own lines of the quarter before."""
    async with runtime.pool.acquire() as connection:
        return await known_quarters.own_lines(connection, found.declarant.id, found.contract.uid, _earlier(found))


def _earlier(found: Filling) -> Any:
    start = found.quarter.start
    return quarter_in(f"{start.year - (start.month == 1)}-Q{4 if start.month == 1 else (start.month - 1) // 3}")


async def _page(
    request: Request, runtime: Runtime, caller: Caller, found: Filling, step: Step, looked: Looked | None = None, *, status_code: int = 200
) -> Response:
    looked = looked or await look(runtime, caller, found)
    more: dict[str, Any] = {}
    if step == "marche":
        today = runtime.clock().astimezone(PARIS).date()
        offered = dict(quarters(today)) | {str(found.quarter): french_period(found.quarter)}
        more = {"quarters": list(offered.items()), "mechanisms": MECHANISMS, "reserved": RESERVED_TO, "programmes": PROGRAMMES, "sectors": SECTORS,
                "last": last_quarter(today), "market": market_of(found)}  # fmt: skip
    elif step == "heures":
        repeatable = await _before(runtime, found) if not any(line.hints for line in found.content.lines) else []
        more = {"groups": _GROUPS, "most": c.MOST_LINES, "repeatable": len(repeatable), "earlier": french_period(_earlier(found))}
    elif step == "complements":
        more = {"anru": ANRU, "typed": complements_of(found)}
    else:
        more = {"lines": looked.lines(found)}
    return page(
        request, _TEMPLATES[step], status_code=status_code, errors=looked.beside(step),
        problems=looked.problems(step) if status_code == 422 or step == "recapitulatif" else {}, **_shown(found, looked, step), **more
    )  # fmt: skip


def market_of(found: Filling) -> dict[str, str]:
    """What was typed about the clause, else what is known of it."""
    if found.content.market:
        return found.content.market
    clause, contract = found.contract.clause, found.contract
    said: dict[str, Any] = {"starts_on": contract.starts_on, "ends_on": contract.ends_on}
    if clause:
        said |= {
            "mechanism": clause.mechanisms[0] if clause.mechanisms else "", "reserved_to": clause.reserved_to[0] if clause.reserved_to else "",
            "hours_committed": clause.hours_committed, "programme": clause.programme, "sector": clause.sector, "operation": clause.operation,
        }  # fmt: skip
    return {name: _written(said.get(name)) for name in c.MARKET}


def _written(value: Any) -> str:
    """As people write it: 31/12/2027."""
    return "" if value is None else f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value)


def complements_of(found: Filling) -> dict[str, str]:
    if found.content.complements:
        return found.content.complements
    clause = found.contract.clause
    transfer = clause.staff_transfer if clause else None
    said: dict[str, Any] = {"anru": clause.anru if clause else None, "transfer": "oui" if transfer else ""}
    if transfer:
        said |= {"transfer_idcc": transfer.idcc, "transfer_headcount": transfer.headcount, "transfer_hours": transfer.monthly_hours,
                 "transfer_told_on": transfer.told_on}  # fmt: skip
    return {name: _written(said.get(name)) for name in c.COMPLEMENTS}


def _shown(found: Filling, looked: Looked, step: Step) -> dict[str, Any]:
    contract, position = found.contract, _ORDER.index(step)
    return {
        "step": step, "position": position + 1, "steps": [(name, label, _where(found, name)) for name, label in STEPS.items()],
        "address": _where(found, step), "draft": found.draft, "content": found.content, "quarter": str(found.quarter),
        "quarter_words": french_period(found.quarter), "says_clause": found.says_clause, "looked": looked, "remarks": looked.remarks(step),
        "periods": [(str(period), french_period(period)) for period in found.content.periods(found.quarter)],
        "contract": {
            "uid": contract.uid, "number": contract.number, "object": contract.says("object") or "", "department": contract.says("department"),
            "buyer": contract.says("buyer_name") or contract.buyer_siret, "starts_on": contract.starts_on, "ends_on": contract.ends_on,
            "hours_committed": contract.clause.hours_committed if contract.clause else None,
        },
    }  # fmt: skip


def _where(found: Filling, step: str) -> str:
    return f"/declarer/nouvelle/{found.draft.id}/{step}"


_GROUPS: Final = {
    "work": c.fields_of(c.WORK), "person": c.fields_of(c.PERSON), "more": c.fields_of(c.MORE), "identity": c.fields_of(c.IDENTITY),
    "group": c.fields_of(c.GROUP), "group_more": c.fields_of(c.GROUP_MORE), "person_month": c.fields_of(c.PERSON_MONTH),
    "group_month": c.fields_of(c.GROUP_MONTH),
}  # fmt: skip
