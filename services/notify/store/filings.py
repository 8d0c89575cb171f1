"""The two halves of a filing's revision: what ingest says of it, and that indicators has counted it."""

from __future__ import annotations

from typing import Final

import asyncpg

from kit.postgres import Connection
from schemas.countings import DeclarationCounted
from schemas.declarations import Declaration, DeclarationCorrected, DeclarationReceived, DeclarationWithdrawn

_TYPES: Final[dict[str, type[Declaration]]] = {
    kind.__name__: kind for kind in (DeclarationReceived, DeclarationCorrected, DeclarationWithdrawn)
}
Both = tuple[Declaration, DeclarationCounted]


async def record_declared(connection: Connection, message: Declaration, traceparent: str | None) -> Both | None:
    """Keep ingest's half. Both halves when the other is already here, and this one was not."""
    row = await connection.fetchrow(
        """
        insert into filings (declaration_id, revision, declared_type, declared, traceparent) values ($1, $2, $3, $4::text::jsonb, $5)
        on conflict (declaration_id, revision) do update set declared_type = excluded.declared_type, declared = excluded.declared
            where filings.declared is null
        returning declared_type, declared::text, counted::text
        """,
        message.declaration_id, message.revision, type(message).__name__, message.model_dump_json(), traceparent,
    )  # fmt: skip
    return _both(row)


async def record_counted(connection: Connection, message: DeclarationCounted, traceparent: str | None) -> Both | None:
    """Keep the counting. It waits for a writer of the other half, so exactly one of two sees both."""
    row = await connection.fetchrow(
        """
        insert into filings (declaration_id, revision, counted, traceparent) values ($1, $2, $3::text::jsonb, $4)
        on conflict (declaration_id, revision) do update set counted = excluded.counted, traceparent = excluded.traceparent
            where filings.counted is null
        returning declared_type, declared::text, counted::text
        """,
        message.declaration_id, message.revision, message.model_dump_json(), traceparent,
    )  # fmt: skip
    return _both(row)


async def traceparent_of(connection: Connection, declaration_id: str, revision: int) -> str | None:
    found: str | None = await connection.fetchval(
        "select traceparent from filings where declaration_id = $1 and revision = $2", declaration_id, revision
    )
    return found


def _both(row: asyncpg.Record | None) -> Both | None:
    if row is None or row["declared"] is None or row["counted"] is None:
        return None
    declared = _TYPES[row["declared_type"]].model_validate_json(row["declared"])
    return declared, DeclarationCounted.model_validate_json(row["counted"])
