"""A poll for tests: what is asked, of whom, and how one answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from kit import registry
from tests.fixtures.databases import MakeDatabase
from tests.integration.events_house import House, house, mandate

POLLS = "/api/v1/polls"
QUESTION: dict[str, Any] = {
    "title": "Atelier « Recours aux ETT »",
    "kind": "ATELIER",
    "department": "93",
    "place": "Bobigny, salle 2",
    "answer_by": "2027-01-20",
    "options": [
        {"starts_at": "2027-01-29T09:30", "ends_at": "2027-01-29T12:00"},
        {"starts_at": "2027-02-02T14:00", "ends_at": "2027-02-02T16:30", "place": "Créteil"},
    ],
    "recipients": [
        {"department": "93", "required": True},
        {"department": "77"},
        {"email": "c.fictive@exemple.fr", "name": "Camille Fictive", "organisation": "Association fictive", "required": True},
    ],
}
PERSON = uuid4()


@pytest.fixture
async def events(database: MakeDatabase) -> AsyncIterator[House]:
    async with house((await database("events")).rows) as made:
        async with made.pool.acquire() as connection:
            await registry.record(connection, mandate("93", PERSON))
        yield made


async def opened(events: House, **changes: Any) -> dict[str, Any]:
    async with events.client() as client:
        made = await client.post(POLLS, json={**QUESTION, **changes})
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def answers(poll: dict[str, Any], *said: str) -> dict[str, Any]:
    return {"answers": {option["id"]: one for option, one in zip(poll["options"], said, strict=True)}}


async def link_of(events: House) -> str:
    """The page of the address outside, from what notify is told."""
    told = [m for m in await events.announced() if m["type"] == "PollOpened"][-1]
    found: str = next(who["path"] for who in told["recipients"] if who["email"])
    return found
