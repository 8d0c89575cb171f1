"""At the door: printed lists first, ticking on a phone second, also where there is no network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from kit.errors import LineError
from kit.problems import Problem
from kit.web import forms
from kit.web.instants import Instant
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.network import PARTICIPANTS
from services.events import access, editing
from services.events.organising import links_of
from services.events.rules import registrations as registration_rules
from services.events.rules.registrations import Applicant
from services.events.store import attendance, editions, meetings
from services.events.store.attendance import Tick
from services.events.store.editions import KeptEdition
from services.events.store.meetings import Kept

router = APIRouter(include_in_schema=False)
NOON: Final = 13
CLOCK_AHEAD: Final = timedelta(minutes=5)
"""A phone whose clock is further ahead than that is taken at our own time: its tick must not win for ever."""
TEMPLATES: Final = Path(__file__).parents[2] / "templates"


class TickBody(BaseModel):
    model_config = ConfigDict(extra="ignore")

    participant: UUID
    present: bool
    at: Instant


class TicksBody(BaseModel):
    """What a phone kept while it had no network."""

    model_config = ConfigDict(extra="ignore")

    ticks: list[TickBody] = Field(max_length=2_000)


@router.get("/openmap/hors-ligne.js")
async def offline() -> Response:
    """The worker that keeps the page of the door readable without network. Its scope is /openmap/."""
    worker = (TEMPLATES / "events/openmap/offline.js").read_text(encoding="utf-8")
    return Response(worker, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@router.get("/openmap/{key}/accueil")
async def door(request: Request, key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept, meeting = await _of(runtime, caller, key)
    access.acting(caller, kept.edition.department)
    return await _page(request, runtime, kept, meeting, {}, ())


@router.post("/openmap/{key}/accueil/pointages")
async def ticks(key: str, body: TicksBody, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """Ticks in any order, again and again: the later one of each person counts. Unknown people are named, the others are kept.

    The answer says of everybody what counts now, so that each phone shows what the others ticked.
    """
    _, meeting = await _of(runtime, caller, key)
    unknown = [
        str(tick.participant)
        for tick in sorted(body.ticks, key=lambda tick: (str(tick.participant), tick.at))
        if not await _tick(runtime, caller.name, meeting.meeting_id, tick.participant, present=tick.present, at=tick.at)
    ]
    runtime.wake_relay()
    found = await attendance.expected(runtime.pool, meeting.meeting_id)
    people = {str(one.participant_id): one.present for one in found if one.present is not None}
    return JSONResponse({"present": sum(people.values()), "expected": len(found), "unknown": unknown, "people": people})


@router.post("/openmap/{key}/accueil/pointage")
async def tick(request: Request, key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """One person, without JavaScript."""
    kept, meeting = await _of(runtime, caller, key)
    typed = await forms.fields(request)
    try:
        participant = UUID(typed.get("participant", ""))
    except ValueError:
        raise Problem(422, "UNKNOWN_PARTICIPANT", "Choisissez une personne de la liste") from None
    await _tick(runtime, caller.name, meeting.meeting_id, participant, present=typed.get("present") == "oui", at=runtime.clock())
    runtime.wake_relay()
    return RedirectResponse(f"{kept.path}/accueil#p-{participant}", 303)


@router.post("/openmap/{key}/accueil/sans-inscription")
async def walk_in(request: Request, key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept, meeting = await _of(runtime, caller, key)
    typed = await forms.fields(request)
    who = Applicant(typed.get("name", ""), typed.get("email", ""), typed.get("organisation", ""), typed.get("role", ""))
    session_id = next((session.session_id for session in meeting.plan.sessions if session.session_id), None)
    errors = registration_rules.faults_at_the_door(who, agrees=typed.get("agrees") == "oui")
    if errors or session_id is None:
        return await _page(request, runtime, kept, meeting, typed, errors)
    async with runtime.pool.acquire() as connection, connection.transaction():
        await attendance.walk_in(
            connection, meeting.meeting_id, session_id, who, by=caller.name, now=runtime.clock(), page_of=_page_of(runtime)
        )
    runtime.wake_relay()
    return RedirectResponse(f"{kept.path}/accueil", 303)


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


def _page_of(runtime: RuntimeDep) -> attendance.PageOf:
    return lambda person: f"{links_of(runtime).participant(person)}/suites"


async def _tick(runtime: RuntimeDep, by: str, meeting_id: UUID, participant: UUID, *, present: bool, at: datetime) -> bool:
    """One transaction a person: somebody unknown among them does not undo the others."""
    now = runtime.clock()
    ticked = Tick(participant, present, min(at, now) if at - now > CLOCK_AHEAD else at)
    try:
        async with runtime.pool.acquire() as connection, connection.transaction():
            await attendance.tick(connection, meeting_id, ticked, by=by, now=now, page_of=_page_of(runtime))
    except Problem as problem:
        if problem.status != 404:
            raise
        return False
    return True


async def _of(runtime: RuntimeDep, caller: CallerDep, key: str) -> tuple[KeptEdition, Kept]:
    kept = await editions.of_key(runtime.pool, key)
    editing.organiser(caller, kept)
    if kept.meeting_id is None:
        raise Problem(409, "NOT_ANNOUNCED", "La date n’est pas encore annoncée")
    return kept, await meetings.get(runtime.pool, kept.meeting_id)


async def _page(
    request: Request, runtime: RuntimeDep, kept: KeptEdition, meeting: Kept, typed: forms.Values, errors: Sequence[LineError]
) -> Response:
    found = await attendance.expected(runtime.pool, meeting.meeting_id)
    sessions = {session.session_id: session.name for session in meeting.plan.sessions}
    return page(
        request, "events/openmap/welcome.html", status_code=422 if errors else 200, kept=kept, edition=kept.edition, expected=found,
        present=sum(1 for one in found if one.present), sessions=sessions, walk_ins=await attendance.walk_ins(runtime.pool, meeting.meeting_id),
        typed=typed, errors=forms.by_field(errors), roles=PARTICIPANTS, participants=forms.choices(PARTICIPANTS, blank="Choisissez"),
        queue=json.dumps({"to": f"{kept.path}/accueil/pointages", "key": f"pointages {kept.edition_id}"}),
    )  # fmt: skip
