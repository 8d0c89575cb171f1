"""Pages of those who organise: plan, change, cancel, and the attendance list to print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from kit.errors import LineError, Refused
from kit.web import forms
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.network import MEETINGS, SESSIONS, THEMES
from schemas.vocabulary.places import DEPARTMENTS
from services.events import access, organising, registering
from services.events.rules.meetings import Plan, PlannedSession, keeping
from services.events.store import invited, meetings, seats
from services.events.store.meetings import Kept

router = APIRouter(include_in_schema=False)
SESSION_ROWS = 8


@router.get("/agenda/nouvelle")
async def new(request: Request, caller: CallerDep) -> Response:
    access.planning(caller)
    return _form(request, {"kind": "ATELIER"}, None, ())


@router.post("/agenda/nouvelle")
async def plan(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    typed = await forms.fields(request)
    try:
        wanted = read(typed)
        access.organiser(caller, wanted.department)
        kept = await organising.plan(runtime, caller, wanted)
    except Refused as refused:
        return _form(request, typed, None, refused.errors)
    return RedirectResponse(f"/agenda/{kept.meeting_id}", 303)


@router.get("/agenda/{meeting_id}/modifier")
async def edit(request: Request, meeting_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await meetings.get(runtime.pool, meeting_id)
    access.acting(caller, kept.plan.department)
    return _form(request, written(kept), kept, ())


@router.post("/agenda/{meeting_id}/modifier")
async def change(request: Request, meeting_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await meetings.get(runtime.pool, meeting_id)
    access.organiser(caller, kept.plan.department)
    typed = await forms.fields(request)
    try:
        wanted = keeping(kept.plan, read(typed))
        access.organiser(caller, wanted.department)
        await organising.change(runtime, caller, meeting_id, int(typed.get("revision", "0") or 0), wanted, typed.get("reason") or None)
    except Refused as refused:
        return _form(request, typed, kept, refused.errors)
    return RedirectResponse(f"/agenda/{meeting_id}", 303)


@router.post("/agenda/{meeting_id}/annuler")
async def cancel(request: Request, meeting_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await meetings.get(runtime.pool, meeting_id)
    access.organiser(caller, kept.plan.department)
    typed = await forms.fields(request)
    if not typed.get("cancel_reason"):
        error = LineError(column="cancel_reason", code="MISSING", message="Indiquez le motif : il est envoyé aux personnes invitées.")
        return _form(request, written(kept), kept, (error,))
    await organising.cancel(runtime, caller, meeting_id, int(typed.get("revision", "0") or 0), typed["cancel_reason"][:500])
    return RedirectResponse(f"/agenda/{meeting_id}", 303)


@router.get("/agenda/{meeting_id}/inscrits")
async def attendance(request: Request, meeting_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await meetings.get(runtime.pool, meeting_id)
    access.organiser(caller, kept.plan.department)
    listed = [(session, await seats.of_session(runtime.pool, session.session_id)) for session in kept.plan.sessions if session.session_id]
    guests = await invited.of_meeting(runtime.pool, kept.plan)
    return page(request, "events/attendance.html", kept=kept, plan=kept.plan, sessions=listed, invited=guests)


@router.post("/agenda/inscrits/{registration_id}/annuler")
async def give_up(registration_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    seat = await seats.get(runtime.pool, registration_id)
    access.organiser(caller, (await meetings.get(runtime.pool, seat.meeting_id)).plan.department)
    await registering.give_up(runtime, registration_id, "Annulée par l’organisation")
    return RedirectResponse(f"/agenda/{seat.meeting_id}/inscrits", 303)


def read(typed: Mapping[str, str]) -> Plan:
    """The plan that a person typed. Raises Refused when a date or a number cannot be read."""
    errors: list[LineError] = []
    starts_at = _moment(typed, "starts_at", errors)
    ends_at = _moment(typed, "ends_at", errors)
    sessions = [_session(typed, row, errors) for row in range(SESSION_ROWS) if typed.get(f"sessions.{row}.name")]
    if errors or starts_at is None or ends_at is None:
        raise Refused(errors, code="MEETING_REFUSED", title="La réunion ne peut pas être enregistrée telle quelle")
    return Plan(
        kind=typed.get("kind", ""), title=typed.get("title", ""), starts_at=starts_at, ends_at=ends_at, place=typed.get("place", ""),
        theme=typed.get("theme") or None, department=typed.get("department") or None, access=typed.get("access") or None,
        sessions=tuple(sessions),
    )  # fmt: skip


def _moment(typed: Mapping[str, str], name: str, errors: list[LineError]) -> datetime | None:
    text = f"{typed.get(f'{name}.day', '')}T{typed.get(f'{name}.time', '')}"
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        errors.append(
            LineError(
                column=f"{name}.day",
                code="DATE",
                value=text.strip("T"),
                message="Indiquez le jour et l’heure.",
                example="2027-01-29 et 09:30",
            )
        )
        return None


def _session(typed: Mapping[str, str], row: int, errors: list[LineError]) -> PlannedSession:
    capacity, session_id = typed.get(f"sessions.{row}.capacity", ""), typed.get(f"sessions.{row}.id", "")
    if capacity and not (capacity.isascii() and capacity.isdigit()):
        errors.append(
            LineError(
                column=f"sessions.{row}.capacity",
                code="CAPACITY",
                value=capacity,
                message="Le nombre de places est un entier.",
                example="25",
            )
        )
        capacity = ""
    return PlannedSession(
        typed[f"sessions.{row}.name"],
        typed.get(f"sessions.{row}.kind", "ATELIER"),
        int(capacity) if capacity else None,
        UUID(session_id) if session_id else None,
    )


def written(kept: Kept) -> dict[str, str]:
    """A meeting as the fields of its form."""
    plan_ = kept.plan
    found = {
        "kind": plan_.kind, "title": plan_.title, "theme": plan_.theme or "", "department": plan_.department or "", "place": plan_.place,
        "access": plan_.access or "", "starts_at.day": f"{plan_.starts_at:%Y-%m-%d}", "starts_at.time": f"{plan_.starts_at:%H:%M}",
        "ends_at.day": f"{plan_.ends_at:%Y-%m-%d}", "ends_at.time": f"{plan_.ends_at:%H:%M}",
    }  # fmt: skip
    for row, session in enumerate(plan_.sessions):
        found |= {
            f"sessions.{row}.id": str(session.session_id), f"sessions.{row}.name": session.name, f"sessions.{row}.kind": session.kind,
            f"sessions.{row}.capacity": str(session.capacity or ""),
        }  # fmt: skip
    return found


def _form(request: Request, typed: Mapping[str, str], kept: Kept | None, errors: Sequence[LineError]) -> Response:
    used = len(kept.plan.sessions) if kept else 0
    return page(
        request, "events/organise.html", status_code=422 if errors else 200, typed=typed, kept=kept, errors=forms.by_field(errors),
        rows=range(min(SESSION_ROWS, used + 3)), kinds=forms.choices(MEETINGS, blank=None),
        themes=forms.choices(THEMES, blank="Sans thème"),
        departments=forms.choices({code: f"{code} – {name}" for code, name in DEPARTMENTS.items()}, blank="Toute la région"),
        session_kinds=forms.choices(SESSIONS, blank=None),
    )  # fmt: skip
