"""Milestones of the observatory: where they stand, how far they slipped, what is at risk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from kit.errors import LineError, Refused
from kit.service import Runtime
from kit.web import forms
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.events.organising import today
from services.events.pages import typed as read
from services.events.pages.governance.bodies import standings
from services.events.rules.governance import milestones as rules
from services.events.rules.governance.milestones import Milestone
from services.events.store.governance import milestones

router = APIRouter(include_in_schema=False)


@router.get("/gouvernance/jalons")
async def listed(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """Public: the observatory says when it will be there."""
    return page(
        request, "events/governance/milestones.html", standings=await standings(runtime), states=rules.STATES, tones=rules.TONES,
        moves=await milestones.moves(runtime.pool), team=caller.has("team"), today=today(runtime),
    )  # fmt: skip


@router.get("/gouvernance/jalons/nouveau")
async def new(request: Request, caller: CallerDep) -> Response:
    caller.require("team")
    return _form(request, {"measure": "NONE"}, None, ())


@router.post("/gouvernance/jalons/nouveau")
async def add(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    caller.require("team")
    typed = await forms.fields(request)
    try:
        wanted = read_milestone(typed, None)
        rules.check(wanted)
    except Refused as refused:
        return _form(request, typed, None, refused.errors)
    async with runtime.pool.acquire() as connection, connection.transaction():
        await milestones.add(connection, wanted)
    return RedirectResponse("/gouvernance/jalons", 303)


@router.get("/gouvernance/jalons/{milestone_id}")
async def edit(request: Request, milestone_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    caller.require("team")
    kept = await milestones.get(runtime.pool, milestone_id)
    return _form(request, written(kept), kept, ())


@router.post("/gouvernance/jalons/{milestone_id}")
async def change(request: Request, milestone_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    caller.require("team")
    typed = await forms.fields(request)
    kept = await milestones.get(runtime.pool, milestone_id)
    try:
        wanted = read_milestone(typed, kept)
        await move(runtime, milestone_id, read.revision(typed), kept, wanted, typed.get("reason", ""), caller.name)
    except Refused as refused:
        return _form(request, typed, kept, refused.errors)
    return RedirectResponse("/gouvernance/jalons", 303)


async def move(
    runtime: Runtime, milestone_id: UUID, revision: int, before: Milestone, wanted: Milestone, reason: str, by_name: str
) -> None:
    """A day that changes needs its reason. Raises Refused, 412."""
    rules.check(wanted)
    if wanted.due_on != before.due_on and not reason.strip():
        error = LineError(
            column="reason", code="MISSING", message="Dites pourquoi la date change.", example="Deux départements n’ont pas encore déclaré"
        )
        raise Refused([error], code="MILESTONE_REFUSED")
    async with runtime.pool.acquire() as connection, connection.transaction():
        await milestones.change(connection, milestone_id, revision, wanted, reason.strip()[:500], by_name=by_name, now=runtime.clock())


def read_milestone(typed: Mapping[str, str], before: Milestone | None) -> Milestone:
    """The milestone as typed; the day of the first plan is the first day typed, and stays. Raises Refused."""
    errors: list[LineError] = []
    due_on, done_on = read.day(typed, "due_on", errors), read.day(typed, "done_on", errors, required=False)
    year, minimum, figure = (read.whole(typed, name, errors) for name in ("year", "minimum", "figure"))
    if errors or due_on is None:
        raise Refused(errors, code="MILESTONE_REFUSED")
    measure = typed.get("measure", "NONE")
    return Milestone(
        typed.get("title", ""), before.planned_on if before else due_on, due_on, done_on, measure, year if measure == "COVERAGE" else None,
        minimum if measure != "NONE" else None, figure if measure == "MANUAL" else None, typed.get("unit") or None if measure == "MANUAL" else None,
        typed.get("release") or None,
    )  # fmt: skip


def written(kept: Milestone) -> dict[str, str]:
    """A milestone as the fields of its form."""
    fields = {
        "title": kept.title, "due_on": kept.due_on.isoformat(), "done_on": kept.done_on.isoformat() if kept.done_on else "",
        "measure": kept.measure, "year": kept.year, "minimum": kept.minimum, "figure": kept.figure, "unit": kept.unit, "release": kept.release,
    }  # fmt: skip
    return {name: "" if value is None else str(value) for name, value in fields.items()}


def _form(request: Request, typed: Mapping[str, str], kept: Milestone | None, errors: Sequence[LineError]) -> Response:
    return page(
        request, "events/governance/milestone_form.html", status_code=422 if errors else 200, typed=typed, kept=kept,
        errors=forms.by_field(errors), measures=list(rules.MEASURES.items()),
    )  # fmt: skip
