"""Weeks by their number, as agencies and time sheets write them: « S14 », « Semaine 14 », « 2018-S14 ». Their first day stands for them. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Final

TITLES: Final = frozenset(
    {
        "semaine",
        "semaines",
        "no semaine",
        "no de semaine",
        "numero semaine",
        "numero de semaine",
        "num semaine",
        "sem",
        "no sem",
        "semaine iso",
    }
)
"""Normalised titles under which a number is a week's and not a month's, and S1 is no semester."""
_WEEK: Final = re.compile(
    r"(?:s|sem|semaine|w|wk)?[ .]*(?:no? ?)?(?P<week>\d{1,2})(?:[ /.-]*(?P<year>20\d{2}))?"
    r"|(?P<first>20\d{2})[ /.-]*(?:s|sem|semaine|w|wk)?[ .]*(?P<then>\d{1,2})",
    re.ASCII,
)


_TITLE: Final = re.compile(
    r"\s*(?:s|sem|semaine|w)[ .]*(?:n[°o] ?)?\d{1,2}(?:[ /.-]*20\d{2})?\s*|\s*20\d{2}[ /.-]*(?:s|sem|semaine|w)[ .]*\d{1,2}\s*",
    re.IGNORECASE,
)


def columns_of(titles: Sequence[str], year: int) -> dict[int, date]:
    """The columns that are a week (« S14 », « Sem. 15 »), by their first day; none where two of them may be semesters. `year` where they have none."""
    named = {place: _last(title) for place, title in enumerate(titles) if _TITLE.fullmatch(_last(title)) and is_week(_last(title))}
    numbers = {found[0] for title in named.values() if (found := _read(title))}
    if len(numbers) < 2 or max(numbers) <= 2:
        return {}
    return {place: day for place, title in named.items() if (day := first_day(title, year)) is not None}


def first_day_of_column(title: str, year: int | None) -> date | None:
    return first_day(_last(title), year)


def _last(title: str) -> str:
    return title.rpartition(" / ")[2]


def is_week(cell: str) -> bool:
    return _read(cell) is not None


def first_day(cell: str, year: int | None) -> date | None:
    """The Monday of a week, as ISO 8601 counts them, with its own year or the one from elsewhere. None without a year, and for a week that the
    year does not have."""
    found = _read(cell)
    known = found and (found[1] or year)
    if not found or not known:
        return None
    try:
        return date.fromisocalendar(known, found[0], 1)
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def _read(cell: str) -> tuple[int, int | None] | None:
    plain = unicodedata.normalize("NFKD", cell.strip().lower().replace("°", "o")).encode("ascii", "ignore").decode()
    found = _WEEK.fullmatch(plain)
    if found is None:
        return None
    week, year = int(found["week"] or found["then"]), found["year"] or found["first"]
    return (week, int(year) if year else None) if 1 <= week <= 53 else None
