"""Ten-minute meetings of an edition: who is there, suggestions with their reasons, the timetable off the event loop, kept by revision."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.errors import LineError, Refused
from kit.identity import Caller
from kit.postgres import Connection, Pool
from kit.problems import Problem
from kit.service import Runtime
from services.events.matchmaking.encounters import NoAssignment, Timetable
from services.events.matchmaking.participants import Gathering, Seeker, Structure
from services.events.matchmaking.scoring import Score, score
from services.events.planning.process import SOLVER_SECONDS
from services.events.rules.editions import Edition
from services.events.rules.meetings import PlannedSession
from services.events.rules.profiles import answers, seeks, slots_between, slots_of
from services.events.store import editions, encounters, meetings
from services.events.store.editions import KeptEdition
from services.events.store.encounters import KeptTimetable, Present

SESSION = "RDV_BILATERAL"
MOST_EACH = 12


@dataclass(frozen=True)
class Hall:
    """The session in which people meet: who has a seat in it, from when, in how many slots of ten minutes."""

    session: PlannedSession
    starts_at: datetime
    slots: int
    people: tuple[Present, ...]

    @property
    def seekers(self) -> list[Present]:
        return [person for person in self.people if seeks(person.who.role)]

    @property
    def structures(self) -> list[Present]:
        return [person for person in self.people if answers(person.who.role)]


@dataclass(frozen=True)
class Suggestion:
    """Somebody worth meeting, and why."""

    other: Present
    score: Score
    wished: bool


async def hall(connection: Connection | Pool, kept: KeptEdition) -> Hall | None:
    """None while the programme is not published or has no session of bilateral meetings."""
    if kept.meeting_id is None:
        return None
    meeting = await meetings.get(connection, kept.meeting_id)
    session = next((found for found in meeting.plan.sessions if found.kind == SESSION and found.session_id), None)
    if session is None or session.session_id is None:
        return None
    starts_at, ends_at = session.starts_at or meeting.plan.starts_at, session.ends_at or meeting.plan.ends_at
    people = await encounters.present(connection, kept.meeting_id, session.session_id)
    return Hall(session, starts_at, slots_between(starts_at, ends_at), tuple(people))


async def arrange(runtime: Runtime, caller: Caller, kept: KeptEdition, tables: int) -> KeptTimetable:
    """Plan, keep as the next revision, and answer it. Raises Refused for impossible wishes, 409 without a session or anybody to meet."""
    found = await hall(runtime.pool, kept)
    if found is None:
        raise Problem(
            409, "NO_SESSION", "Aucune séance de rendez-vous bilatéraux n’est publiée", "Ajoutez-la au programme, puis publiez-le."
        )
    gathering = _gathering(found, kept.edition, tables, await encounters.decisions(runtime.pool, kept.edition_id))
    if not gathering.seekers or not gathering.structures:
        raise Problem(
            409, "NOBODY", "Il manque des acheteurs ou des structures", "Les rencontres se planifient quand les deux sont inscrits."
        )
    started, outcome = time.monotonic(), "infeasible"
    try:
        timetable = await asyncio.to_thread(_planned, gathering)
        outcome = "planned"
    except NoAssignment:
        message = "Les rendez-vous imposés ne tiennent pas ensemble : trop pour une personne, un créneau ou les tables."
        raise Refused([LineError(column="pinned", code="PINS", message=message)], code="MATCHING_REFUSED") from None
    finally:
        SOLVER_SECONDS.labels("timetable", outcome).observe(time.monotonic() - started)
    return await _keep(runtime, caller, kept, found, timetable, tables)


def _planned(gathering: Gathering) -> Timetable:
    """In a thread. The solvers are loaded here: a second and 100 MB that the other pages do not need."""
    from services.events.matchmaking.timetable import plan

    return plan(gathering)


async def _keep(runtime: Runtime, caller: Caller, kept: KeptEdition, found: Hall, timetable: Timetable, tables: int) -> KeptTimetable:
    async with runtime.pool.acquire() as connection, connection.transaction():
        await encounters.keep(
            connection, kept.edition_id, timetable, starts_at=found.starts_at, slots=found.slots, tables=tables, by=caller.name,
            now=runtime.clock(),
        )  # fmt: skip
        await editions.tick(connection, kept.edition_id, "MATCHES", done=True, on=runtime.clock().date(), by=caller.name)
        made = await encounters.last(connection, kept.edition_id)
    if made is None:
        raise AssertionError("a timetable that was just kept is there")
    return made


def suggestions(found: Hall, participant_id: UUID, edition: Edition) -> list[Suggestion]:
    """Whom this participant had best meet, the most points first."""
    me = next((person for person in found.people if person.participant_id == participant_id), None)
    if me is None:
        return []
    others = found.structures if seeks(me.who.role) else found.seekers if answers(me.who.role) else []
    scored = [Suggestion(other, points, other.participant_id in me.wishes) for other in others if (points := _score(me, other, edition))]
    return sorted(scored, key=lambda suggestion: (-suggestion.score.points, suggestion.other.who.organisation))


def _score(me: Present, other: Present, edition: Edition) -> Score | None:
    one, two = (me, other) if seeks(me.who.role) else (other, me)
    return score(_seeker(one, frozenset({0}), edition), _structure(two, frozenset({0}), edition))


def _gathering(found: Hall, edition: Edition, tables: int, decisions: Iterable[tuple[UUID, UUID, str, int | None]]) -> Gathering:
    there = {person.participant_id for person in found.people}
    decided = [decision for decision in decisions if decision[0] in there and decision[1] in there]
    return Gathering(
        tuple(_seeker(person, slots_of(person.profile, found.starts_at, found.slots), edition) for person in found.seekers),
        tuple(_structure(person, slots_of(person.profile, found.starts_at, found.slots), edition) for person in found.structures),
        found.slots,
        tables,
        frozenset((str(one), str(other)) for one, other, rule, _ in decided if rule == "APART"),
        {(str(one), str(other)): slot for one, other, rule, slot in decided if rule == "PIN"},
    )


def _seeker(person: Present, slots: frozenset[int], edition: Edition) -> Seeker:
    return Seeker(
        str(person.participant_id), person.who.organisation, _sectors(person, edition), frozenset(person.profile.departments),
        frozenset(map(str, person.wishes)), person.profile.hours or 0, slots, MOST_EACH,
    )  # fmt: skip


def _structure(person: Present, slots: frozenset[int], edition: Edition) -> Structure:
    return Structure(
        str(person.participant_id), person.who.organisation, _sectors(person, edition), frozenset(person.profile.departments),
        frozenset(map(str, person.wishes)), person.profile.hours or 0, slots, MOST_EACH,
    )  # fmt: skip


def _sectors(person: Present, edition: Edition) -> frozenset[str]:
    """Who said nothing came for the trade of the edition."""
    return frozenset(person.profile.sectors or edition.sectors)


def names(people: Sequence[Present]) -> dict[str, Present]:
    """Participants by the id that a timetable knows them under."""
    return {str(person.participant_id): person for person in people}
