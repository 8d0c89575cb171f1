"""The tables of a release and how their cells hang together: over codes, departments and time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.indicators.catalogue.spans import Span
from services.indicators.release.system import Kind, Relation

Codes = tuple[tuple[str, str], ...]
"""((dimension, code) …) in the order of `DIMENSIONS`; () is the region's total."""
Key = tuple[str, Codes]
"""(period, codes): one cell."""

CROSSED: Final = ("department", "public", "sex", "modality", "residence_department", "ept")
"""Printed alone and by department of work."""
ALONE: Final = ("work_contract", "buyer_kind", "sector", "mechanism", "programme")
"""Printed alone, for hours only: their cells are the finest there are."""
DIMENSIONS: Final = (*CROSSED, *ALONE)
OF_PERSONS: Final[tuple[tuple[str, ...], ...]] = (
    (), *((name,) for name in CROSSED), *(("department", name) for name in CROSSED[1:]),
)  # fmt: skip
OF_HOURS: Final = (*OF_PERSONS, *((name,) for name in ALONE))
"""The tables of a release by the dimensions that they cross."""
REST: Final = "+"
"""`2026+`: what is in the year and in none of its parts. Never printed."""


@dataclass(frozen=True)
class Year:
    """A year of a release, as far as the figures go, and what it is the sum of."""

    span: Span
    halves: tuple[Span, ...]
    quarters: tuple[Span, ...]

    @property
    def text(self) -> str:
        """`2026`, or `2026@2026-10-01` while it runs: the same year up to another day is another figure."""
        whole = self.span.end == date(self.span.start.year + 1, 1, 1)
        return self.span.text if whole else f"{self.span.text}@{self.span.end}"

    @property
    def spans(self) -> tuple[Span, ...]:
        return self.span, *self.halves, *self.quarters

    def name(self, span: Span) -> str:
        return self.text if span == self.span else span.text

    def sums(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """(period, the periods that it is the sum of): halves where they are over, and the rest that is longer than any part."""
        loose = [quarter for quarter in self.quarters if not any(half.start <= quarter.start < half.end for half in self.halves)]
        yield self.text, (*(part.text for part in (*self.halves, *loose)), self.text + REST)
        for half in self.halves:
            parts = tuple(quarter.text for quarter in self.quarters if half.start <= quarter.start < half.end)
            yield half.text, (*parts, half.text + REST)


def year_until(of: int, until: date) -> Year:
    """The year's periods that are over on that day."""
    span = Span(date(of, 1, 1), min(date(of + 1, 1, 1), until), str(of))
    halves = tuple(half for number in (1, 2) if (half := Span.parse(f"{of}-S{number}")).end <= until)
    quarters = tuple(quarter for number in range(1, 5) if (quarter := Span.parse(f"{of}-Q{number}")).end <= until)
    return Year(span, halves, quarters)


def as_printed(period: str) -> str:
    return period.partition("@")[0]


def without(codes: Codes, name: str) -> Codes:
    return tuple(code for code in codes if code[0] != name)


def margins(keys: Iterable[Key], kinds: Mapping[str, Kind] | None = None, kind: Kind = "sum") -> list[Relation]:
    """Within a period: each cell is the sum of the cells that split it by one more dimension (region → departments, both margins of a cross)."""
    parts: dict[tuple[Key, str], list[Key]] = defaultdict(list)
    known = set(keys)
    for key in known:
        for name, _ in key[1]:
            parts[(key[0], without(key[1], name)), name].append(key)
    return [
        Relation(total, tuple(sorted(split)), (kinds or {}).get(name, kind))
        for (total, name), split in sorted(parts.items())
        if total in known
    ]


def years(keys: Iterable[Key], year: Year, kind: Kind = "sum") -> list[Relation]:
    """Over time: the year is the sum of its halves, quarters and of what is longer than they are (`REST`, absent: nothing)."""
    known = set(keys)
    found = []
    for whole, parts in year.sums():
        for _, codes in sorted(key for key in known if key[0] == whole):
            split = tuple((part, codes) for part in parts if (part, codes) in known)
            found.append(Relation((whole, codes), split, kind))
    return found


def table_of(key: Key) -> str:
    """`department,public`: the table in which the cell is printed."""
    names = [name for name, _ in key[1]]
    return ",".join(name for name in DIMENSIONS if name in names)
