"""Months of the demonstration: everything is relative to one day, which a run keeps."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

import holidays

from schemas.zones import PARIS

HISTORY_MONTHS: Final = 36


def now_in_paris() -> datetime:
    """The wall clock there, without an offset, as meetings write their times."""
    return datetime.now(PARIS).replace(tzinfo=None)


def today_in_paris() -> date:
    return now_in_paris().date()


def working_day(day: date) -> date:
    """That day, or the first one after it that is neither of a weekend nor a public holiday: at most four days later."""
    closed = holidays.country_holidays("FR", years=(day.year, day.year + 1))
    while day.weekday() >= 5 or day in closed:
        day += timedelta(days=1)
    return day


def in_weeks(today: date, weeks: int, weekday: int) -> date:
    """The working day at or after a weekday (0: Monday) of the week that lies so many weeks ahead."""
    return working_day(today + timedelta(days=7 * weeks + weekday - today.weekday()))


def month_after(month: date, count: int = 1) -> date:
    """The first day of the month `count` months later (earlier when negative)."""
    index = month.year * 12 + month.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)


def window(today: date) -> list[date]:
    """The 36 whole months before the month of `today`, oldest first."""
    current = today.replace(day=1)
    return [month_after(current, back) for back in range(-HISTORY_MONTHS, 0)]


def years(today: date) -> list[int]:
    """The calendar years that the window touches."""
    months = window(today)
    return list(range(months[0].year, months[-1].year + 1))
