"""After the day: minutes, survey, contact sheet, and what came of it after 180 days."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from kit.errors import LineError, Refused
from kit.web import forms
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.network import PARTICIPANTS
from services.events import editing
from services.events.organising import links_of, today
from services.events.pages.openmap.taking_part import PRIVATE
from services.events.rules import aftermath as rules
from services.events.rules.aftermath import MARKS, OUTCOMES
from services.events.rules.papers import AUDIENCES
from services.events.secret_links import PARTICIPANT
from services.events.store import aftermath, attendance, editions, papers, participants
from services.events.store.editions import KeptEdition
from services.events.store.participants import Participant
from services.events.take_home import files

router = APIRouter(include_in_schema=False)
OWN = "/openmap/participant/{participant_id}/{code}/suites"


@router.get("/openmap/{key}/suites")
async def after(request: Request, key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await editions.of_key(runtime.pool, key)
    editing.organiser(caller, kept)
    meeting_id = kept.meeting_id or UUID(int=0)
    expected = await attendance.expected(runtime.pool, meeting_id)
    outcomes = await aftermath.outcomes(runtime.pool, meeting_id)
    return page(
        request, "events/openmap/aftermath.html", kept=kept, edition=kept.edition, minutes=await aftermath.minutes_of(runtime.pool, kept.edition_id),
        said=await aftermath.said(runtime.pool, meeting_id), marks=MARKS, outcomes=outcomes, kinds=OUTCOMES, expected=expected,
        present=sum(1 for one in expected if one.present), hours=sum(outcome.hours or 0 for _, outcome, _ in outcomes), asking=next((step for step in await editions.steps(runtime.pool, kept.edition_id) if step.step == "OUTCOMES"), None),
    )  # fmt: skip


@router.post("/openmap/{key}/suites/compte-rendu")
async def minutes(request: Request, key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await editions.of_key(runtime.pool, key)
    editing.organiser(caller, kept)
    typed = await forms.fields(request)
    async with runtime.pool.acquire() as connection, connection.transaction():
        published = typed.get("published") == "oui"
        await aftermath.set_minutes(
            connection, kept.edition_id, typed.get("text", ""), published=published, by=caller.name, now=runtime.clock()
        )
        if published:
            await editions.tick(connection, kept.edition_id, "MINUTES", done=True, on=today(runtime), by=caller.name)
    return RedirectResponse(f"{kept.path}/suites", 303)


@router.get("/openmap/{key}/suites/contacts")
async def contacts(request: Request, key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await editions.of_key(runtime.pool, key)
    editing.organiser(caller, kept)
    found = await aftermath.contacts(runtime.pool, kept.meeting_id or UUID(int=0))
    return page(request, "events/openmap/contacts.html", kept=kept, edition=kept.edition, contacts=found, roles=PARTICIPANTS)


@router.get(OWN)
async def see(request: Request, participant_id: UUID, code: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    del caller
    return await _own(request, runtime, await _known(runtime, participant_id, code), {}, ())


@router.post(OWN + "/enquete")
async def survey(request: Request, participant_id: UUID, code: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    del caller
    who = await _known(runtime, participant_id, code)
    typed = await forms.fields(request)
    try:
        wanted = rules.read_survey(typed)
    except Refused as refused:
        return await _own(request, runtime, who, typed, refused.errors)
    async with runtime.pool.acquire() as connection, connection.transaction():
        await aftermath.answer(connection, who.participant_id, wanted, now=runtime.clock())
    return RedirectResponse(f"{links_of(runtime).participant(participant_id)}/suites", 303)


@router.post(OWN + "/resultats")
async def outcome(request: Request, participant_id: UUID, code: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    del caller
    who = await _known(runtime, participant_id, code)
    typed = await forms.fields(request)
    try:
        wanted = rules.read_outcome(typed)
    except Refused as refused:
        return await _own(request, runtime, who, typed, refused.errors)
    async with runtime.pool.acquire() as connection, connection.transaction():
        await aftermath.report(connection, who.participant_id, wanted, now=runtime.clock())
    return RedirectResponse(f"{links_of(runtime).participant(participant_id)}/suites", 303)


@router.get("/openmap/participant/{participant_id}/{code}/fichiers/{paper_id}")
async def fetch(participant_id: UUID, code: str, paper_id: UUID, runtime: RuntimeDep) -> Response:
    """A support, to somebody who takes part."""
    who = await _known(runtime, participant_id, code)
    return files.handed_in(await papers.content(runtime.pool, who.meeting_id, paper_id, "PARTICIPANTS"), public=False)


async def _known(runtime: RuntimeDep, participant_id: UUID, code: str) -> Participant:
    links_of(runtime).check(participant_id, code, PARTICIPANT)
    return await participants.get(runtime.pool, participant_id)


async def _own(request: Request, runtime: RuntimeDep, who: Participant, typed: forms.Values, errors: Sequence[LineError]) -> Response:
    kept: KeptEdition | None = await editions.of_meeting(runtime.pool, who.meeting_id)
    if kept is None:
        raise editions.unknown()
    found = await aftermath.minutes_of(runtime.pool, kept.edition_id)
    return page(
        request, "events/openmap/own_aftermath.html", status_code=422 if errors else 200, headers=PRIVATE, kept=kept, edition=kept.edition,
        path=links_of(runtime).participant(who.participant_id), minutes=found if found and found.published else None,
        survey=await aftermath.survey_of(runtime.pool, who.participant_id), marks=[(str(mark), label) for mark, label in MARKS.items()],
        outcomes=await aftermath.outcomes(runtime.pool, who.meeting_id, who.participant_id), kinds=forms.choices(OUTCOMES, blank="Choisissez"),
        labels=OUTCOMES, over=kept.edition.day <= today(runtime), typed=typed, errors=forms.by_field(errors),
        contacts=await aftermath.contacts(runtime.pool, who.meeting_id) if kept.edition.day <= today(runtime) and who.who.shares_contact else None,
        roles=PARTICIPANTS, papers=await papers.of_meeting(runtime.pool, who.meeting_id, "PARTICIPANTS"), audiences=AUDIENCES,
    )  # fmt: skip
