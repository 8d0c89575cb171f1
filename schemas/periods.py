"""Periods of work: a month, a quarter, a semester or a year, written `2019-03`, `2019-Q1`, `2019-S1`, `2019`."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

Grain = Literal["month", "quarter", "semester", "year"]
MONTHS: dict[Grain, int] = {"month": 1, "quarter": 3, "semester": 6, "year": 12}
_GRAINS: dict[int, Grain] = {months: grain for grain, months in MONTHS.items()}
_WRITTEN = re.compile(r"(?P<year>[12]\d{3})(?:-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4])|S(?P<semester>[12])))?", re.ASCII)


class Period(BaseModel):
    """A half-open interval of whole months `[start, end)` with its grain."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    grain: Grain
    start: date
    end: date

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self != _make(self.grain, self.start.year, self.start.month):
            raise ValueError(f"{self.start}..{self.end} is not a {self.grain}")
        return self

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read a written period. Raises ValueError, naming what was read and what would be right."""
        found = _WRITTEN.fullmatch(text.strip())
        if not found:
            raise ValueError(f"« {text} » n’est pas une période ; écrivez par exemple 2019-03, 2019-Q1, 2019-S1 ou 2019")
        year = int(found["year"])
        if found["month"]:
            return _make("month", year, int(found["month"]))
        if found["quarter"]:
            return _make("quarter", year, 3 * int(found["quarter"]) - 2)
        if found["semester"]:
            return _make("semester", year, 6 * int(found["semester"]) - 5)
        return _make("year", year, 1)

    @classmethod
    def month(cls, year: int, month: int) -> Period:
        return _make("month", year, month)

    @classmethod
    def of(cls, start: date, months: int) -> Period:
        """So many months from the first day of one: 1, 3, 6 or 12."""
        return _make(_GRAINS[months], start.year, start.month)

    def __str__(self) -> str:
        year, month = self.start.year, self.start.month
        match self.grain:
            case "month":
                return f"{year}-{month:02d}"
            case "quarter":
                return f"{year}-Q{(month + 2) // 3}"
            case "semester":
                return f"{year}-S{(month + 5) // 6}"
            case _:
                return f"{year}"

    def covers(self, other: Period) -> bool:
        return self.start <= other.start and other.end <= self.end


def _make(grain: Grain, year: int, month: int) -> Period:
    if (month - 1) % MONTHS[grain]:
        raise ValueError(f"a {grain} does not start in month {month}")
    after = year * 12 + month - 1 + MONTHS[grain]
    return Period.model_construct(grain=grain, start=date(year, month, 1), end=date(after // 12, after % 12 + 1, 1))


def months_between(start: date, end: date) -> int:
    """Whole calendar months from the month of `start` to the month of `end`."""
    return (end.year - start.year) * 12 + end.month - start.month
