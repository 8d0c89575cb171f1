"""Where the titles of a sheet are: below a logo and filter rows, on one line or on two, with months as columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from schemas.periods import Period
from services.ingest.matching.counts import count_said, is_count
from services.ingest.matching.cumuls import between, end_of, split
from services.ingest.matching.guesses import AMBIGUOUS, CUMULATED, OTHERS, RECOMPUTED, YEARS, says_minutes
from services.ingest.matching.years import inside, over_the_end, turns
from services.ingest.rules.fields import field_of, field_spelt, is_never_read, normalised_header
from services.ingest.rules.times import NoDate, bare_period, period_of, short_month

SEARCHED: Final = 30
"""Rows from the top among which the titles are looked for."""
_LOOKED_AT: Final = 40
"""Rows and cells that are compared letter by letter."""
_ANY_YEAR: Final = 2000
_YEARS_ABOVE: Final = 3
"""Rows above the titles among which that of the years is looked for."""
_YEAR: Final = re.compile(r"20\d{2}", re.ASCII)
_WORKED: Final = re.compile(
    r"""^(?:nb\.?\s|nombre\s)?\s*(?:d['’]\s?)?(?:heures?|h\.?)\s+(?:d['’]insertion\s+)?(?:r[ée]alis[ée]e?s?|effectu[ée]e?s?|travaill[ée]e?s?)\s+
    (?:(?:en|au|du|de|pour)\s+)?|^r[ée]alis[ée]e?s?\s+(?:(?:en|au|du)\s+)?|^(?:nb\.?\s|nombre\s)?(?:d['’]\s?)?(?:heures?|h\.?)\s+(?:(?:en|de|du|pour)\s+)?(?=\S*\s?\d)""",
    re.IGNORECASE | re.VERBOSE,
)
"""« Heures réalisées T1 2018 », « Heures T1 2018 »: hours of that quarter. Planned ones have other words."""
_WORKED_BEHIND: Final = re.compile(
    r"""\s*(?:[-–:]\s*)?[(\[]?(?:(?:en\s)?h(?:eures?)?\.?(?:\s(?:d['’]insertion|r[ée]alis[ée]e?s?|effectu[ée]e?s?|travaill[ée]e?s?))?
    |(?:r[ée]alis|effectu|travaill)[ée]e?s?)[)\]]?$""",
    re.IGNORECASE | re.VERBOSE,
)
"""« Janv. 2018 (h) », « T1 2018 - heures », « Janvier réalisé »."""
_LONGEST_STEP: Final = 92
"""Days from one month to the next that has a column; « 12-17 » and « 12-25 » are ages."""
_OF_LINES: Final = frozenset({"hours", "hours_cumulated", "period"})
_KIND: Final = re.compile(
    r"(?:nb )?(?:heures?|h)|(?:(?:nb )?(?:heures?|h) )?(?:prevu|previs|prev|planifi|engag|objectif|valoris|bonifi|realis|real|effectu|reste|solde|ecart|cumul)[a-z]*(?: [a-z]+)?"
)
"""« Prévu », « Réalisé » under a month: which of its hours a column holds; « Heures » beside « Personnes »."""
_OF_HOURS: Final = re.compile(r"heure|prevu|realis|engag|valoris|objectif|formation|cumul")


@dataclass(frozen=True)
class Header:
    """The titles (two lines joined by « / »), the row they stand on, and where the data begin (index into the filled rows)."""

    line: int
    titles: tuple[str, ...]
    first: int
    lines: int = 1
    above: tuple[str, ...] = field(default=())
    """The texts of the rows above: a title may say the year."""


Row = tuple[int, Sequence[str]]
"""Row number as the spreadsheet shows it (the first is 1), and its cells."""


def header_of(rows: Sequence[Row]) -> Header:
    """The header among the first filled rows: the row that names most; the first one when none names anything."""
    scores = [titles_named(cells) for _, cells in rows[:SEARCHED]]
    best = max(range(len(scores)), key=lambda place: (scores[place], -place)) if scores and max(scores) > 1 else _spelt(rows)
    if best and _completes(rows, best):
        best -= 1
    line, _ = rows[best]
    titles, lines = _joined(rows, best)
    titles = _with_years(rows[max(best - _YEARS_ABOVE, 0) : best], titles)
    titles = _with_kinds(rows[best - 1][1], titles) if best else titles
    above = tuple(cell for _, earlier in rows[:best] for cell in earlier if cell.strip())
    return Header(line, titles, best + lines if lines == 2 and titles is not None else best + 1, lines, above)


def _with_years(above: Sequence[Row], titles: tuple[str, ...]) -> tuple[str, ...]:
    """The titles with the years that a row above gives their months, each merged over its own: « 2018 », then quarters, then « Janv. »."""
    months = bare_months(titles)
    for _, cells in reversed(above):
        years = {place: cell.strip() for place, cell in enumerate(cells) if cell.strip() and months and place >= months[0]}
        if not years or min(years) != months[0] or not all(_YEAR.fullmatch(year) for year in years.values()):
            continue
        over = {place: years[max(known for known in years if known <= place)] for place in months}
        return tuple(f"{title} {over[place]}" if place in over else title for place, title in enumerate(titles))
    return titles


def _with_kinds(above: Sequence[str], titles: tuple[str, ...]) -> tuple[str, ...]:
    """The titles with the kind of hours that the row above gives their months, each merged over its own: « Prévu », « Réalisé », each over its months."""
    kinds = {place: cell.strip() for place, cell in enumerate(above) if cell.strip()}
    months = [place for place, title in enumerate(titles) if period_in(title, _ANY_YEAR) is not None]
    if not kinds or not months or min(kinds) != months[0] or not all(_says_kind(kind) for kind in kinds.values()):
        return titles
    over = {place: kinds[max(known for known in kinds if known <= place)] for place in months}
    return tuple(f"{over[place]} / {title}" if place in over else title for place, title in enumerate(titles))


def _spelt(rows: Sequence[Row]) -> int:
    """Where no row names two titles: the row that names most with typing errors, else the first."""
    scores = [sum((field_of(cell) or field_spelt(cell)) is not None for cell in cells[:_LOOKED_AT]) for _, cells in rows[:_LOOKED_AT]]
    return max(range(len(scores)), key=lambda place: (scores[place], -place)) if scores and max(scores) > 1 else 0


def _completes(rows: Sequence[Row], best: int) -> bool:
    """Whether the row above has the titles that the best row leaves blank: « N° marché » merged down beside two lines of months."""
    above, cells = rows[best - 1][1], rows[best][1]
    blank = [place for place, cell in enumerate(above) if cell.strip() and (place >= len(cells) or not cells[place].strip())]
    return any(field_of(above[place]) for place in blank) and _joined(rows, best - 1)[1] == 2


def _joined(rows: Sequence[Row], best: int) -> tuple[tuple[str, ...], int]:
    """Titles on two lines: the row below fills places that the header leaves blank, or repeats below a merged cell, with titles only."""
    cells = rows[best][1]
    if best + 1 >= len(rows):
        return tuple(cells), 1
    below = rows[best + 1][1]
    filled = [place for place, cell in enumerate(below) if cell.strip()]
    new = [place for place in filled if place >= len(cells) or not cells[place].strip()]
    titles = [place for place in filled if _is_title(below[place])]
    if not new or len(titles) < len(filled) or not any(_names(below[place]) or _says_kind(below[place]) for place in filled):
        return tuple(cells), 1
    width = max(len(cells), len(below))
    joined: list[str] = []
    over = ""
    for place in range(width):
        top = cells[place].strip() if place < len(cells) else ""
        under = below[place].strip() if place < len(below) else ""
        over = top or over
        joined.append(_of_two(over, under) if under else top)
    return tuple(joined), 2


def _of_two(over: str, under: str) -> str:
    """One title of two lines: the lower one where it says all; a month keeps whether its hours are planned or worked, on whichever line."""
    if _says_kind(under) and period_in(over, _ANY_YEAR) is not None:
        return f"{under} / {over}"
    if not _names(under):
        return f"{over} / {under}" if over else under
    if re.fullmatch(r"20\d{2}", over) and is_bare_period(under):
        return f"{under} {over}"
    of_hours = (_OF_HOURS.search(normalised_header(over)) or says_minutes(over) or count_said(over)) and period_in(over, 2000) is None
    return f"{over} / {under}" if of_hours and period_in(under, 2000) is not None else under


def _says_kind(cell: str) -> bool:
    return _KIND.fullmatch(normalised_header(cell)) is not None or count_said(cell) is not None


def titles_named(cells: Sequence[str]) -> int:
    """How many of the cells are titles that we know. Periods are titles beside others: a row of data may hold a number « 2018-1 » and a month."""
    known = [cell for cell in cells if _names(cell)]
    return len(known) if any(period_in(cell, _ANY_YEAR) is None for cell in known) else 0


def _names(cell: str) -> bool:
    """Whether the cell is a title that we know."""
    plain = normalised_header(cell)
    if not plain or len(cell) > 80:
        return False
    known = plain in AMBIGUOUS or plain in CUMULATED or plain in YEARS or plain in RECOMPUTED or plain in OTHERS or says_minutes(cell)
    return known or field_of(cell) is not None or is_never_read(cell) or period_in(cell, 2000) is not None


def _is_title(cell: str) -> bool:
    return not any(letter.isdigit() for letter in cell) or period_in(cell, None) is not None or _names(cell)


def period_in(title: str, year: int | None) -> Period | None:
    """The month or quarter that a title names: « janv. 2018 », « 01/2018 », « T1 2018 »; « Janv. » and « T1 » with the year from elsewhere."""
    cumul = end_of(title, year)
    if cumul is not None:
        return cumul
    whole = title.rpartition(" / ")[2].strip()
    if end_of(title, _ANY_YEAR) is not None:
        return None
    text = _WORKED.sub("", whole)
    text = _WORKED_BEHIND.sub("", text) if text == whole else text
    if not text or len(text) > 30 or (text.isdigit() and len(text) == 5):
        return None  # a number of five digits is a contract's sooner than a day's
    try:
        found = period_of(text)
    except NoDate:
        found = None
    if found is not None:
        return found if found.grain != "year" or text != whole else None
    if year is None:
        return None
    plain = re.sub(r"^heures |^h |^h\. ?| heures$| h$", "", normalised_header(text))
    return None if plain.isdigit() else bare_period(plain, str(year))


def is_bare_period(title: str) -> bool:
    """« Janv. », « T1 »: a period that lacks its year."""
    return period_in(title, None) is None and period_in(title, 2000) is not None


def months_of(titles: Sequence[str], year: int | None) -> dict[int, Period]:
    """The columns that are a period; not a single one beside a column of hours or of periods. `year` is that of the first month
    without one; after « Déc. » comes the next year."""
    found = {place: period for place, title in enumerate(titles) if not is_count(title) and (period := period_in(title, year)) is not None}
    found |= _short_months(titles)
    if len(found) < 2 and any(
        field_of(title) in _OF_LINES or _OF_LINES.intersection(AMBIGUOUS.get(normalised_header(title), ())) for title in titles
    ):
        return {}
    periods, cumuls = split(titles, over_the_end(found, bare_months(titles), inside(found)))
    return periods or between(cumuls)


def _short_months(titles: Sequence[str]) -> dict[int, Period]:
    """« 01-26 », « 02-26 » beside each other, the months of a year and the next: by itself such a title may be a contract's number, and is nothing.
    A table with a column of months has contracts side by side sooner."""
    fields = set(map(field_of, titles))
    found = {place: period for place, title in enumerate(titles) if (period := short_month(title)) is not None}
    starts = [period.start for period in found.values()]
    rises = len(starts) > 1 and all(0 < (after - before).days <= _LONGEST_STEP for before, after in pairwise(starts))
    return found if rises and "contract" in fields and "period" not in fields else {}


def bare_months(titles: Sequence[str]) -> list[int]:
    """The places of the titles that are a period without its year."""
    return [place for place, title in enumerate(titles) if is_bare_period(title) and not is_count(title)]


def turning(titles: Sequence[str]) -> bool:
    """Whether the months without a year run over its end."""
    found = {place: period for place in bare_months(titles) if (period := period_in(titles[place], 2000)) is not None}
    return turns([period for place, period in found.items() if place not in inside(found)])
