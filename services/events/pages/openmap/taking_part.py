"""Register for several sessions at once without account, and the participant's own page behind the secret link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from kit import digits
from kit.errors import LineError, Refused
from kit.problems import Problem
from kit.web import forms
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.network import PARTICIPANTS, SESSIONS
from services.events import registering
from services.events.organising import links_of
from services.events.pages.openmap.editions import registrable
from services.events.rules.participants import Participation
from services.events.rules.programme import clashes
from services.events.secret_links import PARTICIPANT
from services.events.store import editions, meetings, participants, seats
from services.events.store.editions import KeptEdition
from services.events.store.meetings import Kept
from services.events.store.participants import Participant

router = APIRouter(include_in_schema=False)
OWN = "/openmap/participant/{participant_id}/{code}"
PRIVATE = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


@router.get("/openmap/{key}/inscription")
async def ask(request: Request, key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    del caller
    kept, meeting = await _of(runtime, key)
    return await _form(request, runtime, kept, meeting, {}, ())


@router.post("/openmap/{key}/inscription")
async def register(request: Request, key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    del caller
    kept, meeting = await _of(runtime, key)
    typed = await forms.fields(request)
    chosen = [s.session_id for s in meeting.plan.sessions if s.session_id and typed.get(f"session.{s.session_id}")]
    try:
        who = await registering.take_part(runtime, request, meeting, _participation(typed), chosen)
    except Refused as refused:
        return await _form(request, runtime, kept, meeting, typed, refused.errors)
    except Problem as problem:
        if problem.status != 409:
            raise
        error = LineError(column="email", code=problem.code, message=f"{problem.title}. {problem.detail or ''}")
        return await _form(request, runtime, kept, meeting, typed, (error,))
    return RedirectResponse(links_of(runtime).participant(who.participant_id), 303)


@router.get(OWN)
async def see(request: Request, participant_id: UUID, code: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    del caller
    return await _own(request, runtime, await _known(runtime, participant_id, code), ())


@router.post(OWN + "/seances/{session_id}")
async def add(request: Request, participant_id: UUID, code: str, session_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    del caller
    who = await _known(runtime, participant_id, code)
    kept = await meetings.get(runtime.pool, who.meeting_id)
    try:
        await registering.add_session(runtime, kept, who, session_id)
    except Refused as refused:
        return await _own(request, runtime, who, refused.errors)
    return RedirectResponse(links_of(runtime).participant(participant_id), 303)


@router.post(OWN + "/places/{registration_id}/{what}")
async def seat(participant_id: UUID, code: str, registration_id: UUID, what: str, runtime: RuntimeDep) -> Response:
    who = await _known(runtime, participant_id, code)
    if registration_id not in {held for _, held in await participants.registrations_of(runtime.pool, who)}:
        raise Problem(404, "UNKNOWN_REGISTRATION", "Cette inscription n’existe pas")
    if what == "confirmer":
        await registering.accept(runtime, registration_id)
    elif what == "annuler":
        await registering.give_up(runtime, registration_id, "Désistement")
    else:
        raise Problem(404, "UNKNOWN", "Cette action n’existe pas")
    return RedirectResponse(links_of(runtime).participant(participant_id), 303)


@router.post(OWN + "/coordonnees")
async def share(request: Request, participant_id: UUID, code: str, runtime: RuntimeDep) -> Response:
    who = await _known(runtime, participant_id, code)
    typed = await forms.fields(request)
    async with runtime.pool.acquire() as connection, connection.transaction():
        needs = typed.get("needs", "")[:500] or None
        await participants.change(connection, who.participant_id, shares_contact=typed.get("shares_contact") == "oui", needs=needs)
    return RedirectResponse(links_of(runtime).participant(participant_id), 303)


async def _of(runtime: RuntimeDep, key: str) -> tuple[KeptEdition, Kept]:
    kept = await editions.of_key(runtime.pool, key)
    if kept.meeting_id is None:
        raise editions.unknown()
    return kept, await meetings.get(runtime.pool, kept.meeting_id)


async def _known(runtime: RuntimeDep, participant_id: UUID, code: str) -> Participant:
    links_of(runtime).check(participant_id, code, PARTICIPANT)
    return await participants.get(runtime.pool, participant_id)


def _participation(typed: Mapping[str, str]) -> Participation:
    siret = digits.joined(typed.get("siret", ""))
    return Participation(
        typed.get("name", ""), typed.get("email", ""), typed.get("organisation", ""), typed.get("role", ""), siret or None,
        typed.get("shares_contact") == "oui", typed.get("needs") or None,
    )  # fmt: skip


async def _form(
    request: Request, runtime: RuntimeDep, kept: KeptEdition, meeting: Kept, typed: forms.Values, errors: Sequence[LineError]
) -> Response:
    counts = await seats.counts(runtime.pool, meeting.meeting_id)
    sessions = [(session, *counts.get(session.session_id or UUID(int=0), (0, 0))) for session in meeting.plan.sessions]
    return page(
        request, "events/openmap/register.html", status_code=422 if errors else 200, kept=kept, edition=kept.edition, meeting=meeting,
        sessions=sessions, open=registrable(meeting, runtime.clock()), typed=typed, errors=forms.by_field(errors), kinds=SESSIONS,
        clashes=clashes(registering.timed_sessions(meeting.plan)), participants=forms.choices(PARTICIPANTS, blank="Choisissez"),
    )  # fmt: skip


async def _own(request: Request, runtime: RuntimeDep, who: Participant, errors: Sequence[LineError]) -> Response:
    meeting = await meetings.get(runtime.pool, who.meeting_id)
    kept = await editions.of_meeting(runtime.pool, who.meeting_id)
    if kept is None:
        raise editions.unknown()
    held = {
        session_id: await seats.get(runtime.pool, found) for session_id, found in await participants.registrations_of(runtime.pool, who)
    }
    timed = {found.session_id: found for found in registering.timed_sessions(meeting.plan)}
    return page(
        request, "events/openmap/participant.html", status_code=422 if errors else 200, headers=PRIVATE, kept=kept, edition=kept.edition,
        meeting=meeting, who=who.who, path=links_of(runtime).participant(who.participant_id), kinds=SESSIONS, roles=PARTICIPANTS,
        mine=[(session, held[session.session_id]) for session in meeting.plan.sessions if session.session_id in held],
        others=[session for session in meeting.plan.sessions if session.session_id not in held],
        clashes=clashes(timed[session_id] for session_id in held if session_id in timed), errors=errors,
        open=registrable(meeting, runtime.clock()),
    )  # fmt: skip
