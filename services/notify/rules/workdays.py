"""When a digest leaves: 8:00 in Paris, Monday to Friday, not on a public holiday. The clock is always a parameter."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Final

from schemas.zones import PARIS

DIGEST_AT: Final = time(8, 0)
REROUTE_AT: Final = time(0, 5)
_FIXED: Final = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
_AFTER_EASTER: Final = (1, 39, 50)
"""Easter Monday, Ascension, Whit Monday."""


def is_working_day(day: date) -> bool:
    """Monday to Friday without the eleven public holidays of metropolitan France (code du travail, art. L3133-1)."""
    return day.weekday() < 5 and day not in public_holidays(day.year)


@cache
def public_holidays(year: int) -> frozenset[date]:
    """Computed here: the library `holidays` loads 250 countries (40 MB, 1.4 s) for these eleven days. The tests hold both against each other."""
    moving = {_easter(year) + timedelta(days=days) for days in _AFTER_EASTER}
    return frozenset(moving | {date(year, month, day) for month, day in _FIXED})


def _easter(year: int) -> date:
    """Gregorian Easter Sunday (Meeus, Jones, Butcher)."""
    golden = year % 19
    century, rest = divmod(year, 100)
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def paris_day(instant: datetime) -> date:
    return instant.astimezone(PARIS).date()


def digest_day(now: datetime) -> date | None:
    """The working day whose digest is due at `now`: today's from 8:00 on, else None. What waited over a weekend leaves on Monday."""
    local = now.astimezone(PARIS)
    return local.date() if is_working_day(local.date()) and local.time() >= DIGEST_AT else None


def next_digest(now: datetime) -> datetime:
    """The next instant at which a digest leaves, strictly after `now`."""
    return _next(now, DIGEST_AT, working=True)


def next_reroute(now: datetime) -> datetime:
    """The next 00:05 in Paris, strictly after `now`: mandates begin and end at midnight without a message."""
    return _next(now, REROUTE_AT, working=False)


def _next(now: datetime, at: time, *, working: bool) -> datetime:
    day = now.astimezone(PARIS).date()
    while True:
        found = datetime.combine(day, at, PARIS)
        if found > now and (not working or is_working_day(day)):
            return found
        day += timedelta(days=1)
