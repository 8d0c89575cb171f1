"""A file that was received already, known by its SHA-256: told to its author, and never made into two filings by two clicks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from kit.postgres import Connection


async def received_before(connection: Connection, declarant: UUID | None, sha256: str) -> Mapping[str, Any] | None:
    """The filing that the same file already made (`number`, `received_at`), unless it was withdrawn."""
    row = await connection.fetchrow(
        """
        select f.number, r.received_at from filing_revisions r join filings f using (number)
        where r.sha256 = $1 and f.declarant_id = $2 and f.state <> 'withdrawn' order by r.received_at desc limit 1
        """,
        sha256,
        declarant,
    )
    return dict(row) if row else None


async def made_meanwhile(connection: Connection, declarant: UUID, sha256: str | None) -> str | None:
    """The same, asked in the transaction that is to make the filing: it waits for another that does so at this moment."""
    if sha256 is None:
        return None
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"file {declarant} {sha256}")
    found = await received_before(connection, declarant, sha256)
    return str(found["number"]) if found else None
