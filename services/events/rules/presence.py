"""Where the network was: events and participants of each department in a semester, days since the last visit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

_SEMESTER: Final = re.compile(r"(20\d\d)-S([12])", re.ASCII)
BANDS: Final = ((60, "moins de deux mois"), (120, "de deux à quatre mois"), (180, "de quatre à six mois"))
"""Days since the last visit, and how people say it; the network meets its coordinations every month or two (handbook 3.5)."""
LONGEST: Final = "plus de six mois ou jamais"


@dataclass(frozen=True)
class Semester:
    """January to June, or July to December."""

    year: int
    half: int

    @classmethod
    def read(cls, text: str) -> Semester | None:
        """From `2027-S1`; None for anything else."""
        found = _SEMESTER.fullmatch(text)
        return cls(int(found[1]), int(found[2])) if found else None

    @classmethod
    def of(cls, day: date) -> Semester:
        return cls(day.year, 1 if day.month <= 6 else 2)

    @property
    def starts_on(self) -> date:
        return date(self.year, 1 if self.half == 1 else 7, 1)

    @property
    def ends_on(self) -> date:
        """The first day after it."""
        return date(self.year, 7, 1) if self.half == 1 else date(self.year + 1, 1, 1)

    @property
    def before(self) -> Semester:
        return Semester(self.year, 1) if self.half == 2 else Semester(self.year - 1, 2)

    @property
    def after(self) -> Semester:
        return Semester(self.year, 2) if self.half == 1 else Semester(self.year + 1, 1)

    def __str__(self) -> str:
        return f"{self.year}-S{self.half}"


@dataclass(frozen=True)
class Presence:
    """A department in a semester. Participants are distinct mail addresses: confirmed seats, and those ticked as present."""

    department: str
    held: int
    planned: int
    participants: int
    present: int
    last_visit: date | None
    next_visit: date | None

    def days_since(self, today: date) -> int | None:
        return (today - self.last_visit).days if self.last_visit else None

    def band(self, today: date) -> int:
        """0 is a recent visit, 3 a long time ago or never."""
        days = self.days_since(today)
        return next((number for number, (limit, _) in enumerate(BANDS) if days is not None and days < limit), len(BANDS))


def band_label(number: int) -> str:
    return BANDS[number][1] if number < len(BANDS) else LONGEST
