"""D-numbers: year of receipt in Paris and six digits, no duplicates, gaps allowed, nobody waits for anybody."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final, NamedTuple

from kit.postgres import Connection
from schemas.zones import PARIS

LAST: Final = 999_999


class Drawn(NamedTuple):
    """A filing's number, and its place in the order of everything accepted."""

    number: str
    accepted: int


def is_number(text: str) -> bool:
    """Whether a filing could be called so: D-2018-000456."""
    return re.fullmatch(r"D-\d{4}-\d{6}", text, re.ASCII) is not None


async def draw(connection: Connection, received_at: datetime) -> Drawn:
    """The next number of the year. Raises OverflowError when the year's million is used up."""
    year = received_at.astimezone(PARIS).year
    while True:
        [row] = await connection.fetch(
            "select nextval('filing_order') as accepted, (select base from filing_years where year = $1) as base", year
        )
        base = row["base"] if row["base"] is not None else await _open(connection, year, row["accepted"])
        position = row["accepted"] - base
        if position > LAST:
            raise OverflowError(f"no D-number is left in {year}")
        if position >= 1:  # else it was drawn before somebody else opened the year: a gap
            return Drawn(f"D-{year}-{position:06d}", row["accepted"])


async def draw_many(connection: Connection, received_at: datetime, count: int) -> list[Drawn]:
    """The next numbers of the year, in one question. Falls back to `draw` in the moment in which a year is opened."""
    year = received_at.astimezone(PARIS).year
    base = await connection.fetchval("select base from filing_years where year = $1", year)
    if base is None:
        return [await draw(connection, received_at) for _ in range(count)]
    rows = await connection.fetch("select nextval('filing_order') as accepted from generate_series(1, $1)", count)
    drawn = [Drawn(f"D-{year}-{row['accepted'] - base:06d}", row["accepted"]) for row in rows]
    if any(not 1 <= one.accepted - base <= LAST for one in drawn):
        raise OverflowError(f"no D-number is left in {year}")
    return drawn


async def next_accepted(connection: Connection) -> int:
    """The place of a correction or withdrawal in the order of everything accepted."""
    found: int = await connection.fetchval("select nextval('filing_order')")
    return found


async def _open(connection: Connection, year: int, accepted: int) -> int:
    """The year's first filing fixes its base; of two at once the second waits for the first and takes its base."""
    await connection.execute("insert into filing_years (year, base) values ($1, $2) on conflict (year) do nothing", year, accepted - 1)
    base: int = await connection.fetchval("select base from filing_years where year = $1", year)
    return base
