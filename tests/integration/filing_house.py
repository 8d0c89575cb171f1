"""A filing for tests: declared, read back, counted."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx

from kit.consumer import Batch, Received
from schemas.countings import DeclarationCounted, DepartmentMove
from schemas.deliveries import MessageSent
from services.ingest import consumers
from tests.integration.ingest_house import House

WHERE = "/api/v1/declarations"


async def declared_by(here: House, what: dict[str, Any], *, key: str | None = None, who: str = "buyer") -> httpx.Response:
    async with here.client(who) as client:
        return await client.post(WHERE, json=what, headers={"Idempotency-Key": key or str(uuid4())})


async def read_back(here: House, number: str, who: str | None = "buyer") -> httpx.Response:
    async with here.client(who) as client:
        return await client.get(f"{WHERE}/{number}")


async def handed_over(here: House, message: DeclarationCounted | MessageSent) -> None:
    """As the reader of the topic does, in a transaction."""
    topic = "countings" if isinstance(message, DeclarationCounted) else "deliveries"
    apply = next(reader.apply for reader in consumers.readers() if reader.topic.name == topic)
    story = f"00-{'ab' * 16}-{'cd' * 8}-01"
    received = Received(message, message.key(), topic, 0, 0, str(message.id), "", story, b"")
    async with here.pool.acquire() as connection, connection.transaction():
        await apply(connection, Batch([received], {(topic, 0): 1}))


def counted_as(here: House, receipt: dict[str, Any], dead: int = 0) -> DeclarationCounted:
    return DeclarationCounted(
        declaration_id=receipt["number"], revision=receipt["revision"], lines=1, applied=1 - dead, dead=dead, counted_at=here.clock(),
        departments=(DepartmentMove(department="93", centihours_before=0, centihours_after=750),), positions={"hours/3": 12},
    )  # fmt: skip
