"""Sums by person and codes, laid out for the tables of a release: by printed period, everybody by a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import duckdb

from services.indicators.catalogue.spans import Span
from services.indicators.release.tables import DIMENSIONS, REST, Year


class LaidOut:
    """A table with `part` and a column for each dimension, asked for as `here`: a row for each printed period that a row is in, its codes one type,
    those of `parties` numbered from 1. Sums by small numbers take half of the time. One at a time in a connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: str, parties: Sequence[str]) -> None:
        self.connection, self.table, self.parties = connection, table, parties
        codes = " union ".join(f"select {name} as code from {table}" for name in DIMENSIONS)  # noqa: S608
        connection.execute("drop table if exists here")
        connection.execute("drop type if exists code")
        connection.execute(f"create temp type code as enum (select code from ({codes}) where code is not null order by code)")  # noqa: S608
        for party in parties:
            connection.execute(_NUMBERED.format(party=party, table=table))

    def names(self, party: str) -> Mapping[int | None, UUID]:
        """Number → who."""
        return dict(self.connection.execute(f"select number, {party} from numbered_{party}").fetchall())  # noqa: S608

    def by_period(self, year: Year, of: str = "") -> None:
        """Make `here`. `of` follows the parts of which a period consists."""
        parts = [(part + of, year.name(span)) for span in year.spans for part in parts_of(span)]
        columns = [*(f"{name}::code as {name}" for name in DIMENSIONS), *(f"numbered_{party}.number as {party}" for party in self.parties)]
        joined = " ".join(f"left join numbered_{party} using ({party})" for party in self.parties)
        values = {"inside": [part for part, _ in parts], "span": [name for _, name in parts]}
        self.connection.execute(_HERE.format(replaced=", ".join(columns), table=self.table, joined=joined), values)


def parts_of(span: Span) -> list[str]:
    """The shortest printed periods and rests of which the span consists."""
    year, first = span.start.year, (span.start.month + 2) // 3
    quarters = range(first, first + ((span.end.year - year) * 12 + span.end.month - span.start.month) // 3)
    halves = [half for half in (1, 2) if {2 * half - 1, 2 * half} <= set(quarters)]
    whole = [f"{year}{REST}"] if "-" not in span.text else []
    return [*(f"{year}-Q{quarter}" for quarter in quarters), *(f"{year}-S{half}{REST}" for half in halves if len(quarters) > 1), *whole]


_NUMBERED: Final = """
    create or replace temp table numbered_{party} as
    select {party}, row_number() over ()::integer as number from (select distinct {party} from {table} where {party} is not null)
"""
_HERE: Final = """
    create or replace temp table here as
    select span, t.* exclude (part) replace ({replaced})
    from {table} t join (select unnest($inside) as part, unnest($span) as span) using (part) {joined}
"""
