"""The year of months that are written without one: « Janv. » in a column, « mars » in a cell. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Final

from schemas.periods import Period

_YEAR: Final = re.compile(r"(?<!\w)(20\d{2})(?!\w)")
_SPAN: Final = re.compile(r"\d{1,2}/\d{1,2}/(20\d{2}) ?(?:au|-|–|à) ?\d{1,2}/\d{1,2}/(20\d{2})(?!\d)")
"""« du 01/01/2018 au 31/03/2018 »: what the table is of, unlike a day alone."""
_NO_YEAR: Final = re.compile(
    r"""\d{1,2}[/.-]\d{1,2}[/.-](?:20)?\d{2}(?!\d)           # 12/01/2019
    |\d{1,2}(?:er)?\ (?!trim|sem)[^\W\d_]{3,9}\.?\ 20\d{2}  # 12 janvier 2019, not « 1er trimestre 2018 »
    |20\d{2}\ ?[/._-]\ ?(?!20\d{2}(?!\d))\d+                 # 2017-045, 2019-01-12
    |20\d{2}\ \d+                                            # 2017 045
    |(?:[ée]dit|imprim|extrai|extraction|export|mise?\ [àa]\ jour|maj\b|g[ée]n[ée]r|version)[^\d]*(?:\d{1,2}\D+)?20\d{2}  # édité en janvier 2019
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Years of something else: the day of printing, a contract's number."""


def year_in(texts: Sequence[str]) -> int | None:
    """The one year that the texts around a table name for it; None when they name none or several."""
    found = {int(year) for text in texts for year in _YEAR.findall(_NO_YEAR.sub(" ", text.replace("_", " ")))}
    found |= {int(year) for text in texts for span in _SPAN.findall(text) for year in span}
    return found.pop() if len(found) == 1 else None


def without_other_dates(text: str) -> str:
    """The text without what is dated for another reason (printed, exported, a contract's number); spans of days stay."""
    spans = " ; ".join(found[0] for found in re.finditer(_SPAN, text))
    return f"{_NO_YEAR.sub(' ', text)} ; {spans}"


def turns(bare: Sequence[Period]) -> bool:
    """Whether months without a year run over its end, from left to right: « Nov., Déc., Janv. »."""
    starts = [period.start for period in bare]
    return len(set(starts)) == len(starts) and any(after < before for before, after in pairwise(starts))


def over_the_end(months: Mapping[int, Period], bare: Sequence[int], sums: Collection[int]) -> dict[int, Period]:
    """The same columns, those after the turn of the year in the next one. Titles that come twice are no turn; `sums` go with the months
    on their left."""
    found = dict(months)
    single = [place for place in bare if place not in sums]
    if not turns([months[place] for place in single]):
        return found
    years, before = 0, months[single[0]].start
    for place in bare:
        if place not in sums:
            start = months[place].start
            years += start < before
            before = start
        found[place] = moved(months[place], years)
    return found


def moved(period: Period, years: int) -> Period:
    """The same month or quarter so many years later."""
    return Period.parse(f"{period.start.year + years}{str(period)[4:]}") if years else period


def inside(months: Mapping[int, Period]) -> frozenset[int]:
    """Columns of a quarter or a semester of which a part has a column too: they are sums."""
    every = set(months.values())
    return frozenset(place for place, period in months.items() if any(period != part and period.covers(part) for part in every))
