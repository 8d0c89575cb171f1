"""What a release is made of: for every cell of every table its hours, persons and contributors, asked of the replica in one snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import duckdb

from schemas.vocabulary.places import DEPARTMENTS
from schemas.vocabulary.publics import SENSITIVE
from services.indicators.catalogue.dimensions import BY_NAME
from services.indicators.catalogue.measures import LINES
from services.indicators.catalogue.spans import Span
from services.indicators.release.disclosure import Contributors

Codes = tuple[tuple[str, str], ...]
"""((dimension, code) …) in the order of `DIMENSIONS`; () is the region's total."""
Key = tuple[str, Codes]
"""(period, codes): one cell."""

DIMENSIONS: Final = ("department", "public", "sex", "modality")
TABLES: Final[tuple[tuple[str, ...], ...]] = (
    (), ("department",), ("public",), ("sex",), ("modality",), ("department", "public"), ("department", "sex"), ("department", "modality"),
)  # fmt: skip
"""The tables of a release by the dimensions that they cross."""


@dataclass(frozen=True)
class Measured:
    """One cell before protection."""

    centihours: int = 0
    persons: int = 0
    women: int = 0
    joinable: int = 0
    employers: int = 0
    largest: int = 0
    groups: int = 0

    @property
    def contributors(self) -> Contributors:
        return Contributors(self.persons + self.groups, self.employers, self.centihours, self.largest)


@dataclass(frozen=True)
class Committed:
    """Hours that contracts are about, by department: committed at notification; of ended contracts, done and committed."""

    notified: int = 0
    ended: int = 0
    done: Contributors = field(default_factory=Contributors)


NOTHING: Final = Measured()


def is_sensitive(codes: Codes) -> bool:
    return any(name == "public" and code in SENSITIVE for name, code in codes)


def measure(connection: duckdb.DuckDBPyConnection, span: Span) -> dict[Key, Measured]:
    """Every cell of every table for a span; those without a line are there too, since a zero is also a figure."""
    found: dict[Key, Measured] = {}
    for table in TABLES:
        rows = {tuple(zip(table, row[: len(table)], strict=True)): _measured(row[len(table) :]) for row in _ask(connection, span, table)}
        for codes in _cross(table, rows):
            found[span.text, codes] = rows.get(codes, NOTHING)
    return found


def _measured(row: Sequence[int | None]) -> Measured:
    return Measured(*(int(value or 0) for value in row))


def _cross(table: tuple[str, ...], rows: dict[Codes, Measured]) -> list[Codes]:
    """All codes of the vocabularies, and those that only the data know."""
    crossed: list[Codes] = [()]
    for place, name in enumerate(table):
        known = list(BY_NAME[name].codes)
        codes = [*known, *sorted({codes[place][1] for codes in rows} - set(known))]
        crossed = [(*before, (name, code)) for before in crossed for code in codes]
    return crossed


def _ask(connection: duckdb.DuckDBPyConnection, span: Span, table: tuple[str, ...]) -> list[tuple[Any, ...]]:
    names = "".join(f"{name}, " for name in table)
    query = _MEASURED.format(names=names, largest=_same(table, "l"), groups=_same(table, "g"))
    return connection.execute(query, {"start": span.start, "end": span.end, "region": list(DEPARTMENTS)}).fetchall()


def _same(table: tuple[str, ...], other: str) -> str:
    return " and ".join(f"a.{name} = {other}.{name}" for name in table) or "true"


# Persons of a group line count once for the largest month of their employer (I05G).
_MEASURED: Final = f"""
    with {LINES},
    here as (select * from lines where department in (select unnest($region))),
    alone as (
        select {{names}}sum(centihours) as centihours,
            count(distinct who) filter (centihours > 0) as persons,
            count(distinct who) filter (centihours > 0 and sex = 'F') as women,
            count(distinct who) filter (centihours > 0 and joinable) as joinable,
            count(distinct employer) filter (centihours > 0) as employers
        from here group by all
    ),
    largest as (select {{names}}max(centihours) as centihours from (select {{names}}employer, sum(centihours) as centihours from here group by all) group by all),
    months as (
        select {{names}}declarant_id, contract_uid, employer, period_start, period_months, sum(group_persons) as persons
        from here where group_persons is not null group by all
    ),
    groups as (
        select {{names}}sum(persons) as persons from (
            select {{names}}declarant_id, contract_uid, employer, max(persons) as persons from months group by all
        ) group by all
    )
    select a.*, l.centihours, g.persons from alone a left join largest l on {{largest}} left join groups g on {{groups}}
"""  # noqa: S608  our own names


def commitments(connection: duckdb.DuckDBPyConnection, span: Span) -> dict[Key, Committed]:
    """For the region and each department. Spans end with the figures' last day, so a contract that ends in one has ended."""
    found: dict[Key, Committed] = {}
    for table in ((), ("department",)):
        notified = _by_codes(connection, span, table, _COMMITTED)
        done = _by_codes(connection, span, table, _DONE)
        for codes in [(code,) for code in DEPARTMENTS] if table else [()]:
            committed, ended = notified.get(codes, (0, 0))
            key = span.text, tuple(zip(table, codes, strict=True))
            found[key] = Committed(committed, ended, Contributors(*done.get(codes, ())))
    return found


def _by_codes(
    connection: duckdb.DuckDBPyConnection, span: Span, table: tuple[str, ...], query: str
) -> dict[tuple[str, ...], tuple[int, ...]]:
    text = query.format(names="".join(f"{name}, " for name in table), largest=_same(table, "l"))
    rows = connection.execute(text, {"start": span.start, "end": span.end, "region": list(DEPARTMENTS)}).fetchall()
    return {tuple(row[: len(table)]): tuple(int(value or 0) for value in row[len(table) :]) for row in rows}


_COMMITTED: Final = """
    select {names}sum(hours_committed) filter (notified_on >= $start and notified_on < $end),
        sum(hours_committed) filter (ends_on >= $start and ends_on < $end)
    from contracts where department in (select unnest($region)) group by all
"""
_DONE: Final = """
    with ended as (
        select contract_uid, department from contracts
        where ends_on >= $start and ends_on < $end and hours_committed > 0 and department in (select unnest($region))
    ),
    done as (select e.department, f.who, f.employer, f.centihours, f.group_persons from facts f join ended e using (contract_uid)),
    alone as (
        select {names}count(distinct who) + coalesce(max(group_persons), 0) as persons, count(distinct employer) as employers,
            sum(centihours) as centihours
        from done group by all
    ),
    largest as (select {names}max(centihours) as centihours from (select {names}employer, sum(centihours) as centihours from done group by all) group by all)
    select a.*, l.centihours from alone a left join largest l on {largest}
"""
