"""At the door of a meeting: ticking on a phone, also where there is no network. Openmap editions and single meetings open the same page."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from kit.errors import LineError
from kit.identity import Caller
from kit.problems import Problem
from kit.service import Runtime
from kit.web import forms
from kit.web.instants import Instant
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.network import PARTICIPANTS
from services.events import access
from services.events.organising import links_of
from services.events.rules import registrations as rules
from services.events.rules.registrations import Applicant
from services.events.store import attendance
from services.events.store.attendance import Afterwards, Tick
from services.events.store.meetings import Kept

CLOCK_AHEAD: Final = timedelta(minutes=5)
"""A phone whose clock is further ahead than that is taken at our own time: its tick must not win for ever."""
WORKER: Final = Path(__file__).parents[1] / "templates" / "events/offline.js"


@dataclass(frozen=True)
class Door:
    """The door of one meeting. `home` is the page of the meeting, `to_sign` the printed list, `queue` names what a phone keeps for it."""

    meeting: Kept
    home: str
    to_sign: str
    queue: UUID
    trail: tuple[tuple[str, str], ...]
    is_edition: bool

    @property
    def path(self) -> str:
        return f"{self.home}/accueil"

    def afterwards(self, runtime: Runtime) -> attendance.PagesOf:
        """An edition has a page of its own for everybody who came; elsewhere the page of the seat leads to the documents."""
        links = links_of(runtime)

        def pages_of(participant: UUID | None, registration: UUID | None) -> Afterwards:
            if self.is_edition and participant is not None:
                own = f"{links.participant(participant)}/suites"
                return Afterwards(own, f"{own}#documents")
            return Afterwards(None, f"{links.path(registration) if registration else self.home}#supports")

        return pages_of


DoorOf = Callable[[Request, Runtime, Caller], Awaitable[Door]]
"""The door that a path names, for those who organise the meeting. Raises 401, 403, 404, 409."""


class TickBody(BaseModel):
    model_config = ConfigDict(extra="ignore")

    participant: UUID
    present: bool
    at: Instant


class TicksBody(BaseModel):
    """What a phone kept while it had no network."""

    model_config = ConfigDict(extra="ignore")

    ticks: list[TickBody] = Field(max_length=2_000)


def routes(below: str, where: str, door_of: DoorOf) -> APIRouter:
    """The page of the door at `<below><where>/accueil`, and the worker that keeps it for when there is no network: its scope is `below`."""
    router = APIRouter(include_in_schema=False)
    path = f"{below}{where}/accueil"

    @router.get(f"{below}hors-ligne.js")
    async def offline() -> Response:
        return Response(WORKER.read_text(encoding="utf-8"), media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    @router.get(path)
    async def see(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
        door = await door_of(request, runtime, caller)
        access.acting(caller, door.meeting.plan.department)
        return await _page(request, runtime, door, below, {}, ())

    @router.post(f"{path}/pointages")
    async def ticks(request: Request, body: TicksBody, runtime: RuntimeDep, caller: CallerDep) -> Response:
        """Ticks in any order, again and again: the later one of each person counts. Unknown people are named, the others are kept.

        The answer says of everybody what counts now, so that each phone shows what the others ticked.
        """
        door = await door_of(request, runtime, caller)
        unknown = [
            str(tick.participant)
            for tick in sorted(body.ticks, key=lambda tick: (str(tick.participant), tick.at))
            if not await _tick(runtime, caller.name, door, tick.participant, present=tick.present, at=tick.at)
        ]
        runtime.wake_relay()
        found = await attendance.expected(runtime.pool, door.meeting.meeting_id)
        people = {str(one.participant_id): one.present for one in found if one.present is not None}
        return JSONResponse({"present": sum(people.values()), "expected": len(found), "unknown": unknown, "people": people})

    @router.post(f"{path}/pointage")
    async def tick(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
        """One person, without JavaScript."""
        door = await door_of(request, runtime, caller)
        typed = await forms.fields(request)
        try:
            participant = UUID(typed.get("participant", ""))
        except ValueError:
            raise Problem(422, "UNKNOWN_PARTICIPANT", "Choisissez une personne de la liste") from None
        await _tick(runtime, caller.name, door, participant, present=typed.get("present") == "oui", at=runtime.clock())
        runtime.wake_relay()
        return RedirectResponse(f"{door.path}#p-{participant}", 303)

    @router.post(f"{path}/sans-inscription")
    async def walk_in(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
        door = await door_of(request, runtime, caller)
        typed = await forms.fields(request)
        who = Applicant(typed.get("name", ""), typed.get("email", ""), typed.get("organisation", ""), typed.get("role", ""))
        session_id = next((session.session_id for session in door.meeting.plan.sessions if session.session_id), None)
        errors = rules.faults_at_the_door(who, agrees=typed.get("agrees") == "oui")
        if errors or session_id is None:
            return await _page(request, runtime, door, below, typed, errors)
        async with runtime.pool.acquire() as connection, connection.transaction():
            await attendance.walk_in(
                connection, door.meeting.meeting_id, session_id, who, by=caller.name, now=runtime.clock(), pages_of=door.afterwards(runtime)
            )
        runtime.wake_relay()
        return RedirectResponse(door.path, 303)

    return router


async def _tick(runtime: Runtime, by: str, door: Door, participant: UUID, *, present: bool, at: datetime) -> bool:
    """One transaction a person: somebody unknown among them does not undo the others."""
    now = runtime.clock()
    ticked = Tick(participant, present, min(at, now) if at - now > CLOCK_AHEAD else at)
    try:
        async with runtime.pool.acquire() as connection, connection.transaction():
            await attendance.tick(connection, door.meeting.meeting_id, ticked, by=by, now=now, pages_of=door.afterwards(runtime))
    except Problem as problem:
        if problem.status != 404:
            raise
        return False
    return True


async def _page(request: Request, runtime: Runtime, door: Door, below: str, typed: forms.Values, errors: Sequence[LineError]) -> Response:
    meeting_id = door.meeting.meeting_id
    found = await attendance.expected(runtime.pool, meeting_id)
    sessions = {session.session_id: session.name for session in door.meeting.plan.sessions}
    return page(
        request, "events/door.html", status_code=422 if errors else 200, door=door, plan=door.meeting.plan, expected=found,
        present=sum(1 for one in found if one.present), sessions=sessions, walk_ins=await attendance.walk_ins(runtime.pool, meeting_id),
        typed=typed, errors=forms.by_field(errors), roles=PARTICIPANTS, participants=forms.choices(PARTICIPANTS, blank="Choisissez"),
        queue=json.dumps({"to": f"{door.path}/pointages", "key": f"pointages {door.queue}", "below": below}),
    )  # fmt: skip
