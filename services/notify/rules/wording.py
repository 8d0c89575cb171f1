"""How a letter says hours, days and hours of the day. Numbers, plurals and names of months are those of all pages: `kit.web.filters`."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

from kit.typography import NBSP
from kit.web.filters import DAYS, MONTHS, number
from schemas.vocabulary.network import MEETINGS, THEMES
from schemas.vocabulary.places import DEPARTMENTS
from schemas.zones import PARIS


def hours(centihours: int) -> str:
    """1248050 → « 12 480,50 » (the unit is the sentence's business)."""
    return number(Decimal(centihours) / 100, 2)


def signed_hours(centihours: int) -> str:
    return f"+{hours(centihours)}" if centihours > 0 else hours(centihours)


def day(value: date, *, year: bool = False, weekday: bool = True) -> str:
    """« mardi 29 janvier », « jeudi 1er février 2029 »."""
    words = [DAYS[value.weekday()]] if weekday else []
    words += ["1er" if value.day == 1 else str(value.day), MONTHS[value.month - 1]]
    if year:
        words.append(str(value.year))
    return " ".join(words)


def clock(value: time | datetime) -> str:
    """« 9 h 30 », « 14 h »."""
    minutes = f"{NBSP}{value.minute:02d}" if value.minute else ""
    return f"{value.hour}{NBSP}h{minutes}"


def instant(value: datetime) -> str:
    """An instant as read on a clock in Paris: « mardi 29 janvier 2029 à 9 h 30 »."""
    local = value.astimezone(PARIS)
    return f"{day(local.date(), year=True)} à {clock(local)}"


def department(code: str | None) -> str:
    """« Seine-Saint-Denis (93) »; an unknown code stands for itself."""
    if code is None:
        return "toute la région"
    name = DEPARTMENTS.get(code)
    return f"{name} ({code})" if name else code


def meeting_kind(code: str) -> str:
    return MEETINGS.get(code, "Réunion")


def theme(code: str | None) -> str | None:
    return THEMES.get(code, code) if code else None
