"""« Placer les collèges »: the planner places one meeting of each college into a window, around those who have to be there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from kit.errors import LineError, Refused
from kit.service import Runtime
from kit.web import forms
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.events import ateliers
from services.events.organising import today
from services.events.pages import plan_questions
from services.events.planning import conditions
from services.events.planning.instance import Atelier, Instance
from services.events.rules import plans as rules
from services.events.store.governance import bodies
from services.events.store.governance.bodies import Body

router = APIRouter(include_in_schema=False)


@router.get("/ateliers/colleges")
async def new(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    caller.require("team")
    first = {f"body.{body.code}": "oui" for body in await _colleges(runtime)} | {f"weekday.{day}": "oui" for day in range(5)}
    first |= {"half.MORNING": "oui", "half.AFTERNOON": "oui", "per_week": "2", "title": f"Collèges {today(runtime).year}"}
    return await _form(request, runtime, first, ())


@router.post("/ateliers/colleges")
async def propose(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    caller.require("team")
    typed = await forms.fields(request)
    try:
        frame = plan_questions.read(typed)
        chosen = [body for body in await _colleges(runtime) if typed.get(f"body.{body.code}")]
        everybody = typed.get("everybody") == "oui"
        around = replace(frame.around, conditions=replace(frame.around.conditions, own_department=False))
        question = await _question(runtime, around, chosen, frame.expected, everybody=everybody)
        kept = await ateliers.propose(runtime, caller, typed.get("title", ""), rules.COLLEGE, question)
    except Refused as refused:
        return await _form(request, runtime, typed, refused.errors)
    return RedirectResponse(f"/ateliers/plans/{kept.plan_id}", 303)


async def _colleges(runtime: Runtime) -> list[Body]:
    return [body for body in await bodies.all_of(runtime.pool) if body.kind == rules.COLLEGE and body.active]


async def _question(runtime: Runtime, around: Instance, chosen: Sequence[Body], expected: int, *, everybody: bool) -> Instance:
    """Chair and secretaries have to be free, or every member that the annuaire knows; a department's seat is whoever holds its mandate then."""
    placed: list[Atelier] = []
    names: dict[str, str] = {}
    for body in chosen:
        seats = await bodies.seats(runtime.pool, body.code, around.starts_on)
        needed = [seat for seat in seats if everybody or seat.member.role in {"CHAIR", "SECRETARY"}]
        names |= {str(seat.member.person_id): seat.label for seat in needed if seat.member.person_id}
        people = await bodies.people_of(runtime.pool, [seat.member for seat in needed], around.starts_on)
        placed.append(Atelier(body.code, body.name, expected=expected or len(seats), required=people))
    return replace(around, ateliers=tuple(placed), names=names)


async def _form(request: Request, runtime: Runtime, typed: forms.Values, errors: Sequence[LineError]) -> Response:
    return page(
        request, "events/ateliers/colleges.html", status_code=422 if errors else 200, typed=typed, errors=forms.by_field(errors),
        bodies=await _colleges(runtime), weekdays=list(enumerate(conditions.WEEKDAYS[:5])), halves=conditions.HALF_NAMES,
    )  # fmt: skip
