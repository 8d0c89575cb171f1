"""What changed between two releases, read from the published tables alone: both values of a difference were printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from kit.postgres import Connection, Pool
from services.indicators.release.store import Published

MAIN: Final = ("", "department")
"""The region's and the departments' own figures: what the list of releases looks at."""


@dataclass(frozen=True)
class Revised:
    """One figure that two releases print with different values."""

    indicator: str
    period: str
    split: str
    codes: tuple[str, ...]
    before: Decimal
    after: Decimal

    @property
    def by(self) -> Decimal:
        return self.after - self.before

    @property
    def share(self) -> Decimal | None:
        """Relative to the earlier value; None after a zero."""
        return self.by / self.before if self.before else None


@dataclass(frozen=True)
class Counts:
    """Cells that both releases have: revised, hidden since, shown since; and those that kept an older value."""

    revised: int
    hidden: int
    shown: int
    kept: int


@dataclass(frozen=True)
class Note:
    """Why, in the team's words."""

    at: datetime
    said: str


async def releases(pool: Pool, most: int = 40) -> list[Published]:
    """Newest first."""
    rows = await pool.fetch(
        """
        select r.release, r.published_at, r.figures_until, r.cells, r.hidden, r.periods, e.edition, e.year as edition_year, coalesce(e.final, false) as final, e.closed_on
        from published_releases r left join published_editions e on e.release = r.release order by r.seq desc limit $1
        """,
        most,
    )
    return [Published(**{**dict(row), "periods": tuple(row["periods"])}) for row in rows]


def completed(earlier: Published, later: Published) -> str | None:
    """The year that was running and has grown: its figures are longer, not revised."""
    running = earlier.figures_until
    grew = later.figures_until > running and (running.month, running.day) != (1, 1)
    return str(running.year) if grew else None


def added(earlier: Published, later: Published) -> list[str]:
    known = set(earlier.periods)
    return [period for period in later.periods if period not in known]


async def between(pool: Pool, earlier: Published, later: Published, splits: Sequence[str] | None = None) -> list[Revised]:
    """Figures that both print, with different values, the largest relative change first. A year that grew is left out."""
    rows = await pool.fetch(
        """
        select c.indicator, c.period, c.split, c.code_1, c.code_2, e.value as before, c.value as after
        from published_cells c
        join published_cells e on e.release = $1 and e.split = c.split and e.period = c.period and e.indicator = c.indicator
            and e.code_1 = c.code_1 and e.code_2 = c.code_2
        where c.release = $2 and c.status = 'ok' and e.status = 'ok' and c.value <> e.value
            and c.period is distinct from $3 and ($4::text[] is null or c.split = any($4))
        """,
        earlier.release,
        later.release,
        completed(earlier, later),
        None if splits is None else list(splits),
    )
    found = [
        Revised(
            row["indicator"],
            row["period"],
            row["split"],
            (row["code_1"], row["code_2"])[: row["split"].count(",") + 1 if row["split"] else 0],
            Decimal(row["before"]),
            Decimal(row["after"]),
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (-abs(one.share or Decimal(1)), one.indicator, one.period, one.split, one.codes))


async def counts(pool: Pool, earlier: Published, later: Published) -> Counts:
    row = await pool.fetchrow(
        """
        select count(*) filter (where c.status = 'ok' and e.status = 'ok' and c.value <> e.value) as revised,
            count(*) filter (where c.status = 'secret' and e.status = 'ok') as hidden,
            count(*) filter (where c.status = 'ok' and e.status = 'secret') as shown,
            count(*) filter (where c.since is not null) as kept
        from published_cells c
        join published_cells e on e.release = $1 and e.split = c.split and e.period = c.period and e.indicator = c.indicator
            and e.code_1 = c.code_1 and e.code_2 = c.code_2
        where c.release = $2 and c.period is distinct from $3
        """,
        earlier.release,
        later.release,
        completed(earlier, later),
    )
    return Counts(**dict(row)) if row else Counts(0, 0, 0, 0)


async def notes(pool: Pool) -> dict[str, list[Note]]:
    """Release → why its figures changed, the oldest note first."""
    found: dict[str, list[Note]] = {}
    for row in await pool.fetch("select release, at, said from release_notes order by at"):
        found.setdefault(row["release"], []).append(Note(row["at"], row["said"]))
    return found


async def say(connection: Connection, release: str, at: datetime, said: str) -> None:
    await connection.execute("insert into release_notes (release, at, said) values ($1, $2, $3)", release, at, said)
