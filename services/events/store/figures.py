"""What the observatory announced last, kept to fill in diagnostic forms and to measure how complete an edition would be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from kit.postgres import Connection, Pool
from schemas.indicators import EditionPublished, FiguresMoved


@dataclass(frozen=True)
class Figures:
    """A department's year as announced."""

    department: str
    year: int
    centihours: int
    persons: int
    women: int
    contracts: int
    fte: Decimal
    moved_at: datetime


@dataclass(frozen=True)
class Release:
    """A publication of the observatory."""

    release: str
    figures_until: date
    cells: int
    hidden: int
    published_at: datetime


async def record(connection: Connection, moved: FiguresMoved) -> None:
    """The newest after-state stays, in whatever order they come."""
    await connection.execute(
        """
        insert into figures (department, year, centihours, persons, women, contracts, fte, moved_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (department, year) do update set centihours = excluded.centihours, persons = excluded.persons, women = excluded.women,
            contracts = excluded.contracts, fte = excluded.fte, moved_at = excluded.moved_at
        where figures.moved_at <= excluded.moved_at
        """,
        moved.department, moved.year, moved.centihours, moved.persons, moved.women, moved.contracts, Decimal(moved.fte), moved.occurred_at,
    )  # fmt: skip


async def publish(connection: Connection, edition: EditionPublished) -> None:
    """A release is published once; the same again changes nothing."""
    await connection.execute(
        """
        insert into releases (release, figures_until, cells, hidden, published_at) values ($1, $2, $3, $4, $5)
        on conflict (release) do nothing
        """,
        edition.release, edition.figures_until, edition.cells, edition.hidden, edition.occurred_at,
    )  # fmt: skip


async def of_year(connection: Connection | Pool, year: int) -> Mapping[str, Figures]:
    """By department; one from which nothing came is absent."""
    rows = await connection.fetch(
        "select department, year, centihours, persons, women, contracts, fte, moved_at from figures where year = $1 order by department",
        year,
    )
    return {row["department"]: Figures(**dict(row)) for row in rows}


async def releases(connection: Connection | Pool, *, limit: int = 50) -> list[Release]:
    """The newest first."""
    rows = await connection.fetch(
        "select release, figures_until, cells, hidden, published_at from releases order by published_at desc, release desc limit $1", limit
    )
    return [Release(**dict(row)) for row in rows]
