"""The replacement stack: which value of a line counts, and what must be said when that changes. Pure: facts in, moves out.

A line has a stack of values, one for each filing that declared it and was not withdrawn; the value accepted last is on top. The top counts
when its source is the reference of its contract and period, else it stands beside (« rapprochement »).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    touched: Mapping[UUID, Top | None], others: Mapping[SourcePeriod, int], periods: Iterable[SourcePeriod]
) -> dict[SourcePeriod, int]:
    """The reference's rank in each period: the best among the touched lines' tops and the highest rank that other lines hold there."""
    found = {period: others.get(period, int(Rank.NONE)) for period in periods}
    for top in touched.values():
        if top is not None and top.where in found:
            found[top.where] = max(found[top.where], top.rank)
    return found


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
