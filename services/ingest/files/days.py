"""Lines of a day or of a week, as time sheets and agencies write them: what is declared is a month, so they are added up when their author says so."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Final

from services.ingest.rules.declared import RawLine
from services.ingest.rules.durations import NoHours, exactly, rounded
from services.ingest.rules.texts import is_blank
from services.ingest.rules.times import NoDate, date_of, period_of

CHOICES: Final[tuple[tuple[str, str], ...]] = (
    ("sum", "oui, additionner par mois (une semaine compte dans le mois de son premier jour)"),
    ("no", "non, ces lignes sont à corriger"),
)
_FIRST_LOOK: Final = 200
_OWN: Final = ("period", "hours")
_ALONE: Final = Fraction(-1)
_MOST: Final = 0.8


def of_days(lines: Sequence[RawLine]) -> RawLine | None:
    """The first line whose period is a day inside a month, where nearly every line's is a day (a « S54 » among weeks is one to correct, and no
    reason to refuse the others); None otherwise."""
    if _inside(lines[:_FIRST_LOOK]) is None or sum(_day(line) is not None for line in lines) < _MOST * len(lines):
        return None
    return _inside(lines)


def added(lines: Sequence[RawLine], corrected: Collection[int] = ()) -> list[RawLine]:
    """A line for each person, contract, employer and month (whatever else the lines say alike), with the hours of its days. It has the number of the
    first; where that is among the `corrected`, its hours are the sum already. A day that comes twice stays a line of its own, to be said as one
    declared twice; so do hours that are none."""
    found: dict[object, tuple[RawLine, Fraction]] = {}
    days: set[tuple[object, date]] = set()
    for place, line in enumerate(lines):
        day, hours = _day(line), _hours(line)
        month = replace(line, values={**line.values, "period": f"{day:%Y-%m}"}) if day else line
        key: object = (
            month.values["period"],
            tuple(sorted((name, str(value)) for name, value in line.values.items() if name not in _OWN and value)),
        )
        if day is None or hours is None or (key, day) in days:
            found[place] = month, _ALONE
            continue
        days.add((key, day))
        first, before = found.get(key, (month, Fraction(0)))
        found[key] = first, before + (0 if first is not month and first.line in corrected else hours)
    return [line if hours == _ALONE else replace(line, values={**line.values, "hours": _written(hours)}) for line, hours in found.values()]


def _inside(lines: Sequence[RawLine]) -> RawLine | None:
    for line in lines:
        if _day(line) is not None:
            try:
                period_of(str(line.values["period"]))
            except NoDate:
                return line
    return None


def _day(line: RawLine) -> date | None:
    try:
        return date_of(str(line.values.get("period") or ""))
    except NoDate:
        return None


def are_hours(text: str) -> bool:
    return _centihours(text) is not None


def _hours(line: RawLine) -> Fraction | None:
    return _centihours(str(line.values.get("hours") or ""))


def _centihours(text: str) -> Fraction | None:
    """Not rounded: many days are, only once."""
    try:
        return None if is_blank(text) else exactly(text)
    except NoHours:
        return None


def _written(exact: Fraction) -> str:
    centihours = rounded(exact)
    return f"{centihours // 100},{centihours % 100:02d}"
