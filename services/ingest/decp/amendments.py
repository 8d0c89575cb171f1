"""Amendments of a contract: numbered, applied one after the other, never taken back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from schemas.contracts import Amendment, Procurement, Terms
from services.ingest.rules.contracts import check_amendments

CHANGED: Final = "AMENDMENT_CHANGED"
V16: Final = "V16"


def numbered(said: Sequence[tuple[int | None, Amendment]]) -> tuple[tuple[Amendment, ...], bool]:
    """The amendments in order, and whether their own numbers were integers that rise (V16); v1.5 has none, which is no fault.

    Where they do not, the days on which they were notified decide, then the numbers (a list may begin with the last), and they are counted from 1.
    """
    numbers = [number for number, _ in said]
    if all(number is not None for number in numbers) and not check_amendments(_whole(numbers)):
        return tuple(amendment.model_copy(update={"number": number}) for number, amendment in said), True
    days = [
        (amendment.notified_on or amendment.published_on or date.max, number or 0, amendment.model_dump_json())
        for number, amendment in said
    ]
    order = sorted(range(len(said)), key=lambda place: days[place])
    found = tuple(said[place][1].model_copy(update={"number": count}) for count, place in enumerate(order, start=1))
    return found, all(number is None for number in numbers)


def _whole(numbers: Iterable[int | None]) -> list[int]:
    return [number for number in numbers if number is not None]


def applied(said: Procurement, amendments: Sequence[Amendment]) -> Procurement:
    """The contract as it is after its amendments, with what it was before. `said` has the terms of the beginning."""
    if not amendments:
        return said.model_copy(update={"initial": None, "amendments": ()})
    first = Terms(amount=said.amount, duration_months=said.duration_months, holders=said.holders)
    amount, months, holders = first.amount, first.duration_months, first.holders
    for amendment in amendments:
        amount = amendment.amount or amount
        months = amendment.duration_months or months
        holders = amendment.holders or holders
    changed = {"amount": amount, "duration_months": months, "holders": holders, "initial": first, "amendments": tuple(amendments)}
    return said.model_copy(update=changed)


def at_first(said: Procurement) -> Procurement:
    """The contract with the terms of the beginning."""
    if said.initial is None:
        return said
    terms = said.initial
    return said.model_copy(update={"amount": terms.amount, "duration_months": terms.duration_months, "holders": terms.holders})


def grown(known: Procurement, said: Procurement) -> Procurement:
    """What a later publication says, with the amendments that were known: none disappears, and one that says something else now stays as it
    was and is flagged."""
    if not known.amendments:
        return said
    before = {amendment.number: amendment for amendment in known.amendments}
    new = {amendment.number: amendment for amendment in said.amendments}
    together = {**new, **before}
    found = applied(at_first(said), [together[number] for number in sorted(together)])
    changed = any(new[number] != before[number] for number in new.keys() & before.keys())
    return found.model_copy(update={"flags": tuple(sorted({*said.flags, CHANGED}))}) if changed else found


def completed(known: Procurement, earlier: Procurement) -> Procurement:
    """The contract as the latest publication says it, with the amendments that only an earlier one has: some publish the newest alone. What both
    have is as the latest says; the same object where nothing is added."""
    numbers = {amendment.number for amendment in known.amendments}
    added = [amendment for amendment in earlier.amendments if amendment.number not in numbers]
    if not added or known.notified_on != earlier.notified_on:
        return known
    return applied(at_first(known), sorted((*known.amendments, *added), key=lambda amendment: amendment.number))


def latest_publication(said: Procurement) -> date | None:
    """The last day on which anything about the contract was published."""
    days = [day for day in (said.published_on, *(amendment.published_on for amendment in said.amendments)) if day]
    return max(days, default=None)
