"""The public face before and after one printed release, as fixtures."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.fixtures.databases import MakeDatabase
from tests.integration.printed_house import House, face, one_release


@pytest.fixture
async def empty(database: MakeDatabase) -> AsyncIterator[House]:
    async with face(database) as found:
        yield found


@pytest.fixture
async def house(database: MakeDatabase) -> AsyncIterator[House]:
    """One release."""
    async with face(database, one_release) as found:
        yield found
