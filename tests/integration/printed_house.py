"""A public face over releases that a test writes cell by cell: no facts, no measuring, no protecting, so that pages are tested in a second."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import product
from typing import Final, cast
from uuid import UUID

import httpx
from fastapi import FastAPI
from starlette.requests import Request

from kit.health import Health
from kit.identity import ANONYMOUS, Caller, Identity
from kit.postgres import Pool, open_pool
from kit.service import Runtime, app
from kit.settings import Settings
from services.indicators.app import create
from services.indicators.catalogue.dimensions import BY_NAME
from services.indicators.routes.public import close_public, open_public
from tests.fixtures.databases import Database, Fill, MakeDatabase

NOW: Final = datetime(2026, 11, 22, 10, tzinfo=UTC)
CALLERS: Final = {
    "team": Caller("key", "t", roles=frozenset({"team"})),
    "coordinator93": Caller("key", "c", roles=frozenset({"coordinator"}), departments=frozenset({"93"})),
    "declarant": Caller("key", "d", roles=frozenset({"declarant"}), organisation=UUID(int=7)),
}
PERIODS: Final = tuple(f"{year}{part}" for year in (2024, 2025) for part in ("", "-S1", "-S2", "-Q1", "-Q2", "-Q3", "-Q4"))
RUNNING: Final = ("2026", "2026-S1", "2026-Q1", "2026-Q2", "2026-Q3")
HOURS: Final = (
    "", "department", "public", "modality", "sex", "buyer_kind", "sector", "mechanism", "programme", "work_contract",
    "residence_department", "ept", "department,public", "department,modality", "department,sex", "department,residence_department",
)  # fmt: skip
PERSONS: Final = (
    "", "department", "public", "modality", "sex", "residence_department", "ept",
    "department,public", "department,modality", "department,sex", "department,residence_department",
)  # fmt: skip
SHARES: Final = ("", "department", "public", "modality")
TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "I01": HOURS, "I18": PERSONS, "I05": PERSONS, "I07": SHARES, "I15": ("", "department"), "I16": ("", "department"),
    "I02": ("modality", "department,modality"), "I06": ("sex", "department,sex"),
}  # fmt: skip
Place = tuple[str, str, str, str, str]
"""(indicator, period, split, code_1, code_2)."""


@dataclass(frozen=True)
class Told:
    """A printed cell: its value, or why there is none; the release whose value it kept."""

    value: str | None
    status: str = "ok"
    since: str | None = None


SECRET: Final = Told(None, "secret")


def cells(seed: int = 7, periods: Iterable[str] = (*PERIODS, *RUNNING)) -> dict[Place, Told]:
    """A whole release, invented: every table with all its codes, some hidden."""
    dice, found = random.Random(seed), {}
    for period in periods:
        for indicator, splits in TABLES.items():
            for split in splits:
                names = split.split(",") if split else []
                for codes in product(*(BY_NAME[name].codes for name in names)):
                    first, second = (*codes, "", "")[:2]
                    hidden = bool(names) and dice.random() < 0.08 and split != "department"
                    found[indicator, period, split, first, second] = SECRET if hidden else Told(_value(indicator, split, dice))
    return found


def _value(indicator: str, split: str, dice: random.Random) -> str:
    size = 1 if "," in split else 8 if split else 64
    match indicator:
        case "I05":
            return str(dice.randint(5, 90) * size)
        case "I06" | "I07" | "I16":
            return f"{dice.uniform(5, 95):.2f}"
        case _:
            return f"{dice.uniform(900, 16_000) * size:.2f}"


async def publish(
    pool: Pool, number: str, told: Mapping[Place, Told], *, at: datetime = NOW, until: date = date(2026, 10, 1), edition: int | None = None
) -> None:
    """Write the release as `release/store.py` does."""
    periods = sorted({place[1] for place in told})
    await pool.execute(
        """
        insert into published_releases (release, published_at, figures_until, cells, hidden, periods, positions, rules, fictional, edition)
        values ($1, $2, $3, $4, $5, $6, '', '{}', true, $7)
        """,
        number, at, until, len(told), sum(one.status == "secret" for one in told.values()), periods, edition,
    )  # fmt: skip
    if edition is not None:
        await pool.execute(
            """
            insert into published_editions
                (edition, release, year, title, final, closed_on, says_not, minutes, coverage, least_share, checks, published_at)
            values ($1, $2, 2025, 'Panorama 2025', true, $3, '', '', '{}', 50, '[]', $4)
            """,
            f"2026-{edition}", number, at.date(), at,
        )  # fmt: skip
    columns = ("release", "indicator", "period", "split", "code_1", "code_2", "value", "status", "since")
    records = [(number, *place, one.value, one.status, one.since) for place, one in told.items()]
    await pool.copy_records_to_table("published_cells", records=records, columns=columns)
    shares = [(number, period, "0.9100") for period in periods]
    await pool.copy_records_to_table("published_shares", records=shares, columns=("release", "period", "joinable_share"))


class Callers:
    """Who calls, by the name in place of a key."""

    async def caller(self, request: Request) -> Caller:
        return CALLERS.get(request.headers.get("authorization", "").removeprefix("Bearer "), ANONYMOUS)


def signed_in(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {name}"}


@dataclass(frozen=True)
class House:
    """The face and what stands behind it."""

    client: httpx.AsyncClient
    pool: Pool
    runtime: Runtime
    asgi: FastAPI

    async def later(self, changed: Mapping[Place, Told], number: str = "2026-2") -> None:
        """The next release: the first with these cells changed."""
        await _later(self.pool, changed, number)
        self.runtime.state.pop("releases", None)


async def _later(pool: Pool, changed: Mapping[Place, Told], number: str) -> None:
    rows = await pool.fetch("select * from published_cells where release = '2026-1'")
    told = {
        (row["indicator"], row["period"], row["split"], row["code_1"], row["code_2"]): Told(row["value"], row["status"]) for row in rows
    }
    await publish(pool, number, {**told, **changed}, at=NOW.replace(hour=11))


async def one_release(made: Database) -> None:
    async with open_pool_of(made) as pool:
        await publish(pool, "2026-1", cells())


async def two_releases(made: Database) -> None:
    """In the second a figure of the 93 has changed, one of the 95 is hidden, and one kept its old value."""
    changed = {("I01", "2025", "department", "93", ""): Told("4321.00"), ("I05", "2025", "department", "95", ""): SECRET}
    async with open_pool_of(made) as pool:
        await publish(pool, "2026-1", cells())
        await _later(pool, {**changed, ("I05", "2025", "", "", ""): Told("812", "ok", "2026-1")}, "2026-2")


@asynccontextmanager
async def open_pool_of(made: Database) -> AsyncIterator[Pool]:
    pool = await open_pool(made.rows, size=2, application_name="test")
    try:
        yield pool
    finally:
        await pool.close()


@asynccontextmanager
async def face(database: MakeDatabase, fill: Fill | None = None) -> AsyncIterator[House]:
    """The public face before the first release, or over what `fill` published."""
    tables = await database("indicators", fill)
    pool = await open_pool(tables.rows, size=4, application_name="test")
    settings = Settings(
        service="indicators", role="web", database_public=tables.public, fictional=True, contact="observatoire@macs.example"
    )
    runtime = Runtime(settings, pool, cast("Identity", Callers()), Health(), clock=lambda: NOW)
    await open_public(runtime)
    made = app(create(settings))
    made.state.runtime = runtime
    async with httpx.AsyncClient(transport=httpx.ASGITransport(made), base_url="http://127.0.0.1") as client:
        yield House(client, pool, runtime, made)
    await close_public(runtime)
    await pool.close()
