"""Columns of hours cumulated up to a day: « Cumul au 31/03/2018 », « Heures réalisées à fin mars ». Each gives its period the difference. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final

from schemas.periods import Period
from services.ingest.rules.times import bare_period

_TITLE: Final = re.compile(
    r"""(?:.{0,24}\bcumul\w*.{0,24}?|(?:total\ (?:des\ )?)?(?:nb\.?\ |nombre\ d'?\ ?)?(?:heures?|h\.?)?(?:\ d'?\ ?insertion)?\ ?
        (?:realise\w*|effectue\w*|travaille\w*|declare\w*)?)
        \ ?\b(?P<until>jusqu'?\ ?(?:au|a\ fin)|arrete\w*\ (?:au|a\ fin)|au|a\ fin|fin)\ (?P<when>[0-9a-z][0-9a-z ./-]{1,20})""",
    re.VERBOSE | re.ASCII,
)
_DAY: Final = re.compile(r"(\d{1,2})[/. -](\d{1,2})(?:[/. -](\d{4}|\d{2}))?", re.ASCII)
_NAMED: Final = re.compile(r"(?:(\d{1,2}) )?([a-z]{3,9})\.?(?: (\d{4}|\d{2}))?", re.ASCII)
_ANY_YEAR: Final = 2000
_STEPS: Final = {3: "Q", 6: "S", 12: ""}
"""Months from one cumul to the next, and how the period between is written."""


@lru_cache(maxsize=4096)
def end_of(title: str, year: int | None) -> Period | None:
    """The month at whose end the cumul of a title stands; `year` where it does not say one. None for a title of something else, and for a day
    inside a month: nobody knows the hours of a part of it."""
    found = _TITLE.fullmatch(_plain(title.rpartition(" / ")[2]))
    if found is None or found["when"] is None:
        return None
    day, month, written = _said(found["when"].strip())
    if written is None and year is None:
        return None
    known = year if written is None else int(written) + (2000 if len(written) == 2 else 0)
    period = bare_period(month, str(known))
    if period is None or period.grain != "month" or (day is None and found["until"] == "au"):
        return None
    last = period.end - timedelta(days=1)
    return period if day is None or day == last.day or (month in {"2", "02", "fevrier", "fevr", "fev"} and day in {28, 29}) else None


def no_end_of_month(titles: Sequence[str]) -> str | None:
    """What to do with cumuls up to a day inside a month, or to one that there is not; None where no title says one."""
    for title in titles:
        named = title.rpartition(" / ")[2].strip()
        found = _TITLE.fullmatch(_plain(named))
        if found and _DAY.fullmatch(found["when"].strip()) and end_of(title, _ANY_YEAR) is None:
            return (f"« {named[:60]} » : ce jour n’est pas la fin d’un mois, et les heures se déclarent par mois. Donnez le cumul à la fin d’un mois, "
                    "par exemple « Cumul au 31/03/2026 », ou les heures de chaque mois.")  # fmt: skip
    return None


def says_cumul(title: str) -> bool:
    """Whether the hours of a column of periods are cumulated, by the title itself or by what stands over it."""
    over, _, _ = title.rpartition(" / ")
    return end_of(title, _ANY_YEAR) is not None or "cumul" in _plain(over)


def between(ends: Mapping[int, Period]) -> dict[int, Period]:
    """The period of which each cumul gives the difference: from quarter's end to quarter's end the quarter, and so on; else the month of its day."""
    days = sorted({period.start for period in ends.values()})
    steps = {_months(before, after) for before, after in pairwise(days)}
    step = steps.pop() if len(steps) == 1 else 1
    if step not in _STEPS or any(day.month % step for day in days):
        return dict(ends)
    return {place: _longer(period, step) for place, period in ends.items()}


def split(titles: Sequence[str], found: Mapping[int, Period]) -> tuple[dict[int, Period], dict[int, Period]]:
    """The columns of periods and those of cumuls up to a day."""
    cumuls = {place: period for place, period in found.items() if end_of(titles[place], _ANY_YEAR) is not None}
    return {place: period for place, period in found.items() if place not in cumuls}, cumuls


def _longer(month: Period, step: int) -> Period:
    year, number = month.start.year, month.start.month
    return Period.parse(f"{year}-{_STEPS[step]}{number // step}" if step < 12 else str(year))


def _months(before: date, after: date) -> int:
    return 12 * (after.year - before.year) + after.month - before.month


def _said(when: str) -> tuple[int | None, str, str | None]:
    """Day, month and year as written."""
    if found := _DAY.fullmatch(when):
        return int(found[1]), found[2], found[3]
    if found := _NAMED.fullmatch(when):
        return int(found[1]) if found[1] else None, found[2], found[3]
    return None, "", None


def _plain(title: str) -> str:
    bare = unicodedata.normalize("NFKD", title.replace("’", "'").lower()).encode("ascii", "ignore").decode()
    return re.sub(r"\s+", " ", bare).strip()
