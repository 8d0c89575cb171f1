"""Published tables: a release is written whole in the caller's transaction; the public face reads the newest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal

import asyncpg

from kit.postgres import Connection, Pool
from services.indicators.catalogue.parameters import FULL_TIME_HOURS, USUAL, Parameters
from services.indicators.catalogue.spans import Span
from services.indicators.release.build import Release
from services.indicators.release.disclosure import RULES
from services.indicators.release.printed import Cell

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
    not_ready: tuple[str, ...] = ()
    """Why it could not be an edition."""
    edition: str | None = None
    """The edition that it is; without one it is a quarterly snapshot."""
    final: bool = False
    """Whether the edition was signed off as final: « définitif »."""
    edition_year: int | None = None
    """The year that the edition is about: what it prints of later ones is not signed off."""
    closed_on: date | None = None
    """The day on which the edition's data were closed."""
    begins: str | None = None
    """The first quarter with hours, where its year has others before it: of that year the record holds the end only."""
    parameters: Parameters = field(default=USUAL, compare=False)
    """What its formulas took from elsewhere."""

    def full_time(self, period: str) -> int:
        """Hours of a full-time year in force on the first day of a period: the divisor of I18."""
        return int(self.parameters.on(FULL_TIME_HOURS, Span.parse(period).start))

    def is_part(self, period: str) -> bool:
        """Whether the record begins in the middle of the period. Beside whole ones it would look like a rise."""
        if self.begins is None:
            return False
        year, quarter = self.begins.split("-Q")
        return period == year or (period == f"{year}-S{(int(quarter) + 1) // 2}" and quarter in "24")

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
    since: str | None = None
    """The release whose value this one kept: « non mis à jour »."""


Written = tuple[str, str, str, str, str, str | None, str, str | None]
"""A row of `published_cells` after the release's number."""


async def next_number(connection: Connection, year: int) -> str:
    count = await connection.fetchval("select count(*) from published_releases where release like $1 || '-%'", str(year))
    return f"{year}-{count + 1}"


async def lock(connection: Connection) -> bool:
    """One release at a time, also with several web processes; held until `unlock`. False: another is being made."""
    return bool(await connection.fetchval("select pg_try_advisory_lock($1)", _LOCK))


async def unlock(connection: Connection) -> None:
    await connection.execute("select pg_advisory_unlock($1)", _LOCK)


async def write(
    connection: Connection, number: str, release: Release, rows: Sequence[Written], *, at: datetime, positions: str, fictional: bool
) -> Published:
    """Write the release in the caller's transaction: what the public reads, and what the next release needs."""
    await connection.execute(f"set local statement_timeout = '{_PATIENCE_S}s'")
    hidden = sum(row[6] == "secret" for row in rows)
    await connection.execute(
        """
        insert into published_releases (release, published_at, figures_until, cells, hidden, periods, positions, rules, fictional, not_ready)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        number, at, release.figures_until, len(rows), hidden, list(release.periods), positions, rules_in_force(release.parameters), fictional,
        list(release.not_ready),
    )  # fmt: skip
    # Rows are made while they are sent: made before, the transaction would stand idle for as long.
    records = ((number, *row) for row in rows)
    await connection.copy_records_to_table("published_cells", records=records, columns=COLUMNS, timeout=_PATIENCE_S)
    await write_shares(connection, "published_shares", number, release)
    return Published(
        number, at, release.figures_until, len(rows), hidden, release.periods, release.not_ready, parameters=release.parameters
    )


async def write_shares(connection: Connection, table: Literal["published_shares", "draft_shares"], name: str, release: Release) -> None:
    """What is said with numbers of persons: the release's own shares, and older releases' where their number was kept."""
    shares = [(name, period, f"{share:f}") for period, share in release.joinable.items()]
    await connection.copy_records_to_table(table, records=shares, columns=("release", "period", "joinable_share"))
    await connection.execute(
        f"""
        insert into {table} (release, period, joinable_share)
        select $1, s.period, s.joinable_share from published_shares s join unnest($2::text[], $3::text[]) as kept (period, since)
            on s.period = kept.period and s.release = kept.since
        """,  # noqa: S608  a name of our own
        name,
        list(release.shares_kept),
        list(release.shares_kept.values()),
    )


COLUMNS: Final = ("release", "indicator", "period", "split", "code_1", "code_2", "value", "status", "since")


Shown = Mapping[tuple[str, str, str, str, str, str], tuple[str | None, str]]
"""(release, indicator, period, split, code_1, code_2) → value and status that the release showed."""


def rows_of(cells: Iterable[Cell], kept: Shown) -> list[Written]:
    """Cells as rows. One that kept an older value shows that release's, if it printed the cell at all."""
    return [_row(cell, kept) for cell in cells]


def _row(cell: Cell, kept: Shown) -> Written:
    first, second = (*(code for _, code in cell.codes), "", "")[:2]
    place = (cell.indicator, cell.period, cell.split, first, second)
    old = kept.get((cell.since, *place)) if cell.since else None
    if old is not None:
        return *place, *old, cell.since
    return *place, None if cell.value is None else f"{cell.value:f}", cell.status, None


async def refuse(connection: Connection, at: datetime, reason: str, details: Sequence[str]) -> None:
    """Remember why nothing was published."""
    await connection.execute("insert into release_refusals (at, reason, details) values ($1, $2, $3)", at, reason, list(details))


_LAST_REFUSAL: Final = """
    from release_refusals
    where at > coalesce((select max(published_at) from published_releases), '-infinity') order by at desc limit 1
"""


async def refusal(pool: Pool) -> str | None:
    """Why the last attempt to publish failed, while none has succeeded since."""
    found: Any = await pool.fetchval(f"select reason {_LAST_REFUSAL}")
    return None if found is None else str(found)


async def refused(pool: Pool) -> tuple[str, list[str]] | None:
    """The same with its particulars, which the public role may not read: which figures."""
    row = await pool.fetchrow(f"select reason, details {_LAST_REFUSAL}")
    return None if row is None else (str(row["reason"]), list(row["details"]))


def rules_in_force(parameters: Parameters) -> dict[str, Any]:
    """The parameters of disclosure and of the formulas, as a release keeps them."""
    return {**asdict(RULES), "largest_share": str(RULES.largest_share), "formulas": parameters.as_written()}


def parameters_of(rules: dict[str, Any] | str) -> Parameters:
    """The formulas' parameters out of what `rules_in_force` kept. Releases from before they were kept hold a text without them."""
    said: dict[str, Any] = json.loads(rules) if isinstance(rules, str) else rules
    return Parameters.written(said.get("formulas", ()))


# Where hours begin: one look at each quarter's number for the region. What is hidden is there.
_RELEASE: Final = """
    select r.release, r.published_at, r.figures_until, r.cells, r.hidden, r.periods, r.not_ready, r.rules,
        e.edition, e.year as edition_year, coalesce(e.final, false) as final, e.closed_on,
        (select min(q.period) from unnest(r.periods) as q(period) join published_cells c
            on c.release = r.release and c.indicator = 'I01' and c.period = q.period and c.split = '' and c.code_1 = '' and c.code_2 = ''
            where q.period like '%-Q%' and (c.status <> 'ok' or c.value::numeric <> 0)) as begins
    from published_releases r left join published_editions e on e.release = r.release
"""


def _published(row: asyncpg.Record) -> Published:
    found = {name: value for name, value in row.items() if name != "rules"}
    found |= {name: tuple(row[name]) for name in ("periods", "not_ready")}
    if str(row["begins"]).endswith("-Q1"):
        found["begins"] = None
    return Published(**found, parameters=parameters_of(row["rules"]))


async def newest(pool: Pool) -> Published | None:
    """The release that is shown; None before the first."""
    row = await pool.fetchrow(f"{_RELEASE} order by r.seq desc limit 1")
    return _published(row) if row else None


async def named(pool: Pool, release: str) -> Published | None:
    """A release by its number, also when newer ones followed."""
    row = await pool.fetchrow(f"{_RELEASE} where r.release = $1", release)
    return _published(row) if row else None


async def cells(pool: Pool, release: str, indicator: str, periods: Sequence[str], split: Sequence[str]) -> dict[str, list[PrintedCell]]:
    """A printed table of the release by period; a period is absent when the release has no such table for it."""
    rows: list[asyncpg.Record] = await pool.fetch(
        """
        select period, code_1, code_2, value, status, since from published_cells
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
        found.setdefault(row["period"], []).append(PrintedCell(codes, row["value"], row["status"], row["since"]))
    return found


Row = tuple[str, str, str, str, str | None, str, str | None]
"""(period, split, code_1, code_2, value, status, the release whose value was kept)."""


async def all_cells(pool: Pool, release: str, indicator: str) -> list[Row]:
    """Every printed cell of an indicator, in a fixed order."""
    rows = await pool.fetch(
        """
        select period, split, code_1, code_2, value, status, since from published_cells
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


async def tables_of(pool: Pool, release: str, indicator: str, period: str) -> list[str]:
    """The splits in which the release prints the indicator for a period; "" is the region."""
    rows = await pool.fetch(
        "select distinct split from published_cells where release = $1 and indicator = $2 and period = $3 order by split",
        release,
        indicator,
        period,
    )
    return [row["split"] for row in rows]
