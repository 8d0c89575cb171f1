"""Schemathesis over every route of directory, events, indicators and notify; ingest's is beside its other promises."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.asking import ask
from tests.fixtures.databases import MakeDatabase
from tests.fixtures.profile import Profile
from tests.integration import directory_house, editions_house, events_house, notify_site

pytestmark = [pytest.mark.timeout(900), pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def count(profile: Profile) -> int:
    logging.getLogger("kit").setLevel(logging.CRITICAL)
    return profile.pick("requests of the interfaces' fuzz per route", short=5, long=100)


async def test_directory(database: MakeDatabase, tmp_path: Path, count: int, seed: int) -> None:
    async with directory_house.open_house(await database("directory"), tmp_path) as house:
        asked = await ask(house.transport.app, lambda _: directory_house.OPERATOR, count=count, seed=seed)  # type: ignore[arg-type]
    assert asked.faults == []
    assert asked.routes >= 5, asked


async def test_events(events_database: str, count: int, seed: int) -> None:
    async with events_house.house(events_database) as house:
        asked = await ask(house.application, lambda _: house.keys["team"], count=count, seed=seed)
    assert asked.faults == []
    assert asked.routes >= 20, asked


async def test_indicators(database: MakeDatabase, count: int, seed: int) -> None:
    async with editions_house.a_house(await database("indicators")) as house:
        asked = await ask(house.asgi, lambda _: "team", count=count, seed=seed)
    assert asked.faults == []
    assert asked.routes >= 10, asked


async def test_notify(notify_database: str, tmp_path: Path, count: int, seed: int) -> None:
    async with notify_site.open_site(notify_database, tmp_path) as site:
        asked = await ask(site.application, lambda _: site.keys["team"], count=count, seed=seed)
    assert asked.faults == []
    assert asked.routes >= 3, asked
