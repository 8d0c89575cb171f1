"""What the pages of the four steps show of a draft."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from fastapi import Request, Response

from kit.identity import Caller
from kit.postgres import Connection
from kit.service import Runtime
from kit.web.render import page
from schemas.periods import Period
from schemas.vocabulary.buyers import PROGRAMMES, SECTORS
from schemas.vocabulary.mechanisms import MECHANISMS, RESERVED_TO
from schemas.zones import PARIS
from services.ingest.pages.form import content as c
from services.ingest.pages.form.loading import Filling
from services.ingest.pages.form.looking import Looked, look
from services.ingest.pages.form.start import quarters
from services.ingest.pages.form.windows import Elsewhere, Window
from services.ingest.routes.nothing import quarter_in
from services.ingest.rules.complements import ANRU
from services.ingest.rules.coverage import last_quarter
from services.ingest.rules.declared import LineValue
from services.ingest.rules.times import french_period
from services.ingest.store import quarters as known_quarters

STEPS: Final = {"marche": "Le marché", "heures": "Les heures", "complements": "Compléments", "recapitulatif": "Récapitulatif"}
ORDER: Final = tuple(STEPS)
_TEMPLATES: Final = {
    "marche": "declarer_etape_marche.html", "heures": "declarer_etape_heures.html", "complements": "declarer_etape_complements.html",
    "recapitulatif": "declarer_etape_recapitulatif.html",
}  # fmt: skip
_GROUPS: Final = {
    "work": c.fields_of(c.WORK), "person": c.fields_of(c.PERSON), "more": c.fields_of(c.MORE), "identity": c.fields_of(c.IDENTITY),
    "group": c.fields_of(c.GROUP), "group_more": c.fields_of(c.GROUP_MORE), "person_month": c.fields_of(c.PERSON_MONTH),
    "group_month": c.fields_of(c.GROUP_MONTH),
}  # fmt: skip


async def step_page(
    request: Request, runtime: Runtime, caller: Caller, found: Filling, step: str, looked: Looked | None = None, *,
    elsewhere: Elsewhere | None = None, changed: bool = False,
) -> Response:  # fmt: skip
    """The step as it is saved; after `looked` with what blocks it, beside what was saved `elsewhere` as it was typed. `changed`: since it was
    read to be sent."""
    status = 409 if elsewhere or changed else 422 if looked else 200
    looked = looked or await look(runtime, caller, found)
    more: dict[str, Any] = {}
    if step == "marche":
        today = runtime.clock().astimezone(PARIS).date()
        offered = dict(quarters(today)) | {str(found.quarter): french_period(found.quarter)}
        more = {"quarters": list(offered.items()), "mechanisms": MECHANISMS, "reserved": RESERVED_TO, "programmes": PROGRAMMES, "sectors": SECTORS,
                "last": last_quarter(today), "market": market_of(found), "labels": c.MARKET}  # fmt: skip
    elif step == "heures":
        repeatable = []
        if not any(line.hints for line in found.content.lines):
            async with runtime.pool.acquire() as connection:
                repeatable = await before(connection, found)
        more = {"groups": _GROUPS, "most": c.MOST_LINES, "repeatable": len(repeatable), "earlier": french_period(_earlier(found))}
    elif step == "complements":
        more = {"anru": ANRU, "typed": complements_of(found), "labels": c.COMPLEMENTS}
    else:
        more = {"lines": looked.lines(found)}
    problems = looked.problems(step) if status == 422 or step == "recapitulatif" else {}
    window = elsewhere.window if elsewhere else Window.opened(found.version, step)
    shown = shown_of(found, looked, step, window, elsewhere)
    return page(
        request, _TEMPLATES[step], status_code=status, errors=looked.beside(step), problems=problems, changed=changed, **shown, **more
    )


def shown_of(found: Filling, looked: Looked, step: str, window: Window, elsewhere: Elsewhere | None = None) -> dict[str, Any]:
    """What a step's page and the part of it that changes while one types have in common."""
    contract = found.contract
    return {
        "step": step, "position": ORDER.index(step) + 1, "steps": [(name, label, where(found, name)) for name, label in STEPS.items()],
        "address": where(found, step), "draft": found.draft, "content": found.content, "quarter": str(found.quarter), "window": window,
        "elsewhere": elsewhere,
        "quarter_words": french_period(found.quarter), "says_clause": found.says_clause, "looked": looked, "remarks": looked.remarks(step),
        "periods": [(str(period), french_period(period)) for period in found.content.periods(found.quarter)],
        "contract": {
            "uid": contract.uid, "number": contract.number, "object": contract.says("object") or "", "department": contract.says("department"),
            "buyer": contract.says("buyer_name") or contract.buyer_siret, "starts_on": contract.starts_on, "ends_on": contract.ends_on,
            "hours_committed": contract.clause.hours_committed if contract.clause else None,
        },
    }  # fmt: skip


def where(found: Filling, step: str) -> str:
    return f"/declarer/nouvelle/{found.draft.id}/{step}"


async def before(connection: Connection, found: Filling) -> list[LineValue]:
    """The declarant's own lines of the quarter before."""
    return await known_quarters.own_lines(connection, found.declarant.id, found.contract.uid, _earlier(found))


def _earlier(found: Filling) -> Period:
    start = found.quarter.start
    return quarter_in(f"{start.year - (start.month == 1)}-Q{4 if start.month == 1 else (start.month - 1) // 3}")


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
