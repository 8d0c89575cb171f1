"""Profiles, wishes, decisions by hand and timetables of the ten-minute meetings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kit.postgres import Connection, Pool
from services.events.matchmaking.encounters import Meeting, Timetable
from services.events.rules.participants import Participation
from services.events.rules.profiles import Profile


@dataclass(frozen=True)
class Present:
    """Somebody with a seat in the session of bilateral meetings."""

    participant_id: UUID
    who: Participation
    profile: Profile
    wishes: frozenset[UUID]


@dataclass(frozen=True)
class KeptTimetable:
    """A timetable as it was made. Ids of meetings are participants'."""

    revision: int
    made_at: datetime
    made_by: str
    starts_at: datetime
    slots: int
    tables: int
    value: int
    bound: int
    seconds: float
    meetings: tuple[Meeting, ...]


async def set_profile(connection: Connection, participant_id: UUID, profile: Profile, *, now: datetime) -> None:
    await connection.execute(
        """
        insert into openmap_profiles (participant_id, sectors, departments, hours, quarter, about, free_from, free_until, changed_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (participant_id) do update set sectors = excluded.sectors, departments = excluded.departments, hours = excluded.hours,
            quarter = excluded.quarter, about = excluded.about, free_from = excluded.free_from, free_until = excluded.free_until,
            changed_at = excluded.changed_at
        """,
        participant_id, list(profile.sectors), list(profile.departments), profile.hours, profile.quarter, profile.about, profile.free_from,
        profile.free_until, now,
    )  # fmt: skip


async def wish(connection: Connection, participant_id: UUID, wished_id: UUID, *, wanted: bool) -> None:
    """« Demander 10 min », or not any more. Only somebody of the same meeting can be wished for."""
    if wanted:
        await connection.execute(
            """
            insert into openmap_wishes (participant_id, wished_id)
            select a.participant_id, b.participant_id from participants a join participants b using (meeting_id)
            where a.participant_id = $1 and b.participant_id = $2 and a.participant_id <> b.participant_id
            on conflict do nothing
            """,
            participant_id,
            wished_id,
        )
    else:
        await connection.execute("delete from openmap_wishes where participant_id = $1 and wished_id = $2", participant_id, wished_id)


async def decide(connection: Connection, edition_id: UUID, pair: tuple[UUID, UUID], rule: str | None, slot: int | None) -> None:
    """A pair apart, pinned, or left to the planner again."""
    if rule is None:
        await connection.execute(
            "delete from openmap_pairs where edition_id = $1 and seeker_id = $2 and structure_id = $3", edition_id, *pair
        )
        return
    await connection.execute(
        """
        insert into openmap_pairs (edition_id, seeker_id, structure_id, rule, slot) values ($1, $2, $3, $4, $5)
        on conflict (edition_id, seeker_id, structure_id) do update set rule = excluded.rule, slot = excluded.slot
        """,
        edition_id, *pair, rule, slot,
    )  # fmt: skip


async def decisions(connection: Connection | Pool, edition_id: UUID) -> list[tuple[UUID, UUID, str, int | None]]:
    """(seeker, structure, APART or PIN, slot)."""
    rows = await connection.fetch(
        "select seeker_id, structure_id, rule, slot from openmap_pairs where edition_id = $1 order by seeker_id, structure_id", edition_id
    )
    return [(row["seeker_id"], row["structure_id"], row["rule"], row["slot"]) for row in rows]


async def present(connection: Connection | Pool, meeting_id: UUID, session_id: UUID) -> list[Present]:
    """Everybody with a seat in the session, in the order of registration."""
    rows = await connection.fetch(
        """
        select p.participant_id, p.name, p.email, p.organisation, p.siret, p.role, p.shares_contact, p.needs,
            f.sectors, f.departments, f.hours, f.quarter, f.about, f.free_from, f.free_until,
            array(select wished_id from openmap_wishes w where w.participant_id = p.participant_id order by wished_id) as wishes
        from participants p
        join registrations r on r.session_id = $2 and lower(r.email) = lower(p.email) and r.state = 'confirmed'
        left join openmap_profiles f using (participant_id)
        where p.meeting_id = $1 order by p.participant_id
        """,
        meeting_id,
        session_id,
    )
    return [_present(row) for row in rows]


async def profile_of(connection: Connection | Pool, participant_id: UUID) -> tuple[Profile, frozenset[UUID]]:
    """What a participant said, and whom the participant wants to meet."""
    row = await connection.fetchrow(
        "select sectors, departments, hours, quarter, about, free_from, free_until from openmap_profiles where participant_id = $1",
        participant_id,
    )
    wished = await connection.fetch("select wished_id from openmap_wishes where participant_id = $1", participant_id)
    return _profile(row) if row else Profile(), frozenset(found["wished_id"] for found in wished)


async def keep(
    connection: Connection, edition_id: UUID, found: Timetable, *, starts_at: datetime, slots: int, tables: int, by: str, now: datetime
) -> int:
    """The next revision of the edition's timetable; answers its number."""
    await connection.execute("select from openmap_editions where edition_id = $1 for update", edition_id)
    revision: int = await connection.fetchval(
        """
        insert into openmap_timetables (edition_id, revision, made_at, made_by, starts_at, slots, tables, value, bound, seconds, meetings)
        select $1, coalesce(max(revision), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text::jsonb from openmap_timetables where edition_id = $1
        returning revision
        """,
        edition_id, now, by, starts_at, slots, tables, found.value, found.bound, found.seconds,
        json.dumps([[m.slot, m.table, m.seeker, m.structure] for m in found.meetings]),
    )  # fmt: skip
    return revision


async def last(connection: Connection | Pool, edition_id: UUID) -> KeptTimetable | None:
    row = await connection.fetchrow(
        """
        select revision, made_at, made_by, starts_at, slots, tables, value, bound, seconds, meetings::text
        from openmap_timetables where edition_id = $1 order by revision desc limit 1
        """,
        edition_id,
    )
    if row is None:
        return None
    meetings = tuple(Meeting(slot, table, seeker, structure) for slot, table, seeker, structure in json.loads(row["meetings"]))
    return KeptTimetable(**{**dict(row), "meetings": meetings})


def _present(row: Any) -> Present:
    who = Participation(row["name"], row["email"], row["organisation"], row["role"], row["siret"], row["shares_contact"], row["needs"])
    profile = _profile(row) if row["sectors"] is not None else Profile()
    return Present(row["participant_id"], who, profile, frozenset(row["wishes"]))


def _profile(row: Any) -> Profile:
    words: Sequence[str] = ("hours", "quarter", "about", "free_from", "free_until")
    return Profile(tuple(row["sectors"]), tuple(row["departments"]), *(row[word] for word in words))
