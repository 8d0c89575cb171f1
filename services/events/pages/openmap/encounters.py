"""The ten-minute meetings: the organisers' timetable, what a participant looks for, the sheets to print."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from kit import digits
from kit.errors import LineError, Refused
from kit.problems import Problem
from kit.web import forms
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.buyers import SECTORS
from schemas.vocabulary.network import PARTICIPANTS
from schemas.vocabulary.places import DEPARTMENTS
from services.events import editing, encounters
from services.events.matchmaking.participants import SLOT_MINUTES
from services.events.organising import links_of
from services.events.pages.openmap.taking_part import PRIVATE
from services.events.pages.typed import LARGEST
from services.events.rules import profiles as rules
from services.events.rules.profiles import Profile, answers, seeks
from services.events.secret_links import PARTICIPANT
from services.events.store import editions, participants
from services.events.store import encounters as store
from services.events.store.editions import KeptEdition

router = APIRouter(include_in_schema=False)
OWN = "/openmap/participant/{participant_id}/{code}/rencontres"
TABLES = 30


@router.get("/openmap/{key}/rencontres")
async def see(request: Request, key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await editions.of_key(runtime.pool, key)
    editing.organiser(caller, kept)
    return await _page(request, runtime, kept, ())


@router.post("/openmap/{key}/rencontres")
async def arrange(request: Request, key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await editions.of_key(runtime.pool, key)
    editing.organiser(caller, kept)
    typed = await forms.fields(request)
    text = typed.get("tables", "")
    try:
        if not (text.isascii() and text.isdigit() and len(text) < 5):
            raise Refused(
                [LineError(column="tables", code="NUMBER", value=text[:20], message="Indiquez le nombre de tables.", example="30")]
            )
        await encounters.arrange(runtime, caller, kept, int(text))
    except Refused as refused:
        return await _page(request, runtime, kept, refused.errors)
    except Problem as problem:
        if problem.status != 409:
            raise
        return await _page(request, runtime, kept, [LineError(code=problem.code, message=f"{problem.title}. {problem.detail}")])
    return RedirectResponse(f"{kept.path}/rencontres", 303)


@router.post("/openmap/{key}/rencontres/paire")
async def decide(request: Request, key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await editions.of_key(runtime.pool, key)
    editing.organiser(caller, kept)
    typed = await forms.fields(request)
    try:
        pair = UUID(typed.get("seeker", "")), UUID(typed.get("structure", ""))
    except ValueError:
        raise Problem(422, "UNKNOWN_PAIR", "Choisissez deux participants") from None
    rule = {"ecarter": "APART", "imposer": "PIN"}.get(typed.get("decision", ""))
    async with runtime.pool.acquire() as connection, connection.transaction():
        await store.decide(connection, kept.edition_id, pair, rule, None)
    return RedirectResponse(f"{kept.path}/rencontres", 303)


@router.get("/openmap/{key}/rencontres/imprimer")
async def sheets(request: Request, key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await editions.of_key(runtime.pool, key)
    editing.organiser(caller, kept)
    found, made = await encounters.hall(runtime.pool, kept), await store.last(runtime.pool, kept.edition_id)
    if found is None or made is None:
        raise Problem(404, "NO_TIMETABLE", "Aucun planning à imprimer", "Planifiez d’abord les rencontres.")
    people = encounters.names(found.people)
    of: dict[str, list[tuple[datetime, int, str]]] = defaultdict(list)
    for meeting in made.meetings:
        at = begins(made.starts_at, meeting.slot)
        of[meeting.seeker].append((at, meeting.table, meeting.structure))
        of[meeting.structure].append((at, meeting.table, meeting.seeker))
    listed = sorted(((people[who], sorted(met)) for who, met in of.items() if who in people), key=lambda pair: pair[0].who.organisation)
    return page(request, "events/openmap/sheets.html", kept=kept, edition=kept.edition, sheets=listed, people=people, roles=PARTICIPANTS)


@router.get(OWN)
async def profile(request: Request, participant_id: UUID, code: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    del caller
    return await _own(request, runtime, participant_id, code, None, ())


@router.post(OWN)
async def set_profile(request: Request, participant_id: UUID, code: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    del caller
    links_of(runtime).check(participant_id, code, PARTICIPANT)
    typed = await forms.fields(request)
    try:
        wanted = read(typed)
        rules.check(wanted)
    except Refused as refused:
        return await _own(request, runtime, participant_id, code, typed, refused.errors)
    async with runtime.pool.acquire() as connection, connection.transaction():
        await store.set_profile(connection, participant_id, wanted, now=runtime.clock())
    return RedirectResponse(f"{links_of(runtime).participant(participant_id)}/rencontres", 303)


@router.post(OWN + "/{wished_id}")
async def wish(request: Request, participant_id: UUID, code: str, wished_id: UUID, runtime: RuntimeDep) -> Response:
    links_of(runtime).check(participant_id, code, PARTICIPANT)
    typed = await forms.fields(request)
    async with runtime.pool.acquire() as connection, connection.transaction():
        await store.wish(connection, participant_id, wished_id, wanted=typed.get("wanted") == "oui")
    return RedirectResponse(f"{links_of(runtime).participant(participant_id)}/rencontres#{wished_id}", 303)


def begins(starts_at: datetime, slot: int) -> datetime:
    """When a slot begins, local."""
    return starts_at + timedelta(minutes=SLOT_MINUTES * slot)


def read(typed: Mapping[str, str]) -> Profile:
    """Raises Refused for a number or an hour that cannot be read."""
    errors: list[LineError] = []
    said = digits.joined(typed.get("hours", ""))
    hours = digits.whole(said, LARGEST)
    if said and hours is None:
        errors.append(LineError(column="hours", code="NUMBER", value=said[:20], message="Un nombre d’heures entier.", example="1200"))
    moments: dict[str, time | None] = {}
    for name in ("free_from", "free_until"):
        try:
            moments[name] = time.fromisoformat(typed[name]).replace(tzinfo=None) if typed.get(name) else None
        except ValueError:
            errors.append(
                LineError(column=name, code="TIME", value=typed[name][:20], message="Cette heure ne se lit pas.", example="11:30")
            )
    if errors:
        raise Refused(errors, code="PROFILE_REFUSED")
    return Profile(
        tuple(code for code in SECTORS if typed.get(f"sectors.{code}")), tuple(code for code in DEPARTMENTS if typed.get(f"departments.{code}")),
        hours, typed.get("quarter") or None, typed.get("about") or None, moments["free_from"], moments["free_until"],
    )  # fmt: skip


def written(wanted: Profile) -> dict[str, str]:
    """A profile as the fields of its form."""
    return {
        **{f"sectors.{code}": "oui" for code in wanted.sectors}, **{f"departments.{code}": "oui" for code in wanted.departments},
        "hours": "" if wanted.hours is None else str(wanted.hours), "quarter": wanted.quarter or "", "about": wanted.about or "",
        "free_from": f"{wanted.free_from:%H:%M}" if wanted.free_from else "", "free_until": f"{wanted.free_until:%H:%M}" if wanted.free_until else "",
    }  # fmt: skip


async def _page(request: Request, runtime: RuntimeDep, kept: KeptEdition, errors: Sequence[LineError]) -> Response:
    found = await encounters.hall(runtime.pool, kept)
    made = await store.last(runtime.pool, kept.edition_id)
    people = encounters.names(found.people) if found else {}
    rows: dict[datetime, list[tuple[int, str, str]]] = defaultdict(list)
    if made is not None:
        for meeting in made.meetings:
            rows[begins(made.starts_at, meeting.slot)].append((meeting.table, meeting.seeker, meeting.structure))
    return page(
        request, "events/openmap/encounters.html", status_code=422 if errors else 200, kept=kept, edition=kept.edition, hall=found, made=made,
        people=people, rows=sorted(rows.items()), errors=errors, decisions=await store.decisions(runtime.pool, kept.edition_id),
        tables=made.tables if made else min(TABLES, len(found.seekers) if found and found.seekers else TABLES),
    )  # fmt: skip


async def _own(
    request: Request, runtime: RuntimeDep, participant_id: UUID, code: str, typed: forms.Values | None, errors: Sequence[LineError]
) -> Response:
    links_of(runtime).check(participant_id, code, PARTICIPANT)
    who = await participants.get(runtime.pool, participant_id)
    kept = await editions.of_meeting(runtime.pool, who.meeting_id)
    if kept is None:
        raise editions.unknown()
    mine, wished = await store.profile_of(runtime.pool, participant_id)
    found, made = await encounters.hall(runtime.pool, kept), await store.last(runtime.pool, kept.edition_id)
    people = encounters.names(found.people) if found else {}
    met = [
        (begins(made.starts_at, m.slot), m.table, people.get(m.structure if m.seeker == str(participant_id) else m.seeker))
        for m in (made.meetings if made else ())
        if str(participant_id) in (m.seeker, m.structure) and made
    ]
    return page(
        request, "events/openmap/profile.html", status_code=422 if errors else 200, headers=PRIVATE, kept=kept, edition=kept.edition,
        who=who.who, path=links_of(runtime).participant(participant_id), typed=typed if typed is not None else written(mine), wished=wished,
        errors=forms.by_field(errors), suggestions=encounters.suggestions(found, participant_id, kept.edition)[:20] if found else [],
        there=str(participant_id) in people, met=met, sectors=SECTORS, departments=DEPARTMENTS, roles=PARTICIPANTS, seeks=seeks(who.who.role),
        answers=answers(who.who.role),
    )  # fmt: skip
