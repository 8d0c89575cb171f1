"""Supports of a meeting as rows: links, and files with their content apart."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.postgres import Connection, Pool
from kit.problems import Problem
from schemas.identifiers import uuid7
from services.events.rules.attachments import Attachment
from services.events.rules.papers import SEEN_BY, Paper


@dataclass(frozen=True)
class KeptPaper:
    """`file_name` and `size` (bytes) of a file; `removed_*` once it was taken away."""

    paper_id: UUID
    meeting_id: UUID
    paper: Paper
    by_name: str
    at: datetime
    file_name: str | None = None
    size: int | None = None
    removed_at: datetime | None = None
    removed_by: str | None = None

    def where(self, under: str) -> str:
        """Where it is read: the link itself, or the file below the page that may show it."""
        return self.paper.url or f"{under}/fichiers/{self.paper_id}"


_SELECT = "select paper_id, meeting_id, title, audience, url, by_name, at, file_name, size, removed_at, removed_by from meeting_papers "


async def of_meeting(connection: Connection | Pool, meeting_id: UUID, audience: str) -> list[KeptPaper]:
    """What this audience sees, in the order in which it was added."""
    rows = await connection.fetch(
        _SELECT + "where meeting_id = $1 and audience = any($2) and removed_at is null order by at, paper_id", meeting_id, SEEN_BY[audience]
    )
    return [_paper(row) for row in rows]


async def removed(connection: Connection | Pool, meeting_id: UUID) -> list[KeptPaper]:
    """What was taken away, the latest first."""
    rows = await connection.fetch(
        _SELECT + "where meeting_id = $1 and removed_at is not null order by removed_at desc, paper_id", meeting_id
    )
    return [_paper(row) for row in rows]


async def add(
    connection: Connection, meeting_id: UUID, paper: Paper, attached: Attachment | None = None, *, by_name: str, now: datetime
) -> None:
    paper_id = uuid7()
    data = attached.data if attached else None
    await connection.execute(
        """
        insert into meeting_papers (paper_id, meeting_id, title, url, audience, by_name, at, file_name, media_type, size, sha256)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        paper_id, meeting_id, paper.title.strip(), paper.url, paper.audience, by_name, now, attached.name if attached else None,
        attached.media_type if attached else None, len(data) if data else None, hashlib.sha256(data).hexdigest() if data else None,
    )  # fmt: skip
    if data:
        await connection.execute("insert into meeting_paper_contents (paper_id, content) values ($1, $2)", paper_id, data)


async def content(connection: Connection | Pool, meeting_id: UUID, paper_id: UUID, audience: str) -> Attachment:
    """A file for this audience. Raises a 404 problem for one that is not there, was removed, or is not for them."""
    row = await connection.fetchrow(
        """
        select file_name, media_type, content from meeting_papers join meeting_paper_contents using (paper_id)
        where meeting_id = $1 and paper_id = $2 and audience = any($3) and removed_at is null
        """,
        meeting_id,
        paper_id,
        SEEN_BY[audience],
    )
    if row is None:
        raise _unknown()
    return Attachment(row["file_name"], row["media_type"], row["content"])


async def remove(connection: Connection, meeting_id: UUID, paper_id: UUID, *, by_name: str, now: datetime) -> None:
    """The content goes, the line stays: who added and who removed it. Raises a 404 problem for one that is not there."""
    gone = await connection.execute(
        "update meeting_papers set removed_at = $3, removed_by = $4 where meeting_id = $1 and paper_id = $2 and removed_at is null",
        meeting_id, paper_id, now, by_name,
    )  # fmt: skip
    if gone == "UPDATE 0":
        raise _unknown()
    await connection.execute("delete from meeting_paper_contents where paper_id = $1", paper_id)


def _unknown() -> Problem:
    return Problem(404, "UNKNOWN_PAPER", "Ce support n’existe plus")


def _paper(row: object) -> KeptPaper:
    found = dict(row)  # type: ignore[call-overload]  # a record of asyncpg is a mapping
    paper = Paper(found.pop("title"), found.pop("audience"), found.pop("url"))
    return KeptPaper(paper=paper, **found)
