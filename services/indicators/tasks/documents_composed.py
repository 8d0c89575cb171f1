"""Composes the documents of published editions before anybody asks for them. What a process that stopped left undone, the next one does."""

from __future__ import annotations

import asyncio
from typing import Final

from kit.service import Runtime
from services.indicators.panorama import documents
from services.indicators.panorama.source import of_edition
from services.indicators.store import editions

LOOKS_EVERY_S: Final = 5.0


async def documents_composed(runtime: Runtime) -> None:
    whole: set[str] = set()
    while True:
        for number in await editions.numbers(runtime.pool):
            if number not in whole and await compose(runtime, number) is not None:
                whole.add(number)
        await asyncio.sleep(LOOKS_EVERY_S)


async def compose(runtime: Runtime, number: str) -> list[str] | None:
    """Make and keep what the edition's documents lack. Returns their names, or None while another process is at it."""
    async with runtime.pool.acquire() as connection:
        if not await editions.lock_documents(connection, number):
            return None
        try:
            source = await of_edition(runtime, number)
            kept = await editions.document_names(connection, number)
            return [name for name in documents.names() if name not in kept and await documents.keep(source, connection, name)]
        finally:
            await editions.unlock_documents(connection, number)
