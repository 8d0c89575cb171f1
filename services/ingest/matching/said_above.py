"""What a sheet says once for all of its rows, above its titles or in its name: the month, the contract, the employer. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from schemas.periods import Period
from services.ingest.matching.years import without_other_dates
from services.ingest.rules.establishments import digits_of, is_siret
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
EMPLOYER: Final = r"(?:entreprise|employeur|structure employeuse|soci[ée]t[ée]|siae|etti|sous-traitant)"
"""Words before the name of whoever employs, on a line of its own. The holder of the contract is another, in half of all hours; « Structure » may be
whoever keeps the table."""
_EMPLOYER: Final = re.compile(rf"(?:nom de l['’] ?)?{EMPLOYER}(?:\s*:\s*(?P<name>.{{0,199}}\w.*)?)?", re.IGNORECASE)
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


def employer_said(rows: Sequence[Sequence[str]]) -> dict[str, str]:
    """Name and SIRET of the one employer that the rows above the titles name: « ENTREPRISE : X » in a cell, or « Entreprise », « X » in two, with the SIRET
    on the same row or the next. Empty where they name none or several."""
    names, numbers, near = set[str](), set[str](), False
    for cells in rows:
        said = [(cell.strip(), after.strip()) for cell, after in pairwise((*cells, "")) if cell.strip()]
        found = {name for cell, after in said if (name := _employer(cell, after))}
        names |= found
        near_here = near or bool(found)
        numbers |= {number for cell, after in said if (number := _siret(cell, after, near=near_here))}
        near = bool(found)
    by_number = {number for name in names if is_siret(number := digits_of(name))}
    if len(names) > 1 or len(numbers | by_number) > 1 or not names | numbers:
        return {}
    siret = next(iter(numbers | by_number), "")
    return {
        **({"employer_name": next(iter(names))} if names and not by_number else {}),
        **({"employer_siret": siret} if siret else {}),
    }


def _employer(cell: str, after: str) -> str:
    named = _EMPLOYER.fullmatch(cell)
    if named is None:
        return ""
    beside = after if not after.endswith(":") and field_of(after) is None and _EMPLOYER.fullmatch(after) is None else ""
    return (named["name"] or beside).strip()


def _siret(cell: str, after: str, *, near: bool) -> str:
    """A SIRET that is the employer's by its title, or by standing beside its name."""
    title, _, value = cell.partition(":")
    if field_of(title.strip()) != "employer_siret" or not (near or "employeur" in title.lower()):
        return ""
    number = digits_of(value.strip() or after)
    return number if is_siret(number) else ""


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
