"""A file handed in on the page, and where it waits."""

from __future__ import annotations

import re

import httpx

from services.ingest.store.reconciling import look_at_next
from tests.integration.ingest_house import House

HEADER = ("N° marché", "Mois", "Matricule", "Employeur", "Heures réalisées")


async def upload(client: httpx.AsyncClient, data: bytes, name: str = "suivi.csv", **more: str) -> httpx.Response:
    return await client.post("/declarer/import", data={"action": "check", **more}, files={"file": (name, data)})


def where(page: httpx.Response) -> str:
    """The address of the file that waits."""
    found = re.search(r'action="(/declarer/import/[0-9a-f-]{36})"', page.text)
    assert found, page.text
    return found[1]


async def looked_at(here: House) -> None:
    async with here.pool.acquire() as connection:
        while await look_at_next(connection, here.clock()):
            pass
