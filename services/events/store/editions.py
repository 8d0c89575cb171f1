"""Openmap editions as rows: what the organisers decide, its programme, its steps, and the meeting that it becomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from kit.postgres import Connection, Pool
from kit.problems import Problem
from schemas.identifiers import uuid7
from services.events.rules.editions import Edition, Slot, slug_of, steps_of


@dataclass(frozen=True)
class KeptEdition:
    """An edition as it stands."""

    edition_id: UUID
    number: int | None
    revision: int
    meeting_id: UUID | None
    edition: Edition

    @property
    def key(self) -> str:
        """What its address ends with: `4-metiers-du-paysage`, or the id of a department's event."""
        return slug_of(self.number, self.edition.trade) if self.number is not None else str(self.edition_id)

    @property
    def path(self) -> str:
        return f"/openmap/{self.key}"


@dataclass(frozen=True)
class Step:
    """One line of the retro-planning."""

    step: str
    label: str
    due: date
    done_on: date | None
    done_by: str | None


_SELECT = """
    select edition_id, kind, number, department, title, trade, sectors, cpv, day, half, place, access, accessibility, summary,
        pitch_criteria, pitch_until, meeting_id, revision, diagnostic_id
    from openmap_editions
"""


async def plan(
    connection: Connection, wanted: Edition, *, by: str, now: datetime, copied_from: UUID | None = None, diagnostic_id: UUID | None = None
) -> KeptEdition:
    """A new edition with its steps. An Openmap takes the next number, drawn under a lock."""
    edition_id = uuid7()
    number = None
    if wanted.kind == "OPENMAP":
        await connection.execute("select pg_advisory_xact_lock(hashtext('openmap number'))")
        number = await connection.fetchval("select coalesce(max(number), 0) + 1 from openmap_editions")
    await connection.execute(
        """
        insert into openmap_editions (edition_id, number, copied_from, diagnostic_id, created_by, created_at, kind, department, title, trade, sectors, cpv,
            day, half, place, access, accessibility, summary, pitch_criteria, pitch_until)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
        """,
        edition_id, number, copied_from, diagnostic_id, by, now, *_columns(wanted),
    )  # fmt: skip
    await _set_programme(connection, edition_id, wanted.programme)
    await _set_steps(connection, edition_id, wanted.day)
    return await get(connection, edition_id)


async def change(connection: Connection, edition_id: UUID, revision: int, wanted: Edition) -> KeptEdition:
    """Raises 412 when somebody changed it meanwhile. A new day moves the steps that are not done."""
    before = await locked(connection, edition_id, revision)
    await connection.execute(
        """
        update openmap_editions set revision = revision + 1, kind = $2, department = $3, title = $4, trade = $5, sectors = $6, cpv = $7,
            day = $8, half = $9, place = $10, access = $11, accessibility = $12, summary = $13, pitch_criteria = $14, pitch_until = $15
        where edition_id = $1
        """,
        edition_id, *_columns(wanted),
    )  # fmt: skip
    await _set_programme(connection, edition_id, wanted.programme)
    if wanted.day != before.edition.day:
        await _set_steps(connection, edition_id, wanted.day)
    return await get(connection, edition_id)


async def becomes(connection: Connection, edition_id: UUID, meeting_id: UUID, sessions: Sequence[UUID | None]) -> None:
    """The edition stands in the calendar as this meeting; its programme knows the ids of the sessions, in order."""
    await connection.execute("update openmap_editions set meeting_id = $2 where edition_id = $1", edition_id, meeting_id)
    await connection.executemany(
        "update openmap_programme set session_id = $3 where edition_id = $1 and rank = $2",
        [(edition_id, rank, session_id) for rank, session_id in enumerate(sessions)],
    )


async def get(connection: Connection | Pool, edition_id: UUID) -> KeptEdition:
    """Raises a 404 problem for an unknown edition."""
    row = await connection.fetchrow(_SELECT + "where edition_id = $1", edition_id)
    if row is None:
        raise unknown()
    return _kept(row, await _programme(connection, row["edition_id"]))


async def of_key(connection: Connection | Pool, key: str) -> KeptEdition:
    """By the end of an address: a number with or without words, or an id. Raises a 404 problem."""
    head = key.split("-", 1)[0]
    if head.isascii() and head.isdigit() and len(head) <= 6:
        row = await connection.fetchrow(_SELECT + "where number = $1", int(head))
        if row is not None:
            return _kept(row, await _programme(connection, row["edition_id"]))
    try:
        return await get(connection, UUID(key))
    except ValueError:
        raise unknown() from None


async def of_meeting(connection: Connection | Pool, meeting_id: UUID) -> KeptEdition | None:
    """The edition that became this meeting."""
    row = await connection.fetchrow(_SELECT + "where meeting_id = $1", meeting_id)
    return None if row is None else _kept(row, await _programme(connection, row["edition_id"]))


async def locked(connection: Connection, edition_id: UUID, revision: int | None = None) -> KeptEdition:
    """The edition under its row's lock. Raises 404, 412."""
    now = await connection.fetchval("select revision from openmap_editions where edition_id = $1 for update", edition_id)
    if now is None:
        raise unknown()
    if revision is not None and now != revision:
        raise Problem(
            412, "STALE", "L’événement a changé entre-temps", f"Vous partiez de la version {revision}, il en est à la version {now}."
        )
    return await get(connection, edition_id)


async def all_of(connection: Connection | Pool, *, limit: int = 200) -> list[KeptEdition]:
    """The newest day first, without their programmes."""
    rows = await connection.fetch(_SELECT + "order by day desc, edition_id limit $1", limit)
    return [_kept(row, ()) for row in rows]


async def after_diagnostics(connection: Connection | Pool, diagnostic_ids: Sequence[UUID]) -> dict[UUID, list[KeptEdition]]:
    """The department events made from each of these diagnostic forms, the soonest first, without their programmes."""
    rows = await connection.fetch(_SELECT + "where diagnostic_id = any($1::uuid[]) order by day, edition_id", list(diagnostic_ids))
    found: dict[UUID, list[KeptEdition]] = {}
    for row in rows:
        found.setdefault(row["diagnostic_id"], []).append(_kept(row, ()))
    return found


async def last(connection: Connection | Pool, kind: str, department: str | None) -> KeptEdition | None:
    """The edition that the next one is copied from: the last of its kind (of its department for a department's event)."""
    row = await connection.fetchrow(
        _SELECT + "where kind = $1 and ($2::text is null or department = $2) order by day desc, edition_id limit 1", kind, department
    )
    return None if row is None else _kept(row, await _programme(connection, row["edition_id"]))


async def steps(connection: Connection | Pool, edition_id: UUID) -> list[Step]:
    """The retro-planning in the order of its days."""
    rows = await connection.fetch(
        "select step, label, due, done_on, done_by from openmap_steps where edition_id = $1 order by due, step", edition_id
    )
    return [Step(**dict(row)) for row in rows]


async def tick(connection: Connection, edition_id: UUID, step: str, *, done: bool, on: date, by: str) -> None:
    """A step is done, or not after all. Raises a 404 problem for an unknown step."""
    answer = await connection.execute(
        "update openmap_steps set done_on = $3, done_by = $4 where edition_id = $1 and step = $2",
        edition_id,
        step,
        on if done else None,
        by if done else None,
    )
    if answer == "UPDATE 0":
        raise Problem(404, "UNKNOWN_STEP", "Cette étape n’existe pas")


async def tick_once(connection: Connection, edition_id: UUID, step: str, *, on: date, by: str) -> bool:
    """The same for a step that is not done yet; False when it was."""
    answer = await connection.execute(
        "update openmap_steps set done_on = $3, done_by = $4 where edition_id = $1 and step = $2 and done_on is null",
        edition_id, step, on, by,
    )  # fmt: skip
    return bool(answer == "UPDATE 1")


async def move_step(connection: Connection, edition_id: UUID, step: str, due: date) -> None:
    """Raises a 404 problem for an unknown step."""
    if (
        await connection.execute("update openmap_steps set due = $3 where edition_id = $1 and step = $2", edition_id, step, due)
        == "UPDATE 0"
    ):
        raise Problem(404, "UNKNOWN_STEP", "Cette étape n’existe pas")


def unknown() -> Problem:
    return Problem(404, "UNKNOWN_EDITION", "Cet événement n’existe pas", "Vérifiez l’adresse, ou partez de la liste des événements.")


async def _programme(connection: Connection | Pool, edition_id: UUID) -> tuple[Slot, ...]:
    rows = await connection.fetch(
        """
        select name, kind, starts_at, ends_at, capacity, place, travel_minutes, session_id
        from openmap_programme where edition_id = $1 order by rank
        """,
        edition_id,
    )
    return tuple(Slot(**dict(row)) for row in rows)


async def _set_programme(connection: Connection, edition_id: UUID, programme: Sequence[Slot]) -> None:
    await connection.execute("delete from openmap_programme where edition_id = $1", edition_id)
    await connection.executemany(
        """
        insert into openmap_programme (edition_id, rank, name, kind, starts_at, ends_at, capacity, place, travel_minutes, session_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        [
            (
                edition_id,
                rank,
                slot.name,
                slot.kind,
                slot.starts_at,
                slot.ends_at,
                slot.capacity,
                slot.place,
                slot.travel_minutes,
                slot.session_id,
            )
            for rank, slot in enumerate(programme)
        ],
    )


async def _set_steps(connection: Connection, edition_id: UUID, day: date) -> None:
    await connection.executemany(
        """
        insert into openmap_steps (edition_id, step, label, due) values ($1, $2, $3, $4)
        on conflict (edition_id, step) do update set due = excluded.due where openmap_steps.done_on is null
        """,
        [(edition_id, step, label, due) for step, label, due in steps_of(day)],
    )


def _columns(edition: Edition) -> tuple[Any, ...]:
    return (
        edition.kind, edition.department, edition.title, edition.trade, list(edition.sectors), list(edition.cpv), edition.day, edition.half,
        edition.place, edition.access, edition.accessibility, edition.summary, list(edition.pitch_criteria), edition.pitch_until,
    )  # fmt: skip


def _kept(row: Any, programme: Sequence[Slot]) -> KeptEdition:
    edition = Edition(
        kind=row["kind"], title=row["title"], trade=row["trade"], day=row["day"], half=row["half"], place=row["place"],
        department=row["department"], sectors=tuple(row["sectors"]), cpv=tuple(row["cpv"]), access=row["access"],
        accessibility=row["accessibility"], summary=row["summary"], pitch_criteria=tuple(row["pitch_criteria"]),
        pitch_until=row["pitch_until"], programme=tuple(programme),
    )  # fmt: skip
    return KeptEdition(row["edition_id"], row["number"], row["revision"], row["meeting_id"], edition)
