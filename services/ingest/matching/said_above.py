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
    |[TS][1-4]\s?-?20\d{2}
    |[1-4](?:er|e|ème)?\s(?:trimestre|semestre)\s20\d{2}
    """,
    re.VERBOSE | re.IGNORECASE,
)
_CONTRACT: Final = re.compile(r"(?:march[ée]|contrat)\s*(?:n\s*[°o.]*)?\s*:?\s*(?=\S*\d)(\S+)", re.IGNORECASE)


def period_said(above: Sequence[str], name: str, year: int | None) -> Period | None:
    """The one period that the sheet's name is (« Janvier 2018 », « Janvier » with the year of the table), else that the texts above its titles
    name; None where they name none or several."""
    own = _period(name.strip()) or (None if name.strip().isdigit() else bare_period(name, str(year)))
    if own is not None:
        return own
    found = {
        period
        for text in above
        for written in _PERIODS.findall(without_other_dates(text))
        if (period := _period(written.strip())) is not None
    }
    return found.pop() if len(found) == 1 else None


def contract_said(above: Sequence[str]) -> str | None:
    """The one number after « Marché n° » above the titles, in the same cell or in the next one."""
    found = {match[1].strip(" ,;:") for text in above if (match := _CONTRACT.search(text)) is not None}
    found |= {after.strip() for title, after in pairwise(above) if field_of(title.rstrip(" :")) == "contract"}
    return found.pop() if len(found) == 1 else None


def _period(text: str) -> Period | None:
    """A year alone is none: who worked when in it, nobody said."""
    try:
        found = period_of(text)
    except NoDate:
        return None
    return found if found.grain != "year" else None
