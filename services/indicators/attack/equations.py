"""What the files say, as equations: every figure that is not printed is an unknown, every sum, count and rate of the tables a row."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from types import MappingProxyType
from typing import Final

from services.indicators.attack.files import Place
from services.indicators.attack.knowledge import Measure, Sum, Unknown, margins
from services.indicators.attack.program import NEAR, Program

Signature = tuple[frozenset[Place], float]
"""The unknown cells of a sum, and what the known ones of it come to."""


@dataclass(frozen=True)
class Guesses:
    """What is not said but likely. `still`: what nothing shows to have changed did not, and nobody is in two parts of a sum of persons where
    that is so; `apart`: nobody is of two sexes. `told`: no guess, but somebody gave away which hidden figures did not change."""

    still: bool
    apart: bool
    told: bool = False


GUESSES: Final = (
    Guesses(still=True, apart=True),
    Guesses(still=True, apart=False),
    Guesses(still=True, apart=False, told=True),
    Guesses(still=False, apart=False),
)
"""The bolder first."""


def program(
    several: Sequence[Measure], guesses: Guesses, truths: Mapping[tuple[int, Place], float] = MappingProxyType({})
) -> tuple[Program, Mapping[Unknown, Hashable]]:
    """All equations of several publications. `truths`: (number, place) → value, read only to be `told` which figures are the same, and of
    which sums nobody is in two parts."""
    names = (_the_same(several, truths) if guesses.told else _untouched(several)) if guesses.still else {}
    found = Program()
    for one in several:
        _equations(found, one, names, truths if guesses.still else {}, apart=guesses.apart, still=guesses.still)
    return found, names


@dataclass(frozen=True)
class _Writer:
    """Writes rows about one publication: known places become constants, the others the unknowns that they are."""

    found: Program
    one: Measure
    names: Mapping[Unknown, Hashable]

    def name(self, place: Place) -> Hashable:
        unknown = (self.one.name, self.one.number, place)
        return self.names.get(unknown, unknown)

    def row(self, terms: Sequence[tuple[Place, float]], low: float, high: float) -> None:
        unknown = []
        for place, weight in terms:
            least, most = self.one.known.get(place, (0.0, inf))
            if most - least < NEAR:
                low, high = low - weight * least, high - weight * least
            else:
                unknown.append((self.name(place), weight))
        if unknown:
            self.found.row(unknown, low - NEAR, high + NEAR)


def _equations(
    found: Program, one: Measure, names: Mapping[Unknown, Hashable], truths: Mapping[tuple[int, Place], float], *, apart: bool, still: bool
) -> None:
    writer = _Writer(found, one, names)

    for place in sorted(one.hidden):
        found.unknown(writer.name(place))
        if still and one.least.get(place):
            writer.row([(place, 1.0)], one.least[place], inf)
    for place, (least, most) in one.known.items():
        if most - least >= NEAR:
            found.row([(writer.name(place), 1.0)], least, most)
    for same in one.sums:
        _sum(writer, same, equal=same.exact or (same.apart and apart) or _adds_up(one, same, truths))
    for part, whole, (low, high) in one.shares:
        writer.row([(part, 1.0), (whole, -low)], 0.0, inf)
        writer.row([(part, 1.0), (whole, -high)], -inf, 0.0)
    # The rests of a region are the sum of its departments' like everything else.
    rests = sorted({part for same in one.sums for part in same.parts if part[0].endswith("+")})
    for same in margins(rests, exact=True):
        _sum(writer, same, equal=True)


def _adds_up(one: Measure, same: Sum, truths: Mapping[tuple[int, Place], float]) -> bool:
    """Whether nobody is in two parts. Readers will guess so: who lives in one department is counted in one. Over time they would be wrong."""
    if not one.apart or same.over_time or len(same.parts) < 2:
        return False
    values = []
    for place in (same.total, *same.parts):
        least, most = one.known.get(place, (0.0, inf))
        value = least if most - least < NEAR else truths.get((one.number, place))
        if value is None:
            return False
        values.append(value)
    return abs(sum(values[1:]) - values[0]) < NEAR


def _sum(writer: _Writer, same: Sum, *, equal: bool) -> None:
    parts = [(part, 1.0) for part in same.parts]
    if equal or len(parts) > 1:
        writer.row([(same.total, -1.0), *parts], 0.0, 0.0 if equal else inf)
    if not equal:  # of a sum no part exceeds its total anyway
        for part in same.parts:
            writer.row([(same.total, 1.0), (part, -1.0)], 0.0, inf)


def _untouched(several: Sequence[Measure]) -> dict[Unknown, Hashable]:
    """A hidden figure that stands in a sum whose printed rest did not move between two publications is taken to be the same."""
    names: dict[Unknown, Hashable] = {}
    for newer, older in pairwise(several):
        before = {(same.total, same.parts): same for same in older.sums}
        for same in newer.sums:
            if (was := before.get((same.total, same.parts))) is not None:
                now, then = _signature(newer, same), _signature(older, was)
                if now is not None and then is not None and _is_still(newer, same, now, then):
                    for place in now[0]:
                        name = newer.name, newer.number, place
                        names[older.name, older.number, place] = names.setdefault(name, name)
                    for place in then[0] - now[0]:
                        older.known.setdefault(place, newer.known[place])
    return names


def _the_same(several: Sequence[Measure], truths: Mapping[tuple[int, Place], float]) -> dict[Unknown, Hashable]:
    """Hidden figures that are the same in two publications and in those between, as whoever knows what changed would say."""
    names: dict[Unknown, Hashable] = {}
    for newer, older in pairwise(several):
        for place in sorted(older.hidden - older.known.keys()):
            was, name = truths.get((older.number, place)), (newer.name, newer.number, place)
            between = range(newer.number + (place in newer.known), older.number)
            if was is None or any(truths.get((number, place), was) != was for number in between):
                continue
            if place in newer.hidden:
                names[older.name, older.number, place] = names.setdefault(name, name)
            elif newer.known.get(place) == (was, was):
                older.known[place] = was, was
    return names


def guessed_wrong(several: Sequence[Measure], names: Mapping[Unknown, Hashable], truths: Mapping[tuple[int, Place], float]) -> bool:
    """Whether a figure that was taken to be the same, or to be what was printed later, is another one. What such a guess leaves of a hidden
    figure may hold its true value by luck."""
    for (_, number, place), same in names.items():
        was, now = truths.get((number, place)), truths.get((same[1], place))  # type: ignore[index]  # an `Unknown`
        if was is not None and now is not None and was != now:
            return True
    for one in several:
        for place in one.hidden & one.known.keys():
            least, most = one.known[place]
            if not least - NEAR <= truths.get((one.number, place), least) <= most + NEAR:
                return True
    return False


def _is_still(newer: Measure, same: Sum, now: Signature, then: Signature) -> bool:
    """Whether the sum leaves as much to its unknown cells as before, counting those that are printed now."""
    shown = sum(_weight(same, place) * newer.known[place][0] for place in then[0] - now[0]) if now[0] <= then[0] else inf
    return abs(now[1] - shown - then[1]) < NEAR


def _weight(same: Sum, place: Place) -> float:
    return -1.0 if place == same.total else 1.0


def _signature(one: Measure, same: Sum) -> Signature | None:
    """None for a sum whose total is not printed, and for a sum that has cells known only within a range."""
    if same.total not in one.known:
        return None
    unknown, left = set(), 0.0
    for place in (same.total, *same.parts):
        if place in one.known:
            least, most = one.known[place]
            if most - least >= NEAR:
                return None
            left += _weight(same, place) * least
        elif not place[0].endswith("+"):
            unknown.add(place)
    return frozenset(unknown), left
