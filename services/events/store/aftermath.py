"""After the day: minutes, what participants say of it, what came of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from kit.postgres import Connection, Pool
from schemas.identifiers import uuid7
from services.events.rules.aftermath import Outcome, Survey


@dataclass(frozen=True)
class Minutes:
    text: str
    published: bool
    revision: int
    by: str
    at: datetime


@dataclass(frozen=True)
class Contact:
    """Somebody who agreed to stand on the contact sheet."""

    name: str
    organisation: str
    role: str
    email: str


@dataclass(frozen=True)
class Said:
    """All answers to the survey: how many gave each mark from 1 to 5, contacts made in all, comments."""

    marks: Counter[int]
    contacts: int
    comments: tuple[str, ...]

    @property
    def answers(self) -> int:
        return sum(self.marks.values())

    @property
    def mean(self) -> float | None:
        return sum(mark * count for mark, count in self.marks.items()) / self.answers if self.answers else None


@dataclass(frozen=True)
class ToAsk:
    """An event whose participants are to be asked what came of it."""

    edition_id: UUID
    meeting_id: UUID
    title: str
    day: date


@dataclass(frozen=True)
class Came:
    participant_id: UUID
    name: str
    email: str


async def to_ask(connection: Connection | Pool, day: date, not_before: date) -> list[ToAsk]:
    """Events that took place, whose step « OUTCOMES » is due on that day or since `not_before`, and not done."""
    rows = await connection.fetch(
        """
        select e.edition_id, e.meeting_id, e.title, e.day from openmap_editions e
        join openmap_steps s on s.edition_id = e.edition_id and s.step = 'OUTCOMES' and s.done_on is null and s.due between $2 and $1
        join meetings m on m.meeting_id = e.meeting_id and m.state = 'planned' where e.day < $1 order by e.day, e.edition_id
        """,
        day,
        not_before,
    )
    return [ToAsk(**dict(row)) for row in rows]


async def came(connection: Connection | Pool, meeting_id: UUID) -> list[Came]:
    """Those who were ticked as present; where nobody was ticked at all, everybody with a seat; who came without a seat and left an address.

    Who said already what came of it is left out.
    """
    rows = await connection.fetch(
        """
        with seated as (
            select p.participant_id, p.name, p.email, bool_or(a.present) as present from participants p
            join sessions s using (meeting_id)
            join registrations r on r.session_id = s.session_id and lower(r.email) = lower(p.email) and r.state = 'confirmed'
            left join attendance a using (registration_id)
            where p.meeting_id = $1 group by p.participant_id
        ), came as (
            select participant_id, name, email from seated where present or not exists (select from seated where present is not null)
            union
            select p.participant_id, p.name, p.email from walk_ins w join participants p using (participant_id) where w.meeting_id = $1
        )
        select participant_id, name, email from came
        where not exists (select from openmap_outcomes o where o.participant_id = came.participant_id) order by participant_id
        """,
        meeting_id,
    )
    return [Came(**dict(row)) for row in rows]


async def set_minutes(connection: Connection, edition_id: UUID, text: str, *, published: bool, by: str, now: datetime) -> None:
    await connection.execute(
        """
        insert into openmap_minutes as m (edition_id, text, published, revision, by, at) values ($1, $2, $3, 1, $4, $5)
        on conflict (edition_id) do update set text = excluded.text, published = excluded.published, revision = m.revision + 1,
            by = excluded.by, at = excluded.at
        """,
        edition_id, text, published, by, now,
    )  # fmt: skip


async def minutes_of(connection: Connection | Pool, edition_id: UUID) -> Minutes | None:
    row = await connection.fetchrow("select text, published, revision, by, at from openmap_minutes where edition_id = $1", edition_id)
    return Minutes(**dict(row)) if row else None


async def answer(connection: Connection, participant_id: UUID, survey: Survey, *, now: datetime) -> None:
    """One answer a person; a second one replaces it."""
    await connection.execute(
        """
        insert into openmap_surveys (participant_id, useful, contacts, comment, at) values ($1, $2, $3, $4, $5)
        on conflict (participant_id) do update set useful = excluded.useful, contacts = excluded.contacts, comment = excluded.comment, at = excluded.at
        """,
        participant_id, survey.useful, survey.contacts, survey.comment, now,
    )  # fmt: skip


async def said(connection: Connection | Pool, meeting_id: UUID) -> Said:
    rows = await connection.fetch(
        "select useful, contacts, comment from openmap_surveys join participants using (participant_id) where meeting_id = $1 order by at",
        meeting_id,
    )
    comments = tuple(row["comment"] for row in rows if row["comment"])
    return Said(Counter(row["useful"] for row in rows), sum(row["contacts"] or 0 for row in rows), comments)


async def survey_of(connection: Connection | Pool, participant_id: UUID) -> Survey | None:
    row = await connection.fetchrow("select useful, contacts, comment from openmap_surveys where participant_id = $1", participant_id)
    return Survey(**dict(row)) if row else None


async def report(connection: Connection, participant_id: UUID, outcome: Outcome, *, now: datetime) -> None:
    await connection.execute(
        "insert into openmap_outcomes (outcome_id, participant_id, kind, hours, about, at) values ($1, $2, $3, $4, $5, $6)",
        uuid7(), participant_id, outcome.kind, outcome.hours, outcome.about, now,
    )  # fmt: skip


async def outcomes(
    connection: Connection | Pool, meeting_id: UUID, participant_id: UUID | None = None
) -> list[tuple[str, Outcome, datetime]]:
    """(organisation, what came of it, when it was said), the newest first; of one participant where given."""
    rows = await connection.fetch(
        """
        select p.organisation, o.kind, o.hours, o.about, o.at from openmap_outcomes o join participants p using (participant_id)
        where p.meeting_id = $1 and ($2::uuid is null or p.participant_id = $2) order by o.at desc, o.outcome_id
        """,
        meeting_id,
        participant_id,
    )
    return [(row["organisation"], Outcome(row["kind"], row["hours"], row["about"]), row["at"]) for row in rows]


async def contacts(connection: Connection | Pool, meeting_id: UUID) -> list[Contact]:
    """Those who agreed to it and did not stay away, by organisation."""
    rows = await connection.fetch(
        """
        select p.name, p.organisation, p.role, p.email from participants p
        where p.meeting_id = $1 and p.shares_contact and not exists (
            select from registrations r join sessions s using (session_id) join attendance a using (registration_id)
            where s.meeting_id = p.meeting_id and lower(r.email) = lower(p.email) and not a.present)
        order by lower(p.organisation), lower(p.name)
        """,
        meeting_id,
    )
    return [Contact(**dict(row)) for row in rows]
