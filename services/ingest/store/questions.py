"""Questions on a filing and their answers, each announced in its transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kit import outbox
from kit.postgres import Connection
from kit.problems import Problem
from schemas.declarations import QuestionAnswered, QuestionAsked
from schemas.identifiers import uuid7


@dataclass(frozen=True)
class Words:
    """What somebody writes: the text, and who wrote it when."""

    text: str
    by: str
    name: str
    at: datetime


async def ask(connection: Connection, filing: Mapping[str, Any], line: int | None, words: Words) -> UUID:
    """Record a question on a filing, or on its line at this position, and announce it. Raises a 422 problem for a line that is not there."""
    number, revision = filing["number"], filing["revision"]
    found = None
    if line is not None:
        found = await connection.fetchrow(
            """
            select c.number, v.department from line_values v join contracts c on c.uid = v.contract_uid
            where v.number = $1 and v.filing_revision = $2 and v.line = $3
            """,
            number, revision, line,
        )  # fmt: skip
        if found is None:
            raise Problem(422, "LINE", f"La déclaration {number} n’a pas de ligne {line}", "Elle a peut-être été corrigée depuis.")
    question = uuid7()
    await connection.execute(
        """
        insert into questions (question_id, number, filing_revision, line, text, asked_by, asked_by_name, asked_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        question, number, revision, line, words.text, words.by, words.name, words.at,
    )  # fmt: skip
    departments = (found["department"],) if found else tuple(sorted(part["department"] for part in filing["departments"]))
    message = QuestionAsked(
        occurred_at=words.at, declaration_id=number, question_id=question, declarant_id=filing["declarant_id"],
        declared_by=filing["declared_by"], asked_by=words.by, asked_by_name=words.name, departments=departments, line=line,
        contract=found["number"] if found else None, text=words.text,
    )  # fmt: skip
    await outbox.add(connection, message)
    return question


async def answer(connection: Connection, filing: Mapping[str, Any], question: UUID, words: Words) -> None:
    """Record the one answer to a question and announce it. Raises 404 for another filing's question, 409 for one that has its answer."""
    row = await connection.fetchrow(
        "select number, line, asked_by, answer from questions where question_id = $1 for no key update", question
    )
    if row is None or row["number"] != filing["number"]:
        raise Problem(404, "UNKNOWN_QUESTION", "Cette question n’existe pas")
    if row["answer"] is not None:
        raise Problem(409, "ANSWERED", "Cette question a déjà sa réponse", "Elle est affichée sur la page de la déclaration.")
    await connection.execute(
        "update questions set answer = $2, answered_by = $3, answered_by_name = $4, answered_at = $5 where question_id = $1",
        question, words.text, words.by, words.name, words.at,
    )  # fmt: skip
    message = QuestionAnswered(
        occurred_at=words.at, declaration_id=filing["number"], question_id=question, declarant_id=filing["declarant_id"],
        asked_by=row["asked_by"], answered_by_name=words.name, line=row["line"], text=words.text,
        departments=tuple(sorted(part["department"] for part in filing["departments"])),
    )  # fmt: skip
    await outbox.add(connection, message)


async def of_filing(connection: Connection, number: str) -> list[dict[str, Any]]:
    """A filing's questions, the oldest first."""
    rows = await connection.fetch(
        """
        select question_id, line, filing_revision, text, asked_by_name, asked_at, answer, answered_by_name, answered_at
        from questions where number = $1 order by asked_at, question_id
        """,
        number,
    )
    return [dict(row) for row in rows]


async def open_of(connection: Connection, declarant: UUID) -> list[str]:
    """Numbers of a declarant's filings with a question that waits for its answer."""
    rows = await connection.fetch(
        """
        select distinct q.number from questions q join filings f using (number)
        where q.answer is null and f.declarant_id = $1 order by 1 desc limit 20
        """,
        declarant,
    )
    return [row["number"] for row in rows]
