"""Dead letters that an operator asked to apply again, in this reader alone: other readers of the topic have had the record."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import asyncpg

from kit import dead_letters
from kit.consumer.decoding import Decoder
from kit.consumer.engine import Engine
from kit.consumer.reader import Received
from kit.consumer.transaction import POISON
from kit.postgres import Pool

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Record:
    """A dead letter in the shape of Kafka's record, as far as the decoder looks at it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


async def replay_requested(pool: Pool, engine: Engine) -> int:
    """Apply the letters marked 'replay' one by one in their order. What fails again goes back to 'open' with the new reason."""
    reader = engine.reader
    async with pool.acquire() as connection:
        rows = await connection.fetch(
            """
            select id, topic, partition, record_offset, key, value, headers from dead_letters
            where reader = $1 and topic = $2 and state = 'replay' order by partition, record_offset limit 500
            """,
            reader.name, reader.topic.name,
        )  # fmt: skip
    decoder = Decoder(reader.topic, reader.decode)
    for row in rows:
        try:
            await engine.settled()
            batch = await engine.transactions.replay([row["id"]], _received(decoder, row), [row["partition"]])
        except (*POISON, KeyError, TypeError, AttributeError) as error:
            await pool.execute(
                "update dead_letters set state = 'open', note = $2 where id = $1 and state = 'replay'",
                row["id"], dead_letters.reason_text(f"replay failed: {type(error).__name__}: {error}"),
            )  # fmt: skip
        else:
            log.info("dead letter applied", extra={"topic": row["topic"], "partition": row["partition"], "offset": row["record_offset"]})
            engine.told(batch)
    return len(rows)


def _received(decoder: Decoder, row: asyncpg.Record) -> list[Received]:
    packed = dead_letters.unpack(row["headers"])
    record: Any = _Record(row["topic"], row["partition"], row["record_offset"], row["key"], row["value"], packed.headers)
    one = decoder.one(record)
    return [one] if one is not None else []
