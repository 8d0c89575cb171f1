"""Meetings as rows: planned, changed and cancelled, each with its announcement in the same transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from kit import outbox
from kit.errors import LineError, Refused
from kit.postgres import Connection, Pool
from kit.problems import Problem
from schemas.identifiers import uuid7
from schemas.meetings import Addressee, Meeting, MeetingCancelled, MeetingMoved, MeetingPlanned, Session
from services.events.rules.meetings import Plan, PlannedSession, next_sequence


@dataclass(frozen=True)
class Kept:
    """A meeting as it stands."""

    meeting_id: UUID
    revision: int
    sequence: int
    state: str
    plan: Plan
    reason: str | None

    @property
    def cancelled(self) -> bool:
        return self.state == "cancelled"


_INVITED = TypeAdapter(tuple[Addressee, ...])
_SELECT = """
    select meeting_id, revision, sequence, state, kind, title, theme, department, starts_at, ends_at, zone, place, access, reason,
        invited::text as invited, to_prepare, answer_by, contact, host_siret, place_to_confirm, save_the_date, page
    from meetings
"""


async def plan(connection: Connection, wanted: Plan, *, by: str, now: datetime) -> Kept:
    """A new meeting at revision 1, SEQUENCE 0."""
    meeting_id = uuid7()
    await connection.execute(
        """
        insert into meetings
            (meeting_id, revision, sequence, state, kind, title, theme, department, starts_at, ends_at, zone, place, access,
             invited, to_prepare, answer_by, contact, host_siret, place_to_confirm, save_the_date, page, created_by)
        values ($1, 1, 0, 'planned', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::text::jsonb, $12, $13, $14, $15, $16, $17, $18, $19)
        """,
        meeting_id, *_columns(wanted), by,
    )  # fmt: skip
    await _set_sessions(connection, meeting_id, wanted.sessions)
    kept = await get(connection, meeting_id)
    await outbox.add(connection, MeetingPlanned(**_state(kept), occurred_at=now))
    await _remember(connection, kept, "planned", by, now)
    return kept


async def change(
    connection: Connection, meeting_id: UUID, revision: int, wanted: Plan, *, by: str, now: datetime, reason: str | None
) -> Kept:
    """The meeting as it is wanted now. The row is locked first; raises a 412 problem when `revision` is not the present one."""
    before = await locked(connection, meeting_id, revision)
    if before.plan == wanted and not reason:
        return before
    sequence = next_sequence(before.plan, wanted, before.sequence)
    await connection.execute(
        """
        update meetings set revision = revision + 1, kind = $2, title = $3, theme = $4, department = $5,
            starts_at = $6, ends_at = $7, zone = $8, place = $9, access = $10, invited = $11::text::jsonb, to_prepare = $12, answer_by = $13,
            contact = $14, host_siret = $15, place_to_confirm = $16, save_the_date = $17, page = $18, sequence = $19, reason = $20
        where meeting_id = $1
        """,
        meeting_id, *_columns(wanted), sequence, reason,
    )  # fmt: skip
    await _set_sessions(connection, meeting_id, wanted.sessions)
    kept = await get(connection, meeting_id)
    was = before.plan
    moved = MeetingMoved(
        **_state(kept),
        occurred_at=now,
        previous_starts_at=was.starts_at,
        previous_ends_at=was.ends_at,
        previous_place=was.place,
        reason=reason,
    )
    await outbox.add(connection, moved)
    await _remember(connection, kept, "moved" if kept.sequence > before.sequence else "changed", by, now)
    return kept


async def cancel(connection: Connection, meeting_id: UUID, revision: int, *, by: str, now: datetime, reason: str) -> Kept:
    """The meeting will not take place. It stays as a row, so that its page and calendars can say so."""
    await locked(connection, meeting_id, revision)
    await connection.execute(
        "update meetings set state = 'cancelled', revision = revision + 1, sequence = sequence + 1, reason = $2 where meeting_id = $1",
        meeting_id,
        reason,
    )
    kept = await get(connection, meeting_id)
    await outbox.add(connection, MeetingCancelled(**_state(kept), occurred_at=now, reason=reason))
    await _remember(connection, kept, "cancelled", by, now)
    return kept


async def get(connection: Connection | Pool, meeting_id: UUID) -> Kept:
    """Raises a 404 problem for an unknown meeting."""
    row = await connection.fetchrow(_SELECT + "where meeting_id = $1", meeting_id)
    if row is None:
        raise unknown()
    sessions = await connection.fetch(
        """
        select session_id, name, kind, capacity, starts_at, ends_at, place, travel_minutes
        from sessions where meeting_id = $1 and rank >= 0 order by rank
        """,
        meeting_id,
    )
    return _kept(row, sessions)


async def locked(connection: Connection, meeting_id: UUID, revision: int | None = None) -> Kept:
    """The meeting under its row's lock. Raises 404, 412 for another revision than the caller saw, 409 when it is cancelled."""
    row = await connection.fetchrow("select revision, state from meetings where meeting_id = $1 for update", meeting_id)
    if row is None:
        raise unknown()
    if revision is not None and row["revision"] != revision:
        raise Problem(
            412,
            "STALE",
            "La réunion a changé entre-temps",
            f"Vous partiez de la version {revision}, elle en est à la version {row['revision']}.",
        )
    if row["state"] == "cancelled":
        raise Problem(409, "CANCELLED", "La réunion est annulée", "Une réunion annulée ne change plus ; créez-en une nouvelle.")
    return await get(connection, meeting_id)


async def upcoming(
    pool: Pool,
    since: datetime,
    *,
    department: str | None,
    kind: str | None,
    limit: int,
    theme: str | None = None,
    until: datetime | None = None,
) -> list[Kept]:
    """Meetings that end after `since` and begin before `until` (Europe/Paris wall clock), the soonest first, without their sessions."""
    rows = await pool.fetch(
        _SELECT
        + """
        where ends_at >= $1 and ($2::text is null or department = $2) and ($3::text is null or kind = $3)
            and ($5::text is null or theme = $5) and ($6::timestamp is null or starts_at < $6)
        order by starts_at, meeting_id limit $4
        """,
        since,
        department,
        kind,
        limit,
        theme,
        until,
    )
    return [_kept(row, ()) for row in rows]


async def past(pool: Pool, now: datetime, *, department: str | None, kind: str | None, theme: str | None, limit: int) -> list[Kept]:
    """Meetings that have ended (Europe/Paris wall clock), the last one first, without their sessions."""
    rows = await pool.fetch(
        _SELECT
        + """
        where ends_at < $1 and ($2::text is null or department = $2) and ($3::text is null or kind = $3) and ($4::text is null or theme = $4)
        order by starts_at desc, meeting_id limit $5
        """,
        now,
        department,
        kind,
        theme,
        limit,
    )
    return [_kept(row, ()) for row in rows]


async def overlapping(pool: Pool, kept: Kept) -> list[Kept]:
    """Other planned meetings at the same time that want the same coordination: in the department, or with one that both invite."""
    mine = [d for d in {kept.plan.department, *(who.department for who in kept.plan.invited)} if d]
    rows = await pool.fetch(
        _SELECT
        + """
        where state = 'planned' and meeting_id <> $1 and starts_at < $3 and ends_at > $2
            and (department = any($4) or exists (select from jsonb_array_elements(invited) i where i ->> 'department' = any($4)))
        order by starts_at, meeting_id limit 10
        """,
        kept.meeting_id,
        kept.plan.starts_at,
        kept.plan.ends_at,
        mine,
    )
    return [_kept(row, ()) for row in rows]


async def of_ids(pool: Pool, meeting_ids: Sequence[UUID]) -> list[Kept]:
    """These meetings, the soonest first, without their sessions."""
    rows = await pool.fetch(_SELECT + "where meeting_id = any($1::uuid[]) order by starts_at, meeting_id", list(meeting_ids))
    return [_kept(row, ()) for row in rows]


def unknown() -> Problem:
    return Problem(404, "UNKNOWN_MEETING", "Cette réunion n’existe pas", "Vérifiez l’adresse, ou partez de l’agenda.")


async def _set_sessions(connection: Connection, meeting_id: UUID, wanted: Sequence[PlannedSession]) -> None:
    """Sessions are matched by id; one that is left out must not have anybody registered."""
    known = {row["session_id"] for row in await connection.fetch("select session_id from sessions where meeting_id = $1", meeting_id)}
    foreign = [session.session_id for session in wanted if session.session_id and session.session_id not in known]
    if foreign:
        raise _refused("UNKNOWN_SESSION", str(foreign[0]), "Cette séance n’appartient pas à la réunion.")
    await _drop_sessions(connection, known - {session.session_id for session in wanted})
    for rank, session in enumerate(wanted):
        await connection.execute(
            """
            insert into sessions (session_id, meeting_id, rank, name, kind, capacity, starts_at, ends_at, place, travel_minutes)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            on conflict (session_id) do update set
                rank = excluded.rank, name = excluded.name, kind = excluded.kind, capacity = excluded.capacity, starts_at = excluded.starts_at,
                ends_at = excluded.ends_at, place = excluded.place, travel_minutes = excluded.travel_minutes
            """,
            session.session_id or uuid7(), meeting_id, rank, session.name, session.kind, session.capacity, session.starts_at, session.ends_at,
            session.place, session.travel_minutes,
        )  # fmt: skip


async def _drop_sessions(connection: Connection, left_out: set[UUID]) -> None:
    """A session without anybody goes; its cancelled registrations keep it as a hidden row (rank -1)."""
    for session_id in sorted(left_out):
        taken = await connection.fetchval("select count(*) from registrations where session_id = $1 and state <> 'cancelled'", session_id)
        if taken:
            raise _refused(
                "SESSION_TAKEN",
                str(session_id),
                f"{taken} personnes sont inscrites à cette séance : gardez-la, ou annulez leurs inscriptions.",
            )
        await connection.execute("update sessions set rank = -1 where session_id = $1", session_id)


def _refused(code: str, value: str, message: str) -> Refused:
    return Refused([LineError(column="sessions", code=code, value=value, message=message)], code="MEETING_REFUSED")


async def _remember(connection: Connection, kept: Kept, change_name: str, by: str, now: datetime) -> None:
    message = Meeting.model_validate({**_state(kept), "occurred_at": now})
    await connection.execute(
        "insert into meeting_history (meeting_id, revision, at, by, change, state) values ($1, $2, $3, $4, $5, $6::text::jsonb)",
        kept.meeting_id, kept.revision, now, by, change_name, message.model_dump_json(exclude={"id", "occurred_at"}),
    )  # fmt: skip


async def history(pool: Pool, meeting_id: UUID) -> list[dict[str, Any]]:
    """Every revision: what changed, when, by whom."""
    rows = await pool.fetch(
        "select revision, at, by, change, state::text from meeting_history where meeting_id = $1 order by revision", meeting_id
    )
    return [{**dict(row), "state": json.loads(row["state"])} for row in rows]


def _columns(plan_: Plan) -> tuple[Any, ...]:
    """What a plan fills in the row, in the order of the statements above."""
    return (
        plan_.kind, plan_.title, plan_.theme, plan_.department, plan_.starts_at, plan_.ends_at, plan_.zone, plan_.place, plan_.access,
        _INVITED.dump_json(plan_.invited, exclude_defaults=True).decode(), plan_.to_prepare, plan_.answer_by, plan_.contact, plan_.host_siret,
        plan_.place_to_confirm, plan_.save_the_date, plan_.page,
    )  # fmt: skip


def _state(kept: Kept) -> dict[str, Any]:
    plan_ = kept.plan
    return {
        "meeting_id": kept.meeting_id, "revision": kept.revision, "sequence": kept.sequence, "kind": plan_.kind, "title": plan_.title,
        "theme": plan_.theme, "department": plan_.department, "starts_at": plan_.starts_at, "ends_at": plan_.ends_at, "zone": plan_.zone,
        "place": plan_.place, "access": plan_.access,
        "sessions": tuple(Session(session_id=s.session_id, name=s.name, kind=s.kind, capacity=s.capacity, starts_at=s.starts_at,
                                  ends_at=s.ends_at, place=s.place, travel_minutes=s.travel_minutes)
                          for s in plan_.sessions if s.session_id),
        "invited": plan_.invited, "to_prepare": plan_.to_prepare, "answer_by": plan_.answer_by, "contact": plan_.contact,
        "host_siret": plan_.host_siret, "place_to_confirm": plan_.place_to_confirm, "save_the_date": plan_.save_the_date,
        "page": plan_.page,
    }  # fmt: skip


def _kept(row: Any, sessions: Sequence[Any]) -> Kept:
    plan_ = Plan(
        kind=row["kind"], title=row["title"], starts_at=row["starts_at"], ends_at=row["ends_at"], place=row["place"], theme=row["theme"],
        department=row["department"], access=row["access"], zone=row["zone"],
        sessions=tuple(PlannedSession(s["name"], s["kind"], s["capacity"], s["session_id"], s["starts_at"], s["ends_at"], s["place"],
                                      s["travel_minutes"]) for s in sessions),
        invited=_INVITED.validate_json(row["invited"]), to_prepare=row["to_prepare"], answer_by=row["answer_by"], contact=row["contact"],
        host_siret=row["host_siret"], place_to_confirm=row["place_to_confirm"], save_the_date=row["save_the_date"], page=row["page"],
    )  # fmt: skip
    return Kept(row["meeting_id"], row["revision"], row["sequence"], row["state"], plan_, row["reason"])
