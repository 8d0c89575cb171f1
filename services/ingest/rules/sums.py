"""Lines that repeat others of the same filing as a sum: a sheet « Récapitulatif » beside the sheets of persons (V21). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from services.ingest.rules.declared import LineValue
from services.ingest.rules.durations import french_hours

_LEAST: Final = 2
"""Persons in a sum: one unnamed person may well have worked as long as another."""
_Key = tuple[UUID, str | None, date]


def sums_again(values: Sequence[LineValue]) -> dict[int, str]:
    """Line → what is wrong, for lines of nobody whose hours are those of all the persons of its contract (and employer) in its period."""
    whole = [value for value in values if value.person is None and value.group is None and value.centihours]
    if not whole or len(whole) == len(values):
        return {}
    contracts = {value.contract_uid for value in whole}
    months: dict[_Key, list[int]] = {}
    for value in values:
        if value.person is not None and value.contract_uid in contracts:
            for employer in (value.employer_siret or value.employer_name, None):
                found = months.setdefault((value.contract_uid, employer, value.period.start), [0, 0])
                found[0] += value.centihours
                found[1] += 1
    again = {}
    for value in whole:
        for employer in (value.employer_siret or value.employer_name, None):
            hours, lines = _within(months, value, employer)
            if lines >= _LEAST and hours == value.centihours:
                again[value.line] = (f"{french_hours(hours)} h sont la somme de {lines} lignes de personnes du même marché et de la même période : elles compteraient deux fois. "
                                     "Ôtez cette ligne (un récapitulatif ?), ou les lignes de personnes.")  # fmt: skip
                break
    return again


def _within(months: dict[_Key, list[int]], value: LineValue, employer: str | None) -> tuple[int, int]:
    """Hours and lines of the persons in the months that the value's period covers."""
    start, found = value.period.start, [0, 0]
    while start < value.period.end:
        for place, number in enumerate(months.get((value.contract_uid, employer, start), (0, 0))):
            found[place] += number
        start = date(start.year + start.month // 12, start.month % 12 + 1, 1)
    return found[0], found[1]
