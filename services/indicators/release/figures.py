"""What a release is made of: for every cell of every table its hours, persons and contributors, asked of the replica in one snapshot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import duckdb

from schemas.vocabulary.places import DEPARTMENTS
from schemas.vocabulary.publics import SENSITIVE
from services.indicators.catalogue.dimensions import BY_NAME
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
    """Every cell of every table for a span; those without a line are there too, since a zero is also a figure.

    The replica adds up the months of each person and employer; the tables are then filled in one pass over those sums, which on a release's
    small tables is several times cheaper than asking for each of them.
    """
    values = {"start": span.start, "end": span.end, "region": list(DEPARTMENTS)}
    tallies: dict[Codes, Tally] = defaultdict(Tally)
    for *codes, who, joinable, employer, centihours in connection.execute(_ATOMS, values).fetchall():
        for place in _places(codes):
            tallies[place].add(who, joinable, employer, centihours, is_woman=codes[_SEX] == "F")
    for *codes, declarant, contract, employer, start, months, persons in connection.execute(_GROUPS, values).fetchall():
        for place in _places(codes):
            tallies[place].add_group((declarant, contract, employer), (start, months), persons)
    measured = {codes: tally.measured() for codes, tally in tallies.items()}
    return {(span.text, codes): measured.get(codes, NOTHING) for table in TABLES for codes in _cross(table, measured)}


@dataclass
class Tally:
    """One cell while it is being counted."""

    centihours: int = 0
    persons: set[UUID] = field(default_factory=set)
    women: set[UUID] = field(default_factory=set)
    joinable: set[UUID] = field(default_factory=set)
    employers: dict[UUID | None, int] = field(default_factory=dict)
    groups: dict[Hashable, dict[Hashable, int]] = field(default_factory=dict)

    def add(self, who: UUID | None, joinable: bool, employer: UUID | None, centihours: int, *, is_woman: bool) -> None:
        self.centihours += centihours
        self.employers[employer] = self.employers.get(employer, 0) + centihours
        if who is not None and centihours:
            self.persons.add(who)
            if is_woman:
                self.women.add(who)
            if joinable:
                self.joinable.add(who)

    def add_group(self, employer: Hashable, period: Hashable, persons: int) -> None:
        periods = self.groups.setdefault(employer, {})
        periods[period] = periods.get(period, 0) + persons

    def contributors(self) -> Contributors:
        """Hours of an employer that is not known count for the largest, not as an employer: nobody can say that there are several."""
        known = sum(1 for employer, centihours in self.employers.items() if employer is not None and centihours)
        groups = sum(max(periods.values()) for periods in self.groups.values())
        return Contributors(len(self.persons) + groups, known, self.centihours, max(self.employers.values(), default=0))

    def measured(self) -> Measured:
        found = self.contributors()
        groups = found.persons - len(self.persons)
        return Measured(self.centihours, len(self.persons), len(self.women), len(self.joinable), found.employers, found.largest, groups)


def _places(codes: Sequence[str]) -> list[Codes]:
    """Where a line with these codes (in the order of `DIMENSIONS`) is counted: one cell of each table."""
    said = tuple(zip(DIMENSIONS, codes, strict=True))
    return [tuple(said[place] for place in table) for table in _PLACES]


def _cross(table: tuple[str, ...], measured: Iterable[Codes]) -> list[Codes]:
    """All codes of the vocabularies, and those that only the data know."""
    names = [codes for codes in measured if tuple(name for name, _ in codes) == table]
    crossed: list[Codes] = [()]
    for place, name in enumerate(table):
        known = list(BY_NAME[name].codes)
        codes = [*known, *sorted({found[place][1] for found in names} - set(known))]
        crossed = [(*before, (name, code)) for before in crossed for code in codes]
    return crossed


_SEX: Final = DIMENSIONS.index("sex")
_PLACES: Final = tuple(tuple(DIMENSIONS.index(name) for name in table) for table in TABLES)
_NAMES: Final = ", ".join(DIMENSIONS)
_HERE: Final = """
    from facts
    where period_start >= $start and period_start + to_months(period_months) <= $end and department in (select unnest($region))
"""
_ATOMS: Final = f"select {_NAMES}, who, joinable, employer, sum(centihours)::bigint {_HERE} group by all"
_GROUPS: Final = f"""
    select {_NAMES}, declarant_id, contract_uid, employer, period_start, period_months, sum(group_persons)::bigint
    {_HERE} and group_persons is not null group by all
"""


def commitments(connection: duckdb.DuckDBPyConnection, spans: Iterable[Span]) -> dict[Key, Committed]:
    """For the region and each department. Spans end with the figures' last day, so a contract that ends in one has ended."""
    done: dict[UUID, list[tuple[Any, ...]]] = defaultdict(list)
    for contract, *row in connection.execute(_DONE).fetchall():
        done[contract].append(tuple(row))
    contracts = connection.execute(_CONTRACTS, {"region": list(DEPARTMENTS)}).fetchall()
    found: dict[Key, Committed] = {}
    for span in spans:
        for codes in [(), *((("department", code),) for code in DEPARTMENTS)]:
            here = [contract for contract in contracts if not codes or contract[1] == codes[0][1]]
            found[span.text, codes] = _committed(span, here, done)
    return found


def _committed(span: Span, contracts: list[tuple[Any, ...]], done: Mapping[UUID, list[tuple[Any, ...]]]) -> Committed:
    tally, notified, ended = Tally(), 0, 0
    for uid, _, notified_on, ends_on, hours in contracts:
        notified += hours if notified_on and span.start <= notified_on < span.end else 0
        if ends_on and span.start <= ends_on < span.end:
            ended += hours
            for who, employer, centihours, persons in done.get(uid, ()):
                tally.add(who, False, employer, centihours, is_woman=False)
                if persons:
                    tally.add_group((uid, employer), None, persons)
    return Committed(notified, ended, tally.contributors())


_CONTRACTS: Final = """
    select contract_uid, department, notified_on, ends_on, hours_committed from contracts
    where hours_committed > 0 and department in (select unnest($region))
"""
_DONE: Final = """
    select contract_uid, who, employer, sum(centihours)::bigint, max(group_persons) from facts
    where contract_uid in (select contract_uid from contracts where hours_committed > 0 and ends_on is not null) group by all
"""
