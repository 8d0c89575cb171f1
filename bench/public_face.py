"""How quick the public face is: pages and downloads of a release, first and again, and charts that nobody asked for before."""

from __future__ import annotations

import asyncio
import random
import re
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from itertools import product
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

import asyncpg
import httpx

from bench.exchange import Exchange
from bench.ground import LOADING_S, Ground
from deploy.local.part import Part
from services.indicators.catalogue import themes
from services.indicators.catalogue.dimensions import BY_NAME

REQUESTS: Final = 3_000
READERS: Final = 4
WARM_CHARTS: Final = 5
YEARS: Final = tuple(range(2017, 2027))
_SPLITS: Final = (
    "", "department", "public", "modality", "sex", "department,public", "department,modality", "department,sex", "work_contract",
    "buyer_kind", "sector", "mechanism", "programme",
)  # fmt: skip
_PAGES: Final = (
    "/", "/?periode=2025-Q3", "/indicateurs/I01", "/indicateurs/I01?by=public", "/indicateurs/I05?by=department,sex", "/departements/93",
    "/departements/75?periode=2025", "/comparer?d=93&d=94&i=I01&i=I05", "/themes", *(f"/themes/{slug}" for slug in themes.BY_SLUG),
    "/revisions", "/donnees", "/donnees/I01", "/territoires", "/methode", "/recherche?q=saint",
)  # fmt: skip
_FILES: Final = (
    *(f"/indicateurs/I01.{form}?period=2025&by=department" for form in ("csv", "excel.csv", "xlsx", "json", "svg", "png", "zip")),
    "/donnees/I01.csv", "/donnees/I01.xlsx", "/donnees/catalogue.jsonld", "/api/v1/indicators/I01?period=2025&by=department,modality",
)  # fmt: skip


def measure(place: Ground, say: Callable[[str], None]) -> dict[str, Any]:
    """`public_p99_ms` (milliseconds): pages and files asked again and again by four readers, each answer read whole; `svg_ms`: 95 of 100
    charts that were never drawn before, the renderer warm. `public_first_ms`: the slowest first answer of a page and of a file."""
    printed = asyncio.run(_release(place))
    web = place.start(place.service("indicators", "web"), LOADING_S)
    try:
        found = asyncio.run(_asked(web, say))
    finally:
        place.stop(web)
    return {**found, "public_cells": printed}


async def _asked(web: Part, say: Callable[[str], None]) -> dict[str, Any]:
    async with httpx.AsyncClient(base_url=web.probe.removesuffix("/health/ready"), timeout=60) as http:
        charts = [await _taken(http, address) for address in _charts()][WARM_CHARTS:]
        first = {address: await _taken(http, address) for address in (*_PAGES, *_FILES)}
        stylesheets = re.findall(r'href="(/static/[^"]+)"', (await http.get("/")).text)
        again = await asyncio.gather(*(_reads(urlsplit(web.probe), seed) for seed in range(READERS)))
    times = [ms for reader in again for ms in reader]
    say(f"{len(times):,} réponses publiques, {len(charts)} graphiques jamais dessinés")
    return {
        "public_p99_ms": _centile(times, 99),
        "public_p50_ms": _centile(times, 50),
        "public_max_ms": round(max(times), 1),
        "public_first_ms": {
            "page": round(max(first[address] for address in _PAGES), 1),
            "file": round(max(first[address] for address in _FILES), 1),
        },
        "public_slowest_first": max(first, key=lambda address: first[address]),
        "public_stylesheets": len(stylesheets),
        "svg_ms": _centile(charts, 95),
        "svg_p50_ms": _centile(charts, 50),
    }


async def _reads(server: SplitResult, seed: int) -> list[float]:
    """By a connection that costs next to nothing: four readers in one process wait for each other's work on an answer, which no visitor does."""
    dice, exchange = random.Random(seed), await Exchange.open(str(server.hostname), int(server.port or 80))
    taken = []
    for _ in range(REQUESTS // READERS):
        asked = f"GET {dice.choice((*_PAGES, *_FILES))} HTTP/1.1\r\nHost: {server.netloc}\r\nAccept-Encoding: gzip\r\n\r\n"
        answer = await exchange.ask(asked.encode())
        if answer.status != 200:
            raise RuntimeError(f"{asked.split()[1]} → {answer.status}")
        taken.append(answer.seconds * 1000)
    exchange.close()
    return taken


async def _taken(http: httpx.AsyncClient, address: str) -> float:
    """Milliseconds until the last byte of the answer is there, packed or not: to unpack it is the reader's own work."""
    begun = time.perf_counter()
    async with http.stream("GET", address) as answer:
        answer.raise_for_status()
        async for _ in answer.aiter_raw():
            pass
    return (time.perf_counter() - begun) * 1000


def _charts() -> list[str]:
    """Maps, bars, series and tints, each of another period: none is on the shelf."""
    shapes = ("by=department", "by=public", "by=modality", "by=department,modality")
    single = [f"/indicateurs/I01.svg?period={year}&{shape}" for year in YEARS for shape in shapes]
    series = [f"/indicateurs/I01.svg?from={year}-Q1&to={year + 1}-Q2&by=" for year in YEARS[:-1]]
    return [address for address in (*single, *series) if address != "/indicateurs/I01.svg?period=2025&by=department"]


def _centile(times: Sequence[float], which: int) -> float:
    return round(statistics.quantiles(times, n=100, method="inclusive")[which - 1], 1)


async def _release(place: Ground) -> int:
    """How many cells the newest release prints; where there is none, one is written as publishing would, its figures invented."""
    connection = await asyncpg.connect(place.admin_dsn("indicators"))
    try:
        known = await connection.fetchval("select cells from published_releases order by seq desc limit 1")
        return int(known) if known else await _invented(connection)
    finally:
        await connection.close()


async def _invented(connection: asyncpg.Connection) -> int:
    dice = random.Random(1)
    periods = [
        f"{year}{part}" for year in YEARS for part in ("", *(f"-Q{quarter}" for quarter in range(1, 5))) if f"{year}{part}" <= "2026-Q3"
    ]
    cells = [_cell(dice, indicator, period, split, codes) for indicator in ("I01", "I05", "I07", "I18") for period in periods
             for split in _SPLITS if indicator == "I01" or split in _SPLITS[:8]
             for codes in product(*(BY_NAME[name].codes for name in split.split(",") if name))]  # fmt: skip
    await connection.execute(
        """
        insert into published_releases (release, published_at, figures_until, cells, hidden, periods, positions, rules, fictional)
        values ('2026-1', $1, $2, $3, $4, $5, '', '{}', true)
        """,
        datetime.now(UTC), date(2026, 10, 1), len(cells), sum(cell[-1] == "secret" for cell in cells), periods,
    )  # fmt: skip
    columns = ("release", "indicator", "period", "split", "code_1", "code_2", "value", "status")
    await connection.copy_records_to_table("published_cells", records=cells, columns=columns)
    await connection.execute("analyze published_cells")
    return len(cells)


def _cell(dice: random.Random, indicator: str, period: str, split: str, codes: tuple[str, ...]) -> tuple[object, ...]:
    first, second = (*codes, "", "")[:2]
    if codes and dice.random() < 0.15:
        return "2026-1", indicator, period, split, first, second, None, "secret"
    value = f"{dice.uniform(5, 95):.2f}" if indicator == "I07" else f"{dice.randint(20, 90_000)}"
    return "2026-1", indicator, period, split, first, second, value, "ok"
