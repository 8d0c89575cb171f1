"""School holidays of zone C and public holidays, from the two libraries that keep them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import Final

import holidays
from vacances_scolaires_france import SchoolHolidayDates, UnsupportedYearException

from services.events.planning.instance import Closure

ZONE: Final = "C"
SCHOOL_KNOWN_UNTIL: Final = date(2028, 8, 31)
"""The last day of the school calendar that the library knows; beyond it a plan says that school holidays are not known."""


def closures(starts_on: date, ends_on: date) -> tuple[Closure, ...]:
    """What closes days between the two, both inclusive; a school holiday is one closure from its first day in the window to its last."""
    return (*_school(starts_on, ends_on), *_public(starts_on, ends_on))


def _public(starts_on: date, ends_on: date) -> Iterator[Closure]:
    known = holidays.country_holidays("FR", language="fr", years=range(starts_on.year, ends_on.year + 1))
    for day in sorted(known):
        if starts_on <= day <= ends_on:
            yield Closure(known[day], day, day + timedelta(days=1), "public")


def _school(starts_on: date, ends_on: date) -> Iterator[Closure]:
    known = SchoolHolidayDates()
    days: dict[date, str] = {}
    for year in range(starts_on.year, ends_on.year + 1):
        try:
            found = known.holidays_for_year_and_zone(year, ZONE)
        except UnsupportedYearException:
            continue
        days |= {day: entry["nom_vacances"] for day, entry in found.items() if starts_on <= day <= ends_on}
    # days that follow each other share ordinal minus rank
    for (_, name), run in groupby(enumerate(sorted(days)), key=lambda numbered: (numbered[1].toordinal() - numbered[0], days[numbered[1]])):
        listed = [day for _, day in run]
        yield Closure(f"{name} (zone {ZONE})", listed[0], listed[-1] + timedelta(days=1), "school")
