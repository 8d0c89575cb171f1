"""What the files say of a measure: figures that are printed, the places of those that are not, and the sums that hold among all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import ceil, floor, inf
from typing import Final

from services.indicators.attack.files import Place, Publication, Published
from services.indicators.attack.program import NEAR

HOURS_A_YEAR: Final = 1607.0
"""Where a release does not say by what it divided."""
SAME_AS_HOURS: Final = ("I01", "I02", "I03", "I04")
HALF_A_CENT: Final = 0.005
WOMEN: Final = ("sex", "F")
COUNTED: Final = {"persons": "I05", "groups": "I05G"}
OF_PERSONS: Final = frozenset({"public", "sex", "residence_department"})
"""What is never said of a group."""
SENSITIVE: Final = frozenset({"AAH", "ASE", "PPSMJ", "REFUGIE", "TH"})
"""Criteria of which zeros are hidden too, as the method says."""
FEWEST, FEWEST_SENSITIVE = 5.0, 11.0
"""Persons from which hours are printed."""
Unknown = tuple[str, int, Place]
"""(measure, number of the publication, place)."""
Range = tuple[float, float]


@dataclass(frozen=True)
class Sum:
    """A total and its parts. `exact`: hours, also those of ended contracts; otherwise persons, who may be in several parts."""

    total: Place
    parts: tuple[Place, ...]
    exact: bool
    apart: bool = False
    """Nobody should be in two parts (the sexes): a guess."""
    over_time: bool = False
    """The parts are periods."""


@dataclass
class Measure:
    """One measure of a year in one publication: ranges of what is printed, the places that are not, and the sums among all."""

    name: str
    number: int
    known: dict[Place, Range] = field(default_factory=dict)
    hidden: set[Place] = field(default_factory=set)
    sums: list[Sum] = field(default_factory=list)
    shares: list[tuple[Place, Place, Range]] = field(default_factory=list)
    """(part, whole, range of part ÷ whole)."""
    apart: bool = False
    """Whether a sum of persons in which nobody is twice may be taken as one."""
    least: dict[Place, float] = field(default_factory=dict)
    """What hidden numbers of persons are at least, by what is said beside them."""

    def places(self) -> set[Place]:
        return {*self.known, *self.hidden}


def years(published: Published) -> list[str]:
    return sorted({place[0][:4] for one in published.publications for cells in one.figures.values() for place in cells})


def measures(published: Published, name: str, year: str) -> list[Measure]:
    """The measure of the year in each publication that says something else than the one after it, newest first. Of the older ones, those that
    only repeat what was known or do not speak of the year say nothing."""
    found: list[Measure] = []
    for number, one in enumerate(published.publications):
        said = _measure(one, number, name, year)
        if number and not (said.known or said.shares):
            continue
        if not found or (said.known, said.hidden, said.shares) != (found[-1].known, found[-1].hidden, found[-1].shares):
            found.append(said)
    for said in found:
        places = sorted(said.places())
        exact = name in {"hours", "done"}
        said.sums = [*margins(places, exact=exact), *_times(places, exact=exact, rests=name == "hours")]
        _nobody(said)
    return found


def _nobody(said: Measure) -> None:
    """Where printed figures say that there is nobody, that is also said of all within, and of what consists of nothing else: a year without
    women has no quarter with any, and four quarters without any are such a year."""
    empty = {place for place, (_, most) in said.known.items() if most < NEAR}
    empty |= {part for part, whole, (_, high) in said.shares if said.known.get(whole, (0.0, inf))[1] * high < 1}
    before = -1
    while before < len(empty):
        before = len(empty)
        for same in said.sums:
            if same.total in empty:
                empty.update(same.parts)
            elif same.parts and empty.issuperset(same.parts) and (same.exact or len(same.parts) > 1):
                empty.add(same.total)
    empty &= said.places()
    said.hidden -= empty
    said.known |= dict.fromkeys(empty, (0.0, 0.0))


def _measure(one: Publication, number: int, name: str, year: str) -> Measure:
    found = Measure(name, number, apart=(year, name) in one.apart)
    read = {"hours": _hours, "persons": _persons, "groups": _groups, "done": _done}[name]
    read(one, year, found)
    if (year, name) in one.somebody and name in COUNTED:
        _somebody(one, year, found)
    return found


def _somebody(one: Publication, year: str, found: Measure) -> None:
    """« s. » is never zero, say the files, but for sensitive criteria. Printed hours were made by enough persons, says the method; where none
    of them is of a group, these are the persons."""
    hours = {place: said[0] for place, said in _figures(one, "I01", year) if said}
    groups = {place: said[0] for place, said in _figures(one, "I05G", year) if said}
    for place, said in _figures(one, COUNTED[found.name], year):
        if said is None and not _kept(one, COUNTED[found.name], place):
            sensitive = _is_sensitive(place)
            alone = found.name == "persons" and (
                groups.get(place) == 0 or any(name in OF_PERSONS and code != "NC" for name, code in place[1])
            )
            enough = FEWEST_SENSITIVE if sensitive else FEWEST
            found.least[place] = enough if alone and hours.get(place) else 0.0 if sensitive else 1.0
    for place, said in _figures(one, "I07", year) if found.name == "persons" else ():
        women, (least, most) = (place[0], tuple(sorted((*place[1], WOMEN)))), found.known.get(place, (0.0, inf))
        shown = most - least < NEAR and not _is_sensitive(place)
        if said is None and shown and women in found.hidden and not _kept(one, "I07", place):
            found.least[women] = 1.0


def _figures(one: Publication, indicator: str, year: str) -> Iterator[tuple[Place, Range | None]]:
    """A running year is another figure in every publication. What kept an older release's value is not known here, also where that release
    said that there was none."""
    last = date.fromisoformat(one.figures_until) - timedelta(days=1)
    for place, figure in one.figures.get(indicator, {}).items():
        if place[0][:4] != year:
            continue
        running = place[0] == str(last.year) and (last.month, last.day) != (12, 31)
        here = (f"{place[0]}@{one.figures_until}", place[1]) if running else place
        if figure.status == "nc" and not figure.since:
            continue
        value = None if figure.value is None or figure.since else float(figure.value)
        yield here, None if value is None else (value, value)


def _is_sensitive(place: Place) -> bool:
    return any(name == "public" and code in SENSITIVE for name, code in place[1])


def _kept(one: Publication, indicator: str, place: Place) -> bool:
    """Whether an older release's value stands there."""
    return bool(one.figures[indicator][place[0].partition("@")[0], place[1]].since)


def _take(found: Measure, place: Place, said: Range | None, half: float = 0.0, by: float = 1.0) -> None:
    if said is None:
        found.hidden.add(place)
        return
    low, high = (said[0] - half) * by, (said[1] + half) * by
    was = found.known.get(place, (0.0, inf))
    found.known[place] = max(was[0], low), min(was[1], high)


def _hours(one: Publication, year: str, found: Measure) -> None:
    for indicator in SAME_AS_HOURS:
        for place, said in _figures(one, indicator, year):
            _take(found, place, said)
    for place, said in _figures(one, "I18", year):
        if said is not None and place not in found.known:
            _take(found, place, said, HALF_A_CENT, _full_time(one, place[0]))
    found.hidden -= {place for place, (low, high) in found.known.items() if high - low < NEAR}


def _full_time(one: Publication, period: str) -> float:
    """By how many hours the full-time equivalents of a period were divided: what held on its first day."""
    year, part = period[:4], period[5:7]
    month = {"S2": 7, "Q2": 4, "Q3": 7, "Q4": 10}.get(part, 1)
    return next((hours for day, hours in reversed(one.full_time) if day <= f"{year}-{month:02d}-01"), HOURS_A_YEAR)


def _groups(one: Publication, year: str, found: Measure) -> None:
    for place, said in _figures(one, "I05G", year):
        _take(found, place, said)


def _done(one: Publication, year: str, found: Measure) -> None:
    """A rate is so many of the hours to which its contracts were committed. Releases from before these were kept say nothing."""
    for place, said in _figures(one, "I16", year) if one.committed else ():
        _take(found, place, said, HALF_A_CENT, one.committed.get(place, 0.0) / 100)


def _persons(one: Publication, year: str, found: Measure) -> None:
    for place, said in _figures(one, "I05", year):
        _take(found, place, said)
    for place, said in _figures(one, "I06", year):
        whole = place[0], tuple(code for code in place[1] if code[0] != "sex")
        _share(found, place, whole, said)
    for place, said in _figures(one, "I07", year):
        women = place[0], tuple(sorted((*place[1], WOMEN)))
        _share(found, women, place, said)
    for part, whole, (low, high) in found.shares:  # what only a printed share speaks of is a part of its sums like the others
        if part not in found.hidden:
            least, most = found.known.get(whole, (0.0, inf))
            counts = (ceil(low * least - NEAR), floor(high * most + NEAR)) if most - least < NEAR else (0, 1)
            found.known.setdefault(part, (float(counts[0]), float(counts[0])) if counts[0] == counts[1] else (0.0, inf))


def _share(found: Measure, part: Place, whole: Place, said: Range | None) -> None:
    if said is not None:
        found.shares.append((part, whole, ((said[0] - HALF_A_CENT) / 100, (said[1] + HALF_A_CENT) / 100)))
    elif part not in found.known:
        found.hidden.add(part)


def margins(places: Sequence[Place], *, exact: bool) -> Iterator[Sum]:
    parts: dict[tuple[Place, str], list[Place]] = defaultdict(list)
    known = set(places)
    for place in places:
        for name, _ in place[1]:
            parts[(place[0], tuple(code for code in place[1] if code[0] != name)), name].append(place)
    for (total, name), split in parts.items():
        # Of women alone (a share) nothing says who the others are: they are a part, not a split.
        if total in known and not (name == "sex" and len(split) == 1):
            yield Sum(total, tuple(split), exact, name == "sex")
        elif total in known:
            yield Sum(total, tuple(split), exact=False)


def _times(places: Sequence[Place], *, exact: bool, rests: bool) -> Iterator[Sum]:
    """A year is its semesters and a rest of longer lines, a semester its quarters and a rest; a running year what is over of it. A contract
    ends in one quarter: of those there are no `rests`."""
    by_codes: dict[tuple[tuple[str, str], ...], list[str]] = defaultdict(list)
    for period, codes in places:
        by_codes[codes].append(period)
    for codes, periods in by_codes.items():
        halves = sorted(period for period in periods if "-S" in period)
        quarters = sorted(period for period in periods if "-Q" in period)
        for half in halves:
            inside = tuple(quarter for quarter in quarters if (int(quarter[-1]) + 1) // 2 == int(half[-1]))
            yield _over_time(half, inside, codes, exact=exact, rests=rests)
        loose = [quarter for quarter in quarters if not any((int(quarter[-1]) + 1) // 2 == int(half[-1]) for half in halves)]
        for whole in (period for period in periods if "-S" not in period and "-Q" not in period):
            yield _over_time(whole, (*halves, *loose), codes, exact=exact, rests=rests)


def _over_time(whole: str, parts: Sequence[str], codes: tuple[tuple[str, str], ...], *, exact: bool, rests: bool) -> Sum:
    rest = ((f"{whole}+", codes),) if rests else ()
    return Sum((whole, codes), (*((part, codes) for part in parts), *rest), exact, over_time=True)
