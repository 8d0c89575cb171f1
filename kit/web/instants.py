"""Days and instants that somebody sends, within the years in which days can be added to them and a database has them in any zone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("Cet instant sort du calendrier (années 1 à 9999).") from None


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]

YEARS: Final = range(1900, 2200)


def _plausible(day: date) -> date:
    if day.year not in YEARS:
        raise ValueError(f"Cette date n’est pas plausible (années {YEARS[0]} à {YEARS[-1]}).")
    return day


Day = Annotated[date, AfterValidator(_plausible)]
