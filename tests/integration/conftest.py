"""The houses that most tests of events, ingest and notify stand in: the service on a database of its own. A file may have its own by the same name."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.integration import events_house, ingest_house, notify_house


@pytest.fixture
async def events(events_database: str) -> AsyncIterator[events_house.House]:
    async with events_house.house(events_database) as found:
        yield found


@pytest.fixture
async def here(ingest_database: str) -> AsyncIterator[ingest_house.House]:
    async with ingest_house.house(ingest_database) as found:
        yield found


@pytest.fixture
async def house(notify_database: str) -> AsyncIterator[notify_house.House]:
    async with notify_house.house(notify_database) as found:
        yield found
