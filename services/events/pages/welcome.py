"""At the door of a single meeting, an atelier for example: the page of every door (`door.py`), beside its attendance sheet."""

from __future__ import annotations

from fastapi import Request

from kit.identity import Caller
from kit.problems import Problem
from kit.service import Runtime
from services.events import access
from services.events.pages import door
from services.events.pages.door import Door
from services.events.store import editions, meetings


async def _door(request: Request, runtime: Runtime, caller: Caller) -> Door:
    kept = await meetings.get(runtime.pool, request.path_params["meeting_id"])
    access.organiser(caller, kept.plan.department)
    edition = await editions.of_meeting(runtime.pool, kept.meeting_id)
    if edition is not None:
        raise Problem(409, "OTHER_PAGE", "L’accueil de cet événement est sur sa page", f"{edition.path}/accueil")
    if not kept.plan.sessions:
        raise Problem(409, "NO_SESSION", "Cette réunion n’a pas de séance", "On pointe les personnes inscrites à une séance.")
    home = f"/agenda/{kept.meeting_id}"
    return Door(kept, home, f"{home}/inscrits", kept.meeting_id, (("/agenda", "Agenda"), (home, kept.plan.title)), is_edition=False)


router = door.routes("/agenda/", "{meeting_id:uuid}", _door)
