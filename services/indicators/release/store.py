"""Published tables: a release is written whole in the caller's transaction; the public face reads the newest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

import asyncpg

from kit.postgres import Connection, Pool
from services.indicators.release.build import Cell, Release
from services.indicators.release.disclosure import RULES

_LOCK: Final = 0x72656C65
"""One release at a time: its number follows the last one's."""
_PATIENCE_S: Final = 120


@dataclass(frozen=True)
class Published:
    """A release as the public face knows it."""

    release: str
    published_at: datetime
    figures_until: date
    cells: int
    hidden: int
    periods: tuple[str, ...]

    @property
    def years(self) -> tuple[str, ...]:
        return tuple(period for period in self.periods if "-" not in period)

    def quarters_of(self, year: str) -> tuple[str, ...]:
        return tuple(period for period in self.periods if period.startswith(f"{year}-Q"))


@dataclass(frozen=True)
class PrintedCell:
    """A cell as it was published."""

    codes: tuple[str, ...]
    value: str | None
    status: str


async def write(connection: Connection, release: Release, *, at: datetime, year: int, positions: str, fictional: bool) -> Published:
    """Write the next release of the year, after those that are there."""
    await connection.execute(f"set local statement_timeout = '{_PATIENCE_S}s'; select pg_advisory_xact_lock({_LOCK})", timeout=_PATIENCE_S)
    count = await connection.fetchval("select count(*) from published_releases where release like $1 || '-%'", str(year))
    number = f"{year}-{count + 1}"
    await connection.execute(
        """
        insert into published_releases (release, published_at, figures_until, cells, hidden, periods, positions, rules, fictional)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        number, at, release.figures_until, len(release.cells), release.hidden, list(release.periods), positions, _rules(), fictional,
    )  # fmt: skip
    # Rows are made while they are sent: made before, the transaction would stand idle for as long.
    rows = (_row(number, cell) for cell in release.cells)
    await connection.copy_records_to_table("published_cells", records=rows, columns=_COLUMNS, timeout=_PATIENCE_S)
    shares = [(number, period, f"{share:f}") for period, share in release.joinable.items()]
    await connection.copy_records_to_table("published_shares", records=shares, columns=("release", "period", "joinable_share"))
    return Published(number, at, release.figures_until, len(release.cells), release.hidden, release.periods)


_COLUMNS: Final = ("release", "indicator", "period", "split", "code_1", "code_2", "value", "status")


def _row(release: str, cell: Cell) -> tuple[str | None, ...]:
    first, second = (*(code for _, code in cell.codes), "", "")[:2]
    return release, cell.indicator, cell.period, cell.split, first, second, None if cell.value is None else f"{cell.value:f}", cell.status


def _rules() -> str:
    return json.dumps({**asdict(RULES), "largest_share": str(RULES.largest_share)})


async def newest(pool: Pool) -> Published | None:
    """The release that is shown; None before the first."""
    row = await pool.fetchrow(
        """
        select release, published_at, figures_until, cells, hidden, periods from published_releases order by seq desc limit 1
        """
    )
    return Published(**{**dict(row), "periods": tuple(row["periods"])}) if row else None


async def named(pool: Pool, release: str) -> Published | None:
    """A release by its number, also when newer ones followed."""
    row = await pool.fetchrow(
        "select release, published_at, figures_until, cells, hidden, periods from published_releases where release = $1", release
    )
    return Published(**{**dict(row), "periods": tuple(row["periods"])}) if row else None


async def cells(pool: Pool, release: str, indicator: str, periods: Sequence[str], split: Sequence[str]) -> dict[str, list[PrintedCell]]:
    """A printed table of the release by period; a period is absent when the release has no such table for it."""
    rows: list[asyncpg.Record] = await pool.fetch(
        """
        select period, code_1, code_2, value, status from published_cells
        where release = $1 and indicator = $2 and period = any($3) and split = $4
        """,
        release,
        indicator,
        list(periods),
        ",".join(split),
    )
    found: dict[str, list[PrintedCell]] = {}
    for row in rows:
        codes = (row["code_1"], row["code_2"])[: len(split)]
        found.setdefault(row["period"], []).append(PrintedCell(codes, row["value"], row["status"]))
    return found


Row = tuple[str, str, str, str, str | None, str]
"""(period, split, code_1, code_2, value, status)."""


async def all_cells(pool: Pool, release: str, indicator: str) -> list[Row]:
    """Every printed cell of an indicator, in a fixed order."""
    rows = await pool.fetch(
        """
        select period, split, code_1, code_2, value, status from published_cells
        where release = $1 and indicator = $2 order by period, split, code_1, code_2
        """,
        release,
        indicator,
    )
    return [tuple(row) for row in rows]


async def joinable_share(pool: Pool, release: str, period: str) -> str | None:
    found: Any = await pool.fetchval("select joinable_share from published_shares where release = $1 and period = $2", release, period)
    return None if found is None else str(found)


async def joinable_shares(pool: Pool, release: str) -> dict[str, str]:
    """Period → share, for every period of the release."""
    rows = await pool.fetch("select period, joinable_share from published_shares where release = $1", release)
    return {row["period"]: row["joinable_share"] for row in rows}


async def splits(pool: Pool, release: str) -> dict[str, list[str]]:
    """Indicator → the splits in which the release prints it."""
    rows = await pool.fetch("select distinct indicator, split from published_cells where release = $1 order by indicator, split", release)
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["indicator"], []).append(row["split"])
    return found
