"""The list of editions, and one edition for everybody: programme, seats, what one can do."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.buyers import SECTORS
from schemas.vocabulary.network import SESSIONS
from schemas.vocabulary.places import DEPARTMENTS
from services.events import access
from services.events.organising import today
from services.events.rules.editions import HALVES
from services.events.rules.meetings import begins
from services.events.rules.papers import AUDIENCES
from services.events.store import editions, meetings, papers, seats
from services.events.store.editions import KeptEdition
from services.events.store.meetings import Kept

router = APIRouter(include_in_schema=False)


@router.get("/openmap")
async def listed(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    found = await editions.all_of(runtime.pool)
    now = today(runtime)
    visible = [kept for kept in found if kept.meeting_id is not None or access.may_organise(caller, kept.edition.department)]
    return page(
        request, "events/openmap/list.html",
        coming=[kept for kept in reversed(visible) if kept.edition.day >= now], past=[kept for kept in visible if kept.edition.day < now],
        halves=HALVES, departments=DEPARTMENTS, may_plan=caller.has("team") or bool(caller.own),
    )  # fmt: skip


@router.get("/openmap/{key}")
async def one(request: Request, key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await editions.of_key(runtime.pool, key)
    mine = access.may_organise(caller, kept.edition.department)
    if kept.meeting_id is None and not mine:
        raise editions.unknown()
    if key != kept.key:
        return RedirectResponse(kept.path, 301 if kept.number is not None else 303)
    meeting = await meetings.get(runtime.pool, kept.meeting_id) if kept.meeting_id else None
    counts = await seats.counts(runtime.pool, kept.meeting_id) if kept.meeting_id else {}
    return page(
        request, "events/openmap/edition.html", kept=kept, edition=kept.edition, meeting=meeting, halves=HALVES, kinds=SESSIONS,
        sectors=SECTORS, departments=DEPARTMENTS, programme=[(slot, *_seats(counts, slot.session_id)) for slot in kept.edition.programme],
        open=registrable(meeting, runtime.clock()), published=meeting is not None and not meeting.plan.save_the_date,
        pitches_open=_pitches_open(kept, runtime), over=kept.edition.day < today(runtime), mine=mine,
        papers=await papers.of_meeting(runtime.pool, kept.meeting_id, access.audience(caller)) if kept.meeting_id else [],
        audiences=AUDIENCES,
    )  # fmt: skip


def registrable(meeting: Kept | None, now: datetime) -> bool:
    """Whether the programme is published and the day has not begun."""
    if meeting is None or meeting.cancelled or meeting.plan.save_the_date or not meeting.plan.sessions:
        return False
    return now < begins(meeting.plan.starts_at, meeting.plan.zone)


def _seats(counts: dict[UUID, tuple[int, int]], session_id: UUID | None) -> tuple[int, int]:
    return counts.get(session_id, (0, 0)) if session_id else (0, 0)


def _pitches_open(kept: KeptEdition, runtime: RuntimeDep) -> bool:
    until = kept.edition.pitch_until
    return until is not None and kept.meeting_id is not None and today(runtime) <= until
