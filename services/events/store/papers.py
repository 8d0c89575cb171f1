"""Links that go with a meeting, as rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.postgres import Connection, Pool
from kit.problems import Problem
from schemas.identifiers import uuid7
from services.events.rules.papers import Link


@dataclass(frozen=True)
class KeptLink:
    link_id: UUID
    link: Link
    by_name: str
    at: datetime


async def links(connection: Connection | Pool, meeting_id: UUID, *, published_only: bool) -> list[KeptLink]:
    """In the order in which they were added."""
    rows = await connection.fetch(
        """
        select link_id, title, url, published, by_name, at from meeting_links
        where meeting_id = $1 and (published or not $2) order by at, link_id
        """,
        meeting_id,
        published_only,
    )
    return [KeptLink(r["link_id"], Link(r["title"], r["url"], r["published"]), r["by_name"], r["at"]) for r in rows]


async def add(connection: Connection, meeting_id: UUID, link: Link, *, by_name: str, now: datetime) -> None:
    await connection.execute(
        "insert into meeting_links (link_id, meeting_id, title, url, published, by_name, at) values ($1, $2, $3, $4, $5, $6, $7)",
        uuid7(), meeting_id, link.title.strip(), link.url, link.published, by_name, now,
    )  # fmt: skip


async def remove(connection: Connection, meeting_id: UUID, link_id: UUID) -> None:
    """Raises a 404 problem for one that is not there."""
    gone = await connection.execute("delete from meeting_links where meeting_id = $1 and link_id = $2", meeting_id, link_id)
    if gone == "DELETE 0":
        raise Problem(404, "UNKNOWN_PAPER", "Ce support n’existe plus")
