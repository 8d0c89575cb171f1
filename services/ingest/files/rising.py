"""Hours that only rise from month to month, as a cumul does: small ones pass for the month's, and would be counted several times over. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from math import factorial
from typing import Final

from services.ingest.rules.declared import RawLine
from services.ingest.rules.durations import NoHours, centihours_of
from services.ingest.rules.times import NoDate, period_of

_WHOSE: Final = ("contract", "employer_siret", "employer_name", "worker_id", "birth_name", "first_name", "birth_date", "group")
_ODDS: Final = 30
"""Asked when chance would put all series in this order less than once in so many times (two series of three months, one of five)."""


_FIRST_LOOK: Final = 2_000
"""Lines that are enough to see that a long file's hours fall, as most do."""

Series = list[list[tuple[int, RawLine]]]
"""Hours and lines of each person or group on a contract, in the order of their months."""


def rising(lines: Sequence[RawLine]) -> RawLine | None:
    """The last line of the longest series, when the hours of no person or group ever fall and chance is no explanation; None otherwise."""
    if _fall(_series(lines[:_FIRST_LOOK])):
        return None
    series = _series(lines)
    if not series or _fall(series):
        return None
    odds = 1
    for months in series:
        odds = min(odds * factorial(min(_steps(months), 9)), _ODDS)
    longest = max(series, key=_steps)
    return longest[-1][1] if odds >= _ODDS and _steps(longest) > 2 else None


def _steps(months: Sequence[tuple[int, RawLine]]) -> int:
    return len({hours for hours, _ in months if hours})


def _fall(series: Series) -> bool:
    return any(after < before for months in series for before, after in pairwise(hours for hours, _ in months if hours))


def _series(lines: Sequence[RawLine]) -> Series:
    """None at all where two lines are of one month: they are no cumul."""
    found: dict[tuple[object, ...], dict[date, tuple[int, RawLine]]] = {}
    for line, start, hours in _months(lines):
        whose = tuple(map(line.values.get, _WHOSE))
        if found.setdefault(whose, {}).setdefault(start, (hours, line))[1] is not line:
            return []
    return [[months[start] for start in sorted(months)] for months in found.values()]


def _months(lines: Sequence[RawLine]) -> Iterator[tuple[RawLine, date, int]]:
    """The lines of one month with hours, as far as they can be read."""
    for line in lines:
        try:
            period = period_of(str(line.values.get("period") or ""))
            hours = centihours_of(str(line.values.get("hours") or ""))
        except (NoDate, NoHours):
            continue
        if period.grain == "month":
            yield line, period.start, hours
