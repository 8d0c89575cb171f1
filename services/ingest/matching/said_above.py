"""What a sheet says once for all of its rows, above its titles or in its name: the month, the contract. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from schemas.periods import Period
from services.ingest.matching.years import without_other_dates
from services.ingest.rules.fields import field_of
from services.ingest.rules.times import NoDate, bare_period, period_of

_PERIODS: Final = re.compile(
    r"""(?:du\s)?\d{1,2}/\d{1,2}/20\d{2}\s?(?:au|-)\s?\d{1,2}/\d{1,2}/20\d{2}
    |[^\W\d_]{3,9}\.?[ -]20\d{2}
    |(?<![\d/])\d{1,2}/20\d{2}
    |(?<![^\W_])[TS][1-4](?:\s?-?20\d{2}|[ -][1-5]\d(?!\d))
    |[1-4](?:er|e|ème)?\s(?:trimestre|semestre)\s20\d{2}
    """,
    re.VERBOSE | re.IGNORECASE,
)
_CONTRACT: Final = re.compile(r"(?:march[ée]|contrat)\s*(?:n\s*[°o.]*)?\s*:?\s*(?=\S*\d)(\S+)", re.IGNORECASE)
_SHEET: Final = re.compile(
    r"\s*(?:m(?:ar)?ch[ée]|contrat)?\s*(?:n\s*[°o.]*\s*)?:?\s*(\d[\w./-]{3,}|[A-Z]{1,6}-?\d{2,}[-_./]\w+)", re.IGNORECASE
)
_YEAR_OR_DAY: Final = re.compile(
    r"(?:20)?\d{2}[-_./]?(?:20)?\d{2}|\d{1,2}[-_./]\d{1,2}[-_./]\d{2,4}|20\d{2}[-_./]?\d{2}[-_./]?\d{2}", re.ASCII
)
"""« 2018 », « 2018-2019 », « 31-12-2018 »: of when the sheet is."""


def period_said(above: Sequence[str], name: str, year: int | None) -> Period | None:
    """The one period that the sheet's name is (« Janvier 2018 », « Janvier » with the year of the table), else that the texts above its titles
    name; None where they name none or several."""
    own = _period(name.strip()) or (None if name.strip().isdigit() else bare_period(name, str(year)))
    if own is not None:
        return own
    found = {
        period
        for text in (*above, name)
        for written in _PERIODS.findall(without_other_dates(text))
        if (period := _period(written.strip())) is not None
    }
    return found.pop() if len(found) == 1 else None


def contract_said(above: Sequence[str], name: str) -> str | None:
    """The one number after « Marché n° » above the titles, in the same cell or in the next one; else the one that the sheet's name begins with:
    « 2018-045 », « Marché 18-12 », « 2018-046 Crèche »."""
    found = {match[1].strip(" ,;:") for text in above if (match := _CONTRACT.search(text)) is not None}
    found |= {after.strip() for title, after in pairwise(above) if field_of(title.rstrip(" :")) == "contract"}
    return found.pop() if len(found) == 1 else None if found else _number_in(name)


def _number_in(name: str) -> str | None:
    """The contract's number that a sheet's name begins with; a month, a year or « Feuil1 » is none."""
    named = _SHEET.match(name)
    if named is None or _period(named[1]) is not None or _YEAR_OR_DAY.fullmatch(named[1]):
        return None
    return named[1].strip(" ,;:")


def _period(text: str) -> Period | None:
    """A year alone is none: who worked when in it, nobody said."""
    try:
        found = period_of(text)
    except NoDate:
        return None
    return found if found.grain != "year" else None
