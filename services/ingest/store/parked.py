"""Rows set aside by their author's choice, until they are completed. They hold tokens in place of identity."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from kit.errors import LineError
from kit.postgres import Connection
from kit.problems import Problem
from services.ingest.sources import Declarant
from services.ingest.store.erasure import SAID_OF_A_PERSON, TOKENS, digest_of


@dataclass(frozen=True)
class ParkedLine:
    """One row that was not good enough, and why. `content` has no names, no birth date, no worker id."""

    line: int
    content: Mapping[str, Any]
    errors: Sequence[LineError]


async def park(connection: Connection, number: str, revision: int, rows: Sequence[ParkedLine]) -> None:
    if not rows:
        return
    rows = await _without_erased(connection, rows)
    await connection.execute(
        """
        insert into parked_lines (number, revision, line, part, content, errors)
        select $1, $2, line, row_number() over (partition by line order by place) - 1, content::jsonb, errors::jsonb
        from unnest($3::integer[], $4::text[], $5::text[]) with ordinality r (line, content, errors, place)
        """,
        number,
        revision,
        [row.line for row in rows],
        [json.dumps(dict(row.content), default=str, ensure_ascii=False) for row in rows],
        [json.dumps([error.model_dump() for error in row.errors], ensure_ascii=False) for row in rows],
    )


async def _without_erased(connection: Connection, rows: Sequence[ParkedLine]) -> list[ParkedLine]:
    """Of a person who asked to be forgotten nothing is kept here either."""
    tokens = {token: digest_of(token) for row in rows for name in TOKENS if (token := row.content.get(name))}
    found = await connection.fetch("select digest from erased_persons where digest = any($1::bytea[])", list(tokens.values()))
    erased = {row["digest"] for row in found}
    gone = {token for token, digest in tokens.items() if digest in erased}
    return [row if gone.isdisjoint(row.content.get(name) for name in TOKENS) else _nobody(row) for row in rows] if gone else list(rows)


def _nobody(row: ParkedLine) -> ParkedLine:
    return replace(row, content={name: value for name, value in row.content.items() if name not in SAID_OF_A_PERSON})


async def parked_of(connection: Connection, number: str, revision: int) -> list[ParkedLine]:
    """The rows of a version that still wait."""
    rows = await connection.fetch(
        """
        select line, content::text, errors::text from parked_lines
        where number = $1 and revision = $2 and ended_at is null order by line, part
        """,
        number,
        revision,
    )
    return [ParkedLine(row["line"], json.loads(row["content"]), _errors(row)) for row in rows]


class Place(NamedTuple):
    """The key of a parked row."""

    number: str
    revision: int
    line: int
    part: int

    def __str__(self) -> str:
        return ".".join(map(str, self))

    @classmethod
    def read(cls, text: str) -> Place:
        """From its written form. Raises ValueError."""
        number, *rest = text.split(".")
        if len(rest) != 3 or not all(part.isdecimal() and len(part) < 9 for part in rest):
            raise ValueError(text)
        return cls(number, *map(int, rest))


@dataclass(frozen=True)
class Waiting:
    """A row on its author's to-do list."""

    place: Place
    content: Mapping[str, Any]
    errors: Sequence[LineError]
    received_at: datetime


async def waiting(connection: Connection, declarant: Declarant, filing: str | None = None, limit: int = 20) -> list[Waiting]:
    """The rows that a declarant has still to complete, of the present versions of filings that stand; of one filing when it is named.
    Who acts for another sees the filings of its territory."""
    rows = await connection.fetch(
        """
        select p.number, p.revision, p.line, p.part, p.content::text, p.errors::text, f.received_at
        from parked_lines p join filings f on f.number = p.number and f.revision = p.revision
        where f.declarant_id = $1 and f.state <> 'withdrawn' and p.ended_at is null and ($2::text is null or p.number = $2)
            and ($4::text[] is null or f.departments && $4)
        order by f.received_at desc, p.number desc, p.line, p.part limit $3
        """,
        declarant.id,
        filing,
        limit,
        _within(declarant),
    )
    return [
        Waiting(
            Place(row["number"], row["revision"], row["line"], row["part"]), json.loads(row["content"]), _errors(row), row["received_at"]
        )
        for row in rows
    ]


async def still_waiting(connection: Connection, declarant: Declarant) -> int:
    """How many rows a declarant has to complete."""
    found: int = await connection.fetchval(
        """
        select count(*) from parked_lines p join filings f on f.number = p.number and f.revision = p.revision
        where f.declarant_id = $1 and f.state <> 'withdrawn' and p.ended_at is null
            and ($2::text[] is null or f.departments && $2)
        """,
        declarant.id,
        _within(declarant),
    )
    return found


async def rewrite(connection: Connection, rows: Sequence[tuple[Place, Mapping[str, Any]]]) -> None:
    """Keep what was typed for rows that still wait."""
    await connection.executemany(
        """
        update parked_lines set content = $5::text::jsonb
        where (number, revision, line, part) = ($1, $2, $3, $4) and ended_at is null
        """,
        [(*place, json.dumps(dict(content), ensure_ascii=False)) for place, content in rows],
    )


@dataclass(frozen=True)
class End:
    """What becomes of a row: `completed_in` is the filing that counts it, `dropped_for` the reason why it goes nowhere."""

    by: str
    at: datetime
    completed_in: str | None = None
    dropped_for: str | None = None


async def end(connection: Connection, declarant: UUID, places: Sequence[Place], how: End) -> None:
    """Take rows off the list. Raises a 409 problem when one of them is not waiting any more, or never was this declarant's."""
    if not places:
        return
    done: str = await connection.execute(
        """
        update parked_lines p set completed_in = $6, dropped_for = $7, ended_at = $8, ended_by = $9
        from unnest($1::text[], $2::integer[], $3::integer[], $4::integer[]) e (number, revision, line, part), filings f
        where (p.number, p.revision, p.line, p.part) = (e.number, e.revision, e.line, e.part)
            and f.number = p.number and f.declarant_id = $5 and p.ended_at is null
        """,
        *(list(column) for column in zip(*places, strict=True)),
        declarant, how.completed_in, how.dropped_for, how.at, how.by,
    )  # fmt: skip
    if int(done.rpartition(" ")[2]) != len(places):
        raise Problem(
            409, "NOT_WAITING", "Une de ces lignes n’attend plus", "Elle a été envoyée ou écartée entre-temps : relisez la liste."
        )


def _within(declarant: Declarant) -> list[str] | None:
    return sorted(declarant.within) if declarant.acting else None


def _errors(row: asyncpg.Record) -> list[LineError]:
    return [LineError(**error) for error in json.loads(row["errors"])]
