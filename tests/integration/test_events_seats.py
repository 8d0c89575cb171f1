"""Seats on a real PostgreSQL: twenty people at once, offers, deadlines, a room that grows."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from kit.postgres import Pool, open_pool
from kit.problems import Problem
from services.events.rules.meetings import Plan, PlannedSession
from services.events.rules.registrations import Applicant
from services.events.secret_links import SecretLinks
from services.events.store import meetings, seats
from services.events.store.meetings import Kept
from services.events.store.seats import Seat

LINKS = SecretLinks(b"a key of this test")
NOW = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
PLAN = Plan(
    kind="ATELIER",
    title="Bailleurs sociaux",
    starts_at=datetime(2027, 1, 29, 14, 0),
    ends_at=datetime(2027, 1, 29, 16, 0),
    place="Créteil",
    department="94",
    sessions=(PlannedSession("Atelier", "ATELIER", 2),),
)


@dataclass
class Room:
    """A meeting with one session, and what one does with its seats."""

    pool: Pool
    kept: Kept
    now: datetime = NOW
    registered: list[Seat] = field(default_factory=list)

    @property
    def session_id(self) -> UUID:
        found = self.kept.plan.sessions[0].session_id
        assert found
        return found

    async def register(self, number: int) -> Seat:
        who = Applicant(f"Personne {number}", f"p{number}@exemple.test", "Commune fictive", "BUYER")
        async with self.pool.acquire() as connection, connection.transaction():
            return await seats.register(connection, self.kept.meeting_id, self.session_id, who, LINKS, now=self.now)

    async def give_up(self, seat: Seat) -> Seat:
        async with self.pool.acquire() as connection, connection.transaction():
            return await seats.give_up(connection, seat.registration_id, LINKS, now=self.now, reason="empêchement")

    async def accept(self, seat: Seat) -> Seat:
        async with self.pool.acquire() as connection, connection.transaction():
            return await seats.accept(connection, seat.registration_id, LINKS, now=self.now)

    async def expire(self) -> int:
        async with self.pool.acquire() as connection, connection.transaction():
            return await seats.expire(connection, LINKS, now=self.now)

    async def states(self) -> list[tuple[str, int | None]]:
        return [(seat.state, seat.position) for seat in await seats.of_session(self.pool, self.session_id)]

    async def announced(self) -> Counter[str]:
        rows = await self.pool.fetch("select type from outbox order by seq")
        return Counter(row["type"].split(".")[-2] for row in rows)


@pytest.fixture
async def room(events_database: str) -> AsyncIterator[Room]:
    pool = await open_pool(events_database, size=8, application_name="test")
    async with pool.acquire() as connection, connection.transaction():
        kept = await meetings.plan(connection, PLAN, by="test", now=NOW)
    yield Room(pool, kept)
    await pool.close()


async def test_twenty_at_once_get_two_seats_and_a_list_without_a_gap(room: Room) -> None:
    found = await asyncio.gather(*(room.register(number) for number in range(20)))
    assert Counter(seat.state for seat in found) == {"confirmed": 2, "waitlisted": 18}
    assert sorted(seat.position for seat in found if seat.position) == list(range(1, 19))
    assert await room.announced() == {"MeetingPlanned": 1, "RegistrationConfirmed": 2, "RegistrationWaitlisted": 18}


async def test_a_freed_seat_is_offered_to_the_first_and_the_others_move_up(room: Room) -> None:
    for number in range(5):
        room.registered.append(await room.register(number))
    await room.give_up(room.registered[0])
    assert await room.states() == [("cancelled", None), ("confirmed", None), ("offered", None), ("waitlisted", 1), ("waitlisted", 2)]
    offered = await seats.get(room.pool, room.registered[2].registration_id)
    assert offered.offered_until == NOW + timedelta(hours=24)
    assert (await room.accept(offered)).state == "confirmed"
    assert (await room.accept(offered)).state == "confirmed", "a second click changes nothing"


async def test_giving_up_twice_frees_one_seat(room: Room) -> None:
    found = [await room.register(number) for number in range(4)]
    await asyncio.gather(*(room.give_up(found[0]) for _ in range(5)))
    assert Counter(state for state, _ in await room.states()) == {"cancelled": 1, "confirmed": 1, "offered": 1, "waitlisted": 1}


async def test_an_offer_that_nobody_takes_goes_to_the_next(room: Room) -> None:
    found = [await room.register(number) for number in range(4)]
    await room.give_up(found[0])
    room.now = NOW + timedelta(hours=23, minutes=59)
    assert await room.expire() == 0
    room.now = NOW + timedelta(hours=24)
    assert await room.expire() == 1
    assert await room.states() == [("cancelled", None), ("confirmed", None), ("cancelled", None), ("offered", None)]
    with pytest.raises(Problem, match="NO_OFFER"):
        await room.accept(found[2])


async def test_nobody_is_promoted_once_the_meeting_has_begun(room: Room) -> None:
    found = [await room.register(number) for number in range(3)]
    room.now = datetime(2027, 1, 29, 13, 0, tzinfo=UTC)
    await room.give_up(found[0])
    assert await room.states() == [("cancelled", None), ("confirmed", None), ("waitlisted", 1)]
    with pytest.raises(Problem, match="CLOSED"):
        await room.register(9)


async def test_an_offer_close_to_the_meeting_ends_when_it_begins(room: Room) -> None:
    found = [await room.register(number) for number in range(3)]
    room.now = datetime(2027, 1, 29, 10, 0, tzinfo=UTC)
    await room.give_up(found[0])
    offered = await seats.get(room.pool, found[2].registration_id)
    assert offered.offered_until == datetime(2027, 1, 29, 13, 0, tzinfo=UTC)


async def test_one_address_has_one_registration_a_session(room: Room) -> None:
    await room.register(1)
    with pytest.raises(Problem, match="ALREADY_REGISTERED"):
        await room.register(1)


async def test_a_larger_room_is_offered_to_those_who_wait_and_a_cancelled_meeting_to_nobody(room: Room) -> None:
    for number in range(6):
        await room.register(number)
    wider = replace(room.kept.plan, sessions=(replace(room.kept.plan.sessions[0], capacity=4),))
    async with room.pool.acquire() as connection, connection.transaction():
        changed = await meetings.change(connection, room.kept.meeting_id, 1, wider, by="test", now=NOW, reason=None)
        await seats.fill(connection, room.kept.meeting_id, LINKS, now=NOW)
    assert changed.sequence == 0, "a larger room asks nobody to answer again"
    assert Counter(state for state, _ in await room.states()) == {"confirmed": 2, "offered": 2, "waitlisted": 2}
    async with room.pool.acquire() as connection, connection.transaction():
        await meetings.cancel(connection, room.kept.meeting_id, 2, by="test", now=NOW, reason="salle indisponible")
        await seats.end_all(connection, room.kept.meeting_id, LINKS, now=NOW, reason="salle indisponible")
    assert {state for state, _ in await room.states()} == {"cancelled"}
    with pytest.raises(Problem, match="CANCELLED"):
        await room.register(9)


async def test_a_change_from_another_version_is_refused_and_changes_nothing(room: Room) -> None:
    async with room.pool.acquire() as connection:
        with pytest.raises(Problem) as stale:
            async with connection.transaction():
                await meetings.change(connection, room.kept.meeting_id, 7, replace(PLAN, title="Autre"), by="test", now=NOW, reason=None)
    assert stale.value.status == 412
    assert (await meetings.get(room.pool, room.kept.meeting_id)).plan.title == "Bailleurs sociaux"


async def test_a_session_with_people_is_not_dropped(room: Room) -> None:
    await room.register(1)
    async with room.pool.acquire() as connection:
        with pytest.raises(Exception, match="ne peut pas être acceptée"):
            async with connection.transaction():
                await meetings.change(connection, room.kept.meeting_id, 1, replace(PLAN, sessions=()), by="test", now=NOW, reason=None)
    assert await room.states() == [("confirmed", None)]


async def test_every_revision_is_kept(room: Room) -> None:
    async with room.pool.acquire() as connection, connection.transaction():
        moved = replace(room.kept.plan, place="Bobigny")
        await meetings.change(connection, room.kept.meeting_id, 1, moved, by="test", now=NOW, reason="salle indisponible")
        await meetings.cancel(connection, room.kept.meeting_id, 2, by="test", now=NOW, reason="grève")
    told = await meetings.history(room.pool, room.kept.meeting_id)
    assert [(entry["revision"], entry["change"], entry["state"]["sequence"]) for entry in told] == [
        (1, "planned", 0),
        (2, "moved", 1),
        (3, "cancelled", 2),
    ]
    assert await room.announced() == {"MeetingPlanned": 1, "MeetingMoved": 1, "MeetingCancelled": 1}
