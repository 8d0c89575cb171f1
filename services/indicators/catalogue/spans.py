"""The periods a question may be about: a month, a quarter, a semester, a year, or twelve rolling months."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from schemas.periods import MONTHS, Grain, Period

_ROLLING: Final = re.compile(r"12m:(\d{4}-\d{2})", re.ASCII)


@dataclass(frozen=True, order=True)
class Span:
    """Whole months `[start, end)` and how they are written. A line belongs to a span that contains its own whole period."""

    start: date
    end: date
    text: str

    @classmethod
    def parse(cls, text: str) -> Span:
        """Read `2019-03`, `2019-Q1`, `2019-S1`, `2019` or `12m:2019-03` (the twelve months that end with March). Raises ValueError."""
        rolling = _ROLLING.fullmatch(text.strip())
        period = Period.parse(rolling[1] if rolling else text)
        if not 1990 <= period.start.year <= 2100:
            raise ValueError(f"« {text} » est hors de l’observatoire")
        start = date(period.end.year - 1, period.end.month, 1) if rolling else period.start
        return cls(start, period.end, text.strip())

    def years(self) -> set[int]:
        return {self.start.year, (self.end - date.resolution).year}


def spans_of(text: str, most: int) -> list[Span]:
    """The spans that a text names: one, or every one of a range `2017..2019` of one grain. Raises ValueError for inverted or mixed ends."""
    first, dots, last = (part.strip() for part in text.partition(".."))
    if not dots:
        return [Span.parse(text)]
    start, end = Period.parse(first), Period.parse(last)
    if start.grain != end.grain:
        raise ValueError(f"« {text[:40]} » mélange deux grains : écrivez deux années, deux trimestres ou deux mois")
    if end.start < start.start:
        raise ValueError(f"« {text[:40]} » finit avant de commencer ; écrivez {last}..{first}")
    found = [Span.parse(first)]
    while found[-1].end <= end.start:
        if len(found) == most:
            raise ValueError(f"« {text[:40]} » est trop long")
        found.append(Span.parse(str(period_at(start.grain, found[-1].end))))
    return found


def period_at(grain: Grain, start: date) -> Period:
    """The period of this grain that starts on this day."""
    months = start.year * 12 + start.month - 1 + MONTHS[grain]
    return Period(grain=grain, start=start, end=date(months // 12, months % 12 + 1, 1))


def quarter(of: int, number: int) -> Span:
    return Span.parse(f"{of}-Q{number}")


def quarter_before(day: date) -> Span:
    """The last quarter that is over on that day."""
    months = day.year * 4 + (day.month - 1) // 3 - 1
    return quarter(months // 4, months % 4 + 1)


def units_of(name: str, span: Span) -> list[str]:
    """The whole months, quarters or years (`name`: the time dimension) that lie in the span, as they are written; maybe none."""
    first, last = span.start.year * 12 + span.start.month - 1, span.end.year * 12 + span.end.month - 1
    match name:
        case "month":
            return [f"{month // 12}-{month % 12 + 1:02d}" for month in range(first, last)]
        case "quarter":
            return [f"{month // 12}-Q{month % 12 // 3 + 1}" for month in range(first, last) if month % 3 == 0 and month + 3 <= last]
        case _:
            return [str(month // 12) for month in range(first, last) if month % 12 == 0 and month + 12 <= last]
