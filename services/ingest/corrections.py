"""The replacement stack: which value of a line counts, and what must be said when that changes. Pure: facts in, moves out.

A line has a stack of values, one for each filing that declared it and was not withdrawn; the value accepted last is on top. The top counts
when its source is the reference of its contract and period, else it stands beside (« rapprochement »). A month and the quarter that holds
it are hours told twice: the better source's counts (decision 0132).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Literal, NamedTuple
from uuid import UUID

Kind = Literal["declared", "corrected", "retracted"]


class Rank(IntEnum):
    """Sources that know the same hours, the better one higher (practice ruling 2)."""

    NONE = 0
    COMPANY = 1
    BUYER = 2
    FACILITATOR = 3


class SourcePeriod(NamedTuple):
    """Where one source of reference counts: a contract and a period."""

    contract_uid: UUID
    period_start: date
    period_months: int

    @property
    def months(self) -> range:
        """Its months, counted from year 0. Periods are aligned: none crosses a year."""
        first = self.period_start.year * 12 + self.period_start.month - 1
        return range(first, first + self.period_months)

    def overlaps(self, other: SourcePeriod) -> bool:
        return self.contract_uid == other.contract_uid and self.months.start < other.months.stop and other.months.start < self.months.stop


class Reference(NamedTuple):
    """Which rank counts in a period; 0 where nobody declared. `elsewhere`: lines of an overlapping period have it, those of this one do not."""

    rank: int
    elsewhere: bool = False

    def stays(self, rank: int) -> bool:
        """Whether lines of this rank may come here and move nothing that stands, here or in a period that overlaps."""
        return rank < self.rank or (rank == self.rank and not self.elsewhere)


class Top(NamedTuple):
    """The newest value of a line among the filings not withdrawn. (filing, filing_revision) names it."""

    filing: str
    filing_revision: int
    rank: int
    where: SourcePeriod


class Standing(NamedTuple):
    """What is recorded and was announced of a line. `revision` is 0 before the first announcement."""

    revision: int
    top: Top | None
    announced: bool


NEVER_SEEN = Standing(0, None, False)


@dataclass(frozen=True, slots=True)
class Move:
    """One line's change. `kind` is None where nothing is announced: only what stands beside changed."""

    line_id: UUID
    before: Standing
    after: Standing
    kind: Kind | None


def references(
    touched: Mapping[UUID, Top | None], others: Mapping[SourcePeriod, Collection[int]], periods: Iterable[SourcePeriod]
) -> dict[SourcePeriod, Reference]:
    """The reference in each period, from the touched lines' tops and the ranks that other lines hold there.

    `periods` are whole neighbourhoods: none of them overlaps one that is not given.
    """
    held = {period: set(others.get(period, ())) for period in periods}
    for top in touched.values():
        if top is not None and top.where in held:
            held[top.where].add(top.rank)
    found: dict[SourcePeriod, Reference] = {}
    for near in _by_year(held):
        ranks = {period: held[period] for period in near}
        found |= _references_near(ranks) if _mixed(near) else {p: Reference(max(ranks[p], default=int(Rank.NONE))) for p in near}
    return found


def _references_near(held: Mapping[SourcePeriod, Collection[int]]) -> dict[SourcePeriod, Reference]:
    """The best rank counts wherever it has lines, then the next wherever no better one counts in an overlapping period, and so on."""
    counting: dict[SourcePeriod, int] = {}

    def above(period: SourcePeriod) -> int:
        return max((rank for other, rank in counting.items() if other.overlaps(period)), default=int(Rank.NONE))

    for rank in sorted({rank for ranks in held.values() for rank in ranks}, reverse=True):
        counting |= {period: rank for period, ranks in held.items() if rank in ranks and above(period) <= rank}
    return {period: Reference(above(period), period not in counting and above(period) > 0) for period in held}


def overlapping(periods: Collection[SourcePeriod], known: Iterable[SourcePeriod]) -> set[SourcePeriod]:
    """Those of the periods that overlap another one, of theirs or of the known."""
    years = (near for near in _by_year({*periods, *known}) if _mixed(near))
    return {one for near in years for one in near if one in periods and any(one != other and one.overlaps(other) for other in near)}


def neighbourhood(periods: Iterable[SourcePeriod], known: Iterable[SourcePeriod]) -> set[SourcePeriod]:
    """The periods with all that overlap them among the known, and what overlaps those in turn."""
    found = set(periods)
    for near in _by_year({*found, *known}):
        while _mixed(near) and (more := {p for p in near if p not in found and any(p.overlaps(q) for q in near if q in found)}):
            found |= more
    return found


def _by_year(periods: Iterable[SourcePeriod]) -> Collection[list[SourcePeriod]]:
    years: dict[tuple[UUID, int], list[SourcePeriod]] = {}
    for period in periods:
        years.setdefault((period.contract_uid, period.period_start.year), []).append(period)
    return years.values()


def _mixed(periods: Collection[SourcePeriod]) -> bool:
    """Whether there are periods of different lengths: only those overlap."""
    return len({period.period_months for period in periods}) > 1


def settle(line_id: UUID, standing: Standing, top: Top | None, reference: int) -> Move | None:
    """What changes for one line when `top` is its value and `reference` the rank that counts there. None when nothing does."""
    counts = top is not None and top.rank >= reference
    if (top, counts) == (standing.top, standing.announced):
        return None
    kind: Kind | None = None
    if counts and not (standing.announced and standing.top == top):
        kind = "corrected" if standing.revision else "declared"
    elif standing.announced:
        kind = "retracted"
    revision = standing.revision + (kind is not None)
    return Move(line_id, standing, Standing(revision, top, counts), kind)


def settle_all(standings: Mapping[UUID, Standing], tops: Mapping[UUID, Top | None], reference_of: Mapping[SourcePeriod, int]) -> list[Move]:
    """The moves of many lines, in the order of `tops`."""
    moves: list[Move] = []
    for line_id, top in tops.items():
        rank = reference_of[top.where] if top else int(Rank.NONE)
        move = settle(line_id, standings.get(line_id, NEVER_SEEN), top, rank)
        if move:
            moves.append(move)
    return moves
