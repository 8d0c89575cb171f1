"""« Agenda » and the page of one meeting, with its registration form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from kit.errors import LineError, Refused
from kit.problems import Problem
from kit.web import forms
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.network import MEETINGS, PARTICIPANTS, SESSIONS, THEMES
from schemas.vocabulary.places import DEPARTMENTS
from services.events import access, registering
from services.events.organising import links_of
from services.events.rules.meetings import PARIS, begins
from services.events.rules.registrations import Applicant
from services.events.store import meetings, seats

router = APIRouter(include_in_schema=False)


@router.get("/agenda")
async def agenda(
    request: Request, runtime: RuntimeDep, caller: CallerDep, departement: str = "", kind: Annotated[str, Query(alias="type")] = ""
) -> Response:
    now = runtime.clock().astimezone(ZoneInfo(PARIS)).replace(tzinfo=None)
    department, wanted = departement if departement in DEPARTMENTS else None, kind if kind in MEETINGS else None
    found = await meetings.upcoming(runtime.pool, now, department=department, kind=wanted, limit=200)
    return page(
        request, "events/agenda.html", meetings=found, department=department or "", kind=wanted or "", departments=DEPARTMENTS,
        kinds=MEETINGS, may_plan=caller.has("team", "coordinator"),
    )  # fmt: skip


@router.get("/agenda/{meeting_id}")
async def one(request: Request, meeting_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    return await _page(request, runtime, caller, meeting_id, {}, ())


@router.post("/agenda/{meeting_id}/inscription")
async def register(request: Request, meeting_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    typed = await forms.fields(request)
    try:
        session_id = UUID(typed.get("session", ""))
    except ValueError:
        raise Problem(422, "UNKNOWN_SESSION", "Choisissez une séance") from None
    applicant = Applicant(typed.get("name", ""), typed.get("email", ""), typed.get("organisation", ""), typed.get("role", ""))
    try:
        seat = await registering.register(runtime, request, meeting_id, session_id, applicant)
    except Refused as refused:
        return await _page(request, runtime, caller, meeting_id, typed, refused.errors)
    return RedirectResponse(links_of(runtime).path(seat.registration_id), 303)


async def _page(
    request: Request, runtime: RuntimeDep, caller: CallerDep, meeting_id: UUID, typed: forms.Values, errors: Sequence[LineError]
) -> Response:
    kept = await meetings.get(runtime.pool, meeting_id)
    counts = await seats.counts(runtime.pool, meeting_id)
    over = runtime.clock() >= begins(kept.plan.starts_at, kept.plan.zone)
    return page(
        request, "events/meeting.html", status_code=422 if errors else 200, kept=kept, plan=kept.plan,
        sessions=[(session, *counts.get(session.session_id or UUID(int=0), (0, 0))) for session in kept.plan.sessions],
        open=not kept.cancelled and not over, over=over, typed=typed, errors=forms.by_field(errors),
        kinds=MEETINGS, themes=THEMES, session_kinds=SESSIONS, departments=DEPARTMENTS,
        participants=forms.choices(PARTICIPANTS, blank="Choisissez"),
        may_organise=access.may_organise(caller, kept.plan.department),
    )  # fmt: skip
