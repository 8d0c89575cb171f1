"""The one way a fact of the directory becomes known: journal, announcement and this service's own replica in one transaction."""

from __future__ import annotations

from kit import outbox, registry
from kit.postgres import Connection
from schemas.message import Message


async def announce(connection: Connection, message: Message, *, by: str) -> None:
    """Call it in the transaction of the fact, after its row was written (so under its lock)."""
    await connection.execute(
        "insert into journal (by, entity, type, content) values ($1, $2, $3, $4::text::jsonb)",
        by, message.key(), type(message).__name__, message.model_dump_json(),
    )  # fmt: skip
    await outbox.add(connection, message)
    await registry.record(connection, message)


def same(one: Message, other: Message | None) -> bool:
    """Whether two messages say the same, their own identity and instant apart: then there is nothing to announce."""
    own = {"id", "occurred_at"}
    return other is not None and one.model_dump(exclude=own) == other.model_dump(exclude=own)
