"""At the door of an edition: printed lists first, a sheet per half-day; ticking on a phone second (`pages/door.py`)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kit.identity import Caller
from kit.problems import Problem
from kit.service import Runtime
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.network import PARTICIPANTS
from services.events import editing
from services.events.pages import door
from services.events.pages.door import Door
from services.events.store import attendance, editions, meetings
from services.events.store.editions import KeptEdition
from services.events.store.meetings import Kept

NOON: Final = 13


async def _door(request: Request, runtime: Runtime, caller: Caller) -> Door:
    kept, meeting = await _of(runtime, caller, request.path_params["key"])
    trail = (("/agenda", "Agenda"), ("/openmap", "Openmap"), (kept.path, kept.edition.title))
    return Door(meeting, kept.path, f"{kept.path}/accueil/liste", kept.edition_id, trail, is_edition=True)


router = APIRouter(include_in_schema=False)
router.include_router(door.routes("/openmap/", "{key}", _door))


@router.get("/openmap/{key}/accueil/liste")
async def printed(request: Request, key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """The list to sign, a sheet per half-day: who has a seat in a session of that half."""
    kept, meeting = await _of(runtime, caller, key)
    found = await attendance.expected(runtime.pool, meeting.meeting_id)
    halves: list[tuple[str, list[Any]]] = []
    for label, belongs in (("Matin", _morning), ("Après-midi", _afternoon)):
        sessions = {s.session_id: s.name for s in meeting.plan.sessions if s.session_id and belongs(s.starts_at or meeting.plan.starts_at)}
        here = [(one, [sessions[s] for s in one.session_ids if s in sessions]) for one in found if set(one.session_ids) & set(sessions)]
        if sessions:
            halves.append((label, here))
    return page(request, "events/openmap/list_to_sign.html", kept=kept, edition=kept.edition, halves=halves, roles=PARTICIPANTS)


def _morning(moment: datetime) -> bool:
    return moment.hour < NOON


def _afternoon(moment: datetime) -> bool:
    return not _morning(moment)


async def _of(runtime: Runtime, caller: Caller, key: str) -> tuple[KeptEdition, Kept]:
    kept = await editions.of_key(runtime.pool, key)
    editing.organiser(caller, kept)
    if kept.meeting_id is None:
        raise Problem(409, "NOT_ANNOUNCED", "La date n’est pas encore annoncée")
    return kept, await meetings.get(runtime.pool, kept.meeting_id)
