"""When a digest leaves: 8:00 in Paris, Monday to Friday, not on a public holiday. The clock is always a parameter."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Final

import holidays

from services.notify.rules.wording import PARIS

DIGEST_AT: Final = time(8, 0)
REROUTE_AT: Final = time(0, 5)


def is_working_day(day: date) -> bool:
    """Monday to Friday without the eleven public holidays of metropolitan France (code du travail, art. L3133-1)."""
    return day.weekday() < 5 and day not in _holidays(day.year)


@cache
def _holidays(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("FR", years=year, observed=False)


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
