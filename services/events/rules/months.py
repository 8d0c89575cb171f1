"""A month as the agenda shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

_MONTH: Final = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True)
class Month:
    year: int
    number: int

    @classmethod
    def read(cls, text: str) -> Month | None:
        """From `2027-03`; None for anything else."""
        found = _MONTH.fullmatch(text)
        return cls(int(found[1]), int(found[2])) if found else None

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.year, day.month)

    @property
    def starts_on(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def ends_on(self) -> date:
        """The first day after it."""
        return self.after.starts_on

    @property
    def before(self) -> Month:
        return Month(self.year, self.number - 1) if self.number > 1 else Month(self.year - 1, 12)

    @property
    def after(self) -> Month:
        return Month(self.year, self.number + 1) if self.number < 12 else Month(self.year + 1, 1)

    def days(self) -> list[date]:
        return [self.starts_on + timedelta(days=number) for number in range((self.ends_on - self.starts_on).days)]

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02d}"
