"""One row of a file read in each of the ways its hours can be meant, as an example for an author who does not know: the month's, the
quarter's, cumulated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from schemas.periods import Period
from services.ingest.rules.coverage import quarter_of
from services.ingest.rules.declared import RawLine
from services.ingest.rules.durations import MONTH_LIMIT, NoHours, centihours_of, french_hours
from services.ingest.rules.times import NoDate, french_period, period_of

_SAME: Final = ("contract", "employer_siret", "employer_name", "worker_id", "birth_name", "first_name", "birth_date", "group")
_MOST: Final = 4
"""Rows of the example: the one asked about and those before it."""


@dataclass(frozen=True)
class Reading:
    """A row's period and hours as written, and what would be counted for it in each reading."""

    period: str
    written: str
    month: str
    quarter: str
    cumulated: str


def readings(lines: Sequence[RawLine], asked: RawLine) -> list[Reading]:
    """The rows of the person of `asked` on its contract, in the order of their months, up to that one; none where it says no month."""
    until = _month(asked)
    if until is None:
        return []
    known = sorted(_read(lines, asked), key=lambda one: one[0].start)
    known = [one for one in known if one[0].start <= until.start][-_MOST:]
    quarters = [str(quarter_of(month)) for month, _ in known]
    found, before = [], 0
    for (month, hours), quarter in zip(known, quarters, strict=True):
        found.append(
            Reading(
                period=french_period(month),
                written=f"{french_hours(hours)} h",
                month=f"{french_hours(hours)} h"
                + (" : trop pour un mois (213 h au plus)" if hours > MONTH_LIMIT and not _of_several(asked) else ""),
                quarter=_of_quarter(hours, month, alone=quarters.count(quarter) == 1),
                cumulated=f"{french_hours(hours - before)} h" if hours >= before else "impossible : le cumul baisse",
            )
        )
        before = hours
    return found


def _of_several(line: RawLine) -> bool:
    return bool(line.values.get("group") or line.values.get("persons"))


def _of_quarter(hours: int, month: Period, *, alone: bool) -> str:
    if not alone:
        return "impossible : plusieurs lignes pour ce trimestre"
    return f"{french_hours(hours)} h pour le {french_period(quarter_of(month))}"


def _read(lines: Sequence[RawLine], asked: RawLine) -> Iterator[tuple[Period, int]]:
    for line in lines:
        month = _month(line)
        if month is not None and all(line.values.get(name) == asked.values.get(name) for name in _SAME):
            with suppress(NoHours):
                yield month, centihours_of(str(line.values.get("hours") or ""))


def _month(line: RawLine) -> Period | None:
    try:
        period = period_of(str(line.values.get("period") or ""))
    except NoDate:
        return None
    return period if period.grain == "month" else None
