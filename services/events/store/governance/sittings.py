"""Meetings of committees and colleges: which, their agenda, minutes in versions, decisions with a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from kit.postgres import Connection, Pool
from kit.preconditions import stale
from kit.problems import Problem
from schemas.identifiers import uuid7
from services.events.rules.governance.sittings import Decision, Item, decision_number


@dataclass(frozen=True)
class Sitting:
    """A line of a list of meetings; the meeting itself is store.meetings'."""

    meeting_id: UUID
    body: str
    body_name: str
    title: str
    starts_at: datetime
    place: str
    state: str
    has_minutes: bool
    minutes_published: bool

    @property
    def path(self) -> str:
        return f"/gouvernance/reunions/{self.meeting_id}"


@dataclass(frozen=True)
class Minutes:
    """A version of the minutes."""

    revision: int
    text: str
    published: bool
    by_name: str
    at: datetime


@dataclass(frozen=True)
class Kept:
    """A decision with its number and meeting."""

    decision_id: UUID
    number: str
    meeting_id: UUID
    decision: Decision
    decided_on: date
    meeting_title: str
    minutes_published: bool

    @property
    def path(self) -> str:
        return f"/gouvernance/reunions/{self.meeting_id}#{self.number}"


async def attach(connection: Connection, meeting_id: UUID, body: str) -> None:
    """Raises a 409 problem for a meeting that is another body's."""
    other = await connection.fetchval("select body from body_meetings where meeting_id = $1", meeting_id)
    if other not in (None, body):
        raise Problem(409, "OTHER_BODY", "Cette réunion est déjà celle d’un autre comité ou collège")
    await connection.execute("insert into body_meetings (meeting_id, body) values ($1, $2) on conflict do nothing", meeting_id, body)


async def body_of(connection: Connection | Pool, meeting_id: UUID) -> str:
    """Raises a 404 problem for a meeting of no body."""
    found: str | None = await connection.fetchval("select body from body_meetings where meeting_id = $1", meeting_id)
    if found is None:
        raise Problem(404, "UNKNOWN_MEETING", "Cette réunion n’est celle d’aucun comité ni collège")
    return found


async def listed(connection: Connection | Pool, body: str | None, *, limit: int = 100) -> list[Sitting]:
    """The newest first, of one body or of all."""
    rows = await connection.fetch(
        """
        select b.meeting_id, b.body, o.name as body_name, m.title, m.starts_at, m.place, m.state,
            exists (select from minutes i where i.meeting_id = b.meeting_id) as has_minutes,
            exists (select from minutes i where i.meeting_id = b.meeting_id and i.published) as minutes_published
        from body_meetings b join meetings m using (meeting_id) join bodies o on o.code = b.body
        where $1::text is null or b.body = $1 order by m.starts_at desc, b.meeting_id limit $2
        """,
        body,
        limit,
    )
    return [Sitting(**dict(row)) for row in rows]


async def loose(connection: Connection | Pool, kind: str, since: datetime) -> list[tuple[UUID, str, datetime]]:
    """Coming meetings of the body's kind that belong to none yet: those of an accepted plan, for example."""
    rows = await connection.fetch(
        """
        select meeting_id, title, starts_at from meetings m where kind = $1 and state = 'planned' and ends_at >= $2
            and not exists (select from body_meetings b where b.meeting_id = m.meeting_id) order by starts_at, meeting_id limit 50
        """,
        kind,
        since,
    )
    return [(row["meeting_id"], row["title"], row["starts_at"]) for row in rows]


async def coming(connection: Connection, body: str, now: datetime) -> list[UUID]:
    """The meetings of a body that have not begun (Europe/Paris wall clock)."""
    rows = await connection.fetch(
        """
        select meeting_id from body_meetings join meetings using (meeting_id)
        where body = $1 and state = 'planned' and starts_at > $2 order by meeting_id
        """,
        body,
        now,
    )
    return [row["meeting_id"] for row in rows]


async def items(connection: Connection | Pool, meeting_id: UUID) -> list[Item]:
    rows = await connection.fetch(
        "select title, kind, minutes, presenter from agenda_items where meeting_id = $1 order by rank", meeting_id
    )
    return [Item(**dict(row)) for row in rows]


async def set_items(connection: Connection, meeting_id: UUID, wanted: Sequence[Item]) -> None:
    await connection.execute("delete from agenda_items where meeting_id = $1", meeting_id)
    await connection.executemany(
        "insert into agenda_items (meeting_id, rank, title, kind, minutes, presenter) values ($1, $2, $3, $4, $5, $6)",
        [(meeting_id, rank, item.title, item.kind, item.minutes, item.presenter) for rank, item in enumerate(wanted)],
    )


async def minutes(connection: Connection | Pool, meeting_id: UUID, *, published_only: bool = False) -> list[Minutes]:
    """Every version, the newest first."""
    rows = await connection.fetch(
        """
        select revision, text, published, by_name, at from minutes where meeting_id = $1 and (published or not $2)
        order by revision desc limit 200
        """,
        meeting_id,
        published_only,
    )
    return [Minutes(**dict(row)) for row in rows]


async def write_minutes(
    connection: Connection, meeting_id: UUID, revision: int, text: str, *, published: bool, by: tuple[str, str], now: datetime
) -> int:
    """The next version after `revision`, by (id, name). Raises 412 when somebody wrote meanwhile."""
    await connection.execute("select from meetings where meeting_id = $1 for update", meeting_id)
    present = await connection.fetchval("select coalesce(max(revision), 0) from minutes where meeting_id = $1", meeting_id)
    if present != revision:
        raise stale(f"Vous partiez de la version {revision} du compte rendu, il en est à la version {present}.")
    await connection.execute(
        "insert into minutes (meeting_id, revision, text, published, by, by_name, at) values ($1, $2, $3, $4, $5, $6, $7)",
        meeting_id, revision + 1, text, published, *by, now,
    )  # fmt: skip
    return revision + 1


async def decide(connection: Connection, meeting_id: UUID, decision: Decision, decided_on: date, *, by: str, now: datetime) -> str:
    """A decision under the next number of its year; returns the number."""
    await connection.execute("select pg_advisory_xact_lock(hashtext('decision number'))")
    year = decided_on.year
    taken = await connection.fetchval("select count(*) from decisions where number like $1", f"DEC-{year}-%")
    number = decision_number(year, taken + 1)
    await connection.execute(
        """
        insert into decisions (decision_id, number, meeting_id, title, text, outcome, release, decided_on, by, at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        uuid7(), number, meeting_id, decision.title, decision.text, decision.outcome, decision.release, decided_on, by, now,
    )  # fmt: skip
    return number


async def decisions(connection: Connection | Pool, meeting_id: UUID | None = None, *, limit: int = 200) -> list[Kept]:
    """Of one meeting or of all, the newest first."""
    rows = await connection.fetch(
        """
        select d.decision_id, d.number, d.meeting_id, d.title, d.text, d.outcome, d.release, d.decided_on, m.title as meeting_title,
            exists (select from minutes i where i.meeting_id = d.meeting_id and i.published) as minutes_published
        from decisions d join meetings m using (meeting_id)
        where $1::uuid is null or d.meeting_id = $1 order by d.decided_on desc, d.number desc limit $2
        """,
        meeting_id,
        limit,
    )
    return [
        Kept(
            row["decision_id"], row["number"], row["meeting_id"], Decision(row["title"], row["text"], row["outcome"], row["release"]),
            row["decided_on"], row["meeting_title"], row["minutes_published"],
        )
        for row in rows
    ]  # fmt: skip
