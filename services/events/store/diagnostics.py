"""Diagnostic forms as rows: sent, answered, handed in, read; each step with its announcement in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from kit import outbox
from kit.postgres import Connection, Pool
from kit.problems import Problem
from schemas.identifiers import uuid7
from schemas.meetings import DiagnosticRequested
from services.events.rules.diagnostic.answers import NOTHING, Answer


@dataclass(frozen=True)
class Form:
    """The form of a department and year as it stands, without its answers."""

    diagnostic_id: UUID
    year: int
    department: str
    version: int
    revision: int
    state: str
    answer_by: date
    requested_at: datetime
    reminded_at: datetime | None
    submitted_at: datetime | None
    submitted_by: str | None
    reviewed_at: datetime | None
    reviewed_by: str | None
    comment: str | None

    @property
    def path(self) -> str:
        return f"/diagnostic/{self.year}/{self.department}"

    @property
    def open(self) -> bool:
        return self.state == "TO_FILL"

    def told(self, progress: int) -> dict[str, Any]:
        """The fields of a message about it."""
        return {
            "diagnostic_id": self.diagnostic_id, "revision": self.revision, "year": self.year, "department": self.department,
            "version": self.version, "state": self.state, "progress": progress, "answer_by": self.answer_by, "page": self.path,
        }  # fmt: skip


_SELECT = """
    select diagnostic_id, year, department, version, revision, state, answer_by, requested_at, reminded_at, submitted_at, submitted_by,
        reviewed_at, reviewed_by, comment
    from diagnostics
"""


async def send(connection: Connection, year: int, department: str, version: int, answer_by: date, *, now: datetime) -> Form | None:
    """A new form, announced. None when the department already has it."""
    sent = await connection.execute(
        """
        insert into diagnostics (diagnostic_id, year, department, version, state, answer_by, requested_at, told_at)
        values ($1, $2, $3, $4, 'TO_FILL', $5, $6, $6) on conflict (year, department) do nothing
        """,
        uuid7(), year, department, version, answer_by, now,
    )  # fmt: skip
    if sent == "INSERT 0 0":
        return None
    form = await get(connection, year, department)
    await outbox.add(connection, DiagnosticRequested(**form.told(0), occurred_at=now))
    return form


async def of_year(connection: Connection | Pool, year: int) -> list[Form]:
    """In the order of the departments."""
    rows = await connection.fetch(_SELECT + "where year = $1 order by department", year)
    return [Form(**dict(row)) for row in rows]


async def years(connection: Connection | Pool) -> list[int]:
    """The years in which forms were sent or questions written, the newest first."""
    rows = await connection.fetch("select year from diagnostics union select year from diagnostic_questions order by year desc")
    return [row["year"] for row in rows]


async def get(connection: Connection | Pool, year: int, department: str) -> Form:
    """Raises a 404 problem for a form that was not sent."""
    row = await connection.fetchrow(_SELECT + "where year = $1 and department = $2", year, department)
    if row is None:
        raise Problem(
            404, "UNKNOWN_DIAGNOSTIC", "Cette fiche n’existe pas", f"Aucune fiche diagnostic {year} n’a été envoyée à ce département."
        )
    return Form(**dict(row))


async def by_id(connection: Connection | Pool, diagnostic_id: UUID) -> Form | None:
    row = await connection.fetchrow(_SELECT + "where diagnostic_id = $1", diagnostic_id)
    return None if row is None else Form(**dict(row))


async def locked(connection: Connection, year: int, department: str) -> Form:
    """The form under its row's lock. Raises 404."""
    await connection.execute("select from diagnostics where year = $1 and department = $2 for update", year, department)
    return await get(connection, year, department)


async def answers(connection: Connection | Pool, diagnostic_id: UUID) -> dict[str, Answer]:
    """The present answers by question; one that nobody wrote is absent."""
    rows = await connection.fetch(
        """
        select distinct on (question) question, value, revision, by, by_name, at, editor from diagnostic_answers
        where diagnostic_id = $1 order by question, revision desc
        """,
        diagnostic_id,
    )
    return {row["question"]: Answer(**{name: value for name, value in row.items() if name != "question"}) for row in rows}


async def history(connection: Connection | Pool, diagnostic_id: UUID, question: str) -> list[Answer]:
    """Every value that a question had, the newest first."""
    rows = await connection.fetch(
        """
        select value, revision, by, by_name, at, editor from diagnostic_answers where diagnostic_id = $1 and question = $2
        order by revision desc limit 100
        """,
        diagnostic_id,
        question,
    )
    return [Answer(**dict(row)) for row in rows]


async def present(connection: Connection, diagnostic_id: UUID, question: str) -> Answer:
    """The answer as it stands; the caller holds the form's lock."""
    found = await history(connection, diagnostic_id, question)
    return found[0] if found else NOTHING


async def save(connection: Connection, diagnostic_id: UUID, question: str, answer: Answer) -> Answer:
    """The next revision of an answer, under the form's lock."""
    saved = replace(answer, revision=answer.revision + 1)
    await connection.execute(
        """
        insert into diagnostic_answers (diagnostic_id, question, revision, value, by, by_name, editor, at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        diagnostic_id, question, saved.revision, saved.value, saved.by, saved.by_name, saved.editor, saved.at,
    )  # fmt: skip
    return saved


async def since(connection: Connection, diagnostic_id: UUID, question: str, revision: int) -> list[Answer]:
    """What was saved after that revision."""
    return [answer for answer in await history(connection, diagnostic_id, question) if answer.revision > revision]


async def step(connection: Connection, form: Form, state: str, *, by: str, now: datetime, comment: str | None = None) -> Form:
    """The form in another state, at its next revision; the caller announces it."""
    await connection.execute(
        """
        update diagnostics set state = $2, revision = revision + 1, told_at = $3,
            submitted_at = case when $2 = 'SUBMITTED' then $3 when $2 = 'TO_FILL' then null else submitted_at end,
            submitted_by = case when $2 = 'SUBMITTED' then $4 when $2 = 'TO_FILL' then null else submitted_by end,
            reviewed_at = case when $2 = 'REVIEWED' then $3 else null end,
            reviewed_by = case when $2 = 'REVIEWED' then $4 else null end,
            comment = case when $2 = 'SUBMITTED' then null else $5 end
        where diagnostic_id = $1
        """,
        form.diagnostic_id, state, now, by, comment,
    )  # fmt: skip
    return await get(connection, form.year, form.department)


async def told(connection: Connection, form: Form, progress: int, *, now: datetime, reminded: bool = False) -> Form:
    """The next revision, because something about it is announced; `progress` is what was said."""
    await connection.execute(
        """
        update diagnostics set revision = revision + 1, told_progress = $2, told_at = $3,
            reminded_at = case when $4 then $3 else reminded_at end
        where diagnostic_id = $1
        """,
        form.diagnostic_id, progress, now, reminded,
    )  # fmt: skip
    return await get(connection, form.year, form.department)


async def written_since_told(connection: Connection, before: datetime) -> list[tuple[int, str, int]]:
    """(year, department, per cent last told) of open forms in which somebody wrote, and of which nothing was told since `before`."""
    rows = await connection.fetch(
        """
        select year, department, told_progress from diagnostics d where state = 'TO_FILL' and told_at < $1
            and exists (select from diagnostic_answers a where a.diagnostic_id = d.diagnostic_id and a.at >= d.told_at)
        order by year, department
        """,
        before,
    )
    return [(row["year"], row["department"], row["told_progress"]) for row in rows]
