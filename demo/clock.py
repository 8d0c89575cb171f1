"""Months of the demonstration: everything is relative to one day, which a run keeps."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

PARIS: Final = ZoneInfo("Europe/Paris")
HISTORY_MONTHS: Final = 36


def today_in_paris() -> date:
    return datetime.now(PARIS).date()


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
