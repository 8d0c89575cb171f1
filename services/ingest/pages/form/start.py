"""« /declarer/nouvelle »: drafts to go on with, or a contract to begin with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from kit import registry
from kit.postgres import Connection
from kit.problems import Problem
from kit.web import forms
from kit.web.render import page
from kit.web.request import RuntimeDep
from schemas.periods import Period
from schemas.zones import PARIS
from services.ingest.access import declarant_of
from services.ingest.acting import CallerDep
from services.ingest.pages.form.content import Content
from services.ingest.pages.form.loading import contract_and_rank
from services.ingest.parts import Contract
from services.ingest.routes.nothing import quarter_in
from services.ingest.rules.coverage import last_quarter
from services.ingest.rules.times import french_period
from services.ingest.settings import spool
from services.ingest.sources import Declarant
from services.ingest.store import drafts
from services.ingest.store.search import Question, search

router = APIRouter(include_in_schema=False)
FOUND: Final = 20
QUARTERS: Final = 8
"""Quarters back that the form offers; older ones come by file."""

_KINDS: Final = {"person": "par personne", "group": "par groupe"}


@router.get("/declarer/nouvelle")
async def begin(request: Request, runtime: RuntimeDep, caller: CallerDep, q: Annotated[str, Query(max_length=200)] = "") -> Response:
    """The contract by its number, words of its object, or its operation."""
    declarant = declarant_of(caller)
    today = runtime.clock().astimezone(PARIS).date()
    async with runtime.pool.acquire() as connection:
        items, following = await search(connection, Question(declarant, words=q, limit=FOUND, over_before=last_quarter(today).start))
        waiting = await drafts.open_of(connection, declarant.id)
        kind = await usual_kind(connection, declarant)
    return page(
        request, "declarer_marche.html", q=q, kinds=_KINDS if kind == "person" else dict(reversed(_KINDS.items())), groups=_by_their_end(items, found=bool(q)), more=following is not None, quarters=quarters(today),
        shown=len(items), quarter_words=french_period(last_quarter(today)), quarter=str(last_quarter(today)),
        waiting=drafts_as_shown(waiting), begun={draft["contract_uid"] for draft in waiting},
    )  # fmt: skip


def drafts_as_shown(waiting: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**draft, "quarter": french_period(quarter_at(draft["quarter_start"]))} for draft in waiting]


def _by_their_end(items: Sequence[dict[str, Any]], *, found: bool) -> list[tuple[str, Sequence[dict[str, Any]]]]:
    """Contracts that may still have hours in the quarter, then those that were over before it; none of an empty group."""
    running, over = [item for item in items if not item["over"]], [item for item in items if item["over"]]
    return [
        (title, group) for title, group in (("Marchés trouvés" if found else "Vos marchés", running), ("Marchés terminés", over)) if group
    ]


@router.post("/declarer/nouvelle")
async def start(runtime: RuntimeDep, caller: CallerDep, request: Request) -> Response:
    """A new draft for a contract and a quarter. One that is open already is taken up again from the card of what is due; whoever chose how the
    lines are, and so meant a new one, is shown it first (409): two drafts of the same hours would be two declarations."""
    declarant = declarant_of(caller)
    form = await forms.fields(request)
    today = runtime.clock().astimezone(PARIS).date()
    quarter = quarter_in(form["quarter"]) if form.get("quarter") else last_quarter(today)
    kind = form.get("type", "")
    async with runtime.pool.acquire() as connection, connection.transaction():
        contract, _ = await contract_and_rank(connection, declarant, _uid(form.get("contract", "")))
        await drafts.alone(connection, declarant.id, contract.uid)
        waiting = await drafts.begun(connection, declarant.id, contract.uid, quarter.start)
        if waiting and not kind:
            return RedirectResponse(f"/declarer/nouvelle/{waiting['draft_id']}/heures", 303)
        if waiting:
            beside = await drafts.open_of(connection, declarant.id, contract.uid)
            return _open_already(request, contract, quarter, kind, beside, today)
        content = Content()
        content.add(kind if kind in _KINDS else await usual_kind(connection, declarant))
        draft = await drafts.begin(
            connection, spool(runtime), declarant.id, contract.uid, quarter.start, content.kept(), caller.id, runtime.clock()
        )
    return RedirectResponse(f"/declarer/nouvelle/{draft}/marche", 303)


def _open_already(
    request: Request, contract: Contract, quarter: Period, kind: str, waiting: Sequence[Mapping[str, Any]], today: date
) -> Response:
    """The contract's open drafts, those of this quarter first, and the quarters that have none."""
    taken = {draft["quarter_start"] for draft in waiting}
    free = [(value, words) for value, words in quarters(today) if quarter_in(value).start not in taken]
    shown = drafts_as_shown(sorted(waiting, key=lambda draft: draft["quarter_start"] != quarter.start))
    return page(
        request, "declarer_brouillon_ouvert.html", status_code=409, contract=contract, object=contract.says("object") or "",
        quarter_words=french_period(quarter), kind=kind, waiting=shown, quarters=free,
    )  # fmt: skip


async def usual_kind(connection: Connection, declarant: Declarant) -> str:
    """Landlords know the hours of each company and rarely the persons (practice, section 3); everybody else begins with a person."""
    known = await registry.organisation(connection, id=declarant.id)
    return "group" if known and known.kind == "BAILLEUR_SOCIAL" else "person"


def quarters(today: date) -> list[tuple[str, str]]:
    """The quarters to choose from, the last one that is over first; the one under way after it."""
    last = last_quarter(today)
    found = [last, quarter_at(last.end)]
    while len(found) < QUARTERS:
        first = found[-1] if len(found) > 2 else last
        month = first.start.month - 3
        found.append(quarter_at(date(first.start.year - (month < 1), (month - 1) % 12 + 1, 1)))
    return [(str(quarter), french_period(quarter)) for quarter in found]


def quarter_at(start: date) -> Period:
    return Period.parse(f"{start.year}-Q{(start.month + 2) // 3}")


def _uid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Problem(
            404, "UNKNOWN_CONTRACT", "Ce marché n’est pas parmi les vôtres", "Cherchez-le par son numéro ou par des mots de son objet."
        ) from None
