"""One sheet of a file of hours as it was understood: its titles, its columns, its rows made into lines, and what it says once for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from kit.errors import LineError
from schemas.periods import Period
from services.ingest.files.answers import Answers
from services.ingest.files.columns import Columns, matched, missing
from services.ingest.files.hidden import Hidden
from services.ingest.files.table import Facts
from services.ingest.matching import weeks
from services.ingest.matching.cumuls import no_end_of_month
from services.ingest.matching.days_between import as_period, between, joined
from services.ingest.matching.guesses import guessed
from services.ingest.matching.headers import Header, Row, bare_months, header_of, months_of, turning
from services.ingest.matching.lying import compact_pivot, mixed_labels, months_down, only_full_time
from services.ingest.matching.minutes import NO_MINUTES, OfMinutes, of_minutes, with_units
from services.ingest.matching.said_above import contract_said, employer_said, period_said
from services.ingest.matching.shape import Shaped, shaped
from services.ingest.matching.standing_up import StoodUp, stood_up
from services.ingest.matching.totals import says_total
from services.ingest.matching.years import year_in
from services.ingest.rules.times import NoDate, period_of

_SAMPLE_ROWS: Final = 400
_ANY_YEAR: Final = 2000


@dataclass
class SheetRead:
    """A sheet as it was understood. Its lines have the numbers of its rows plus `offset` (0 in the first sheet)."""

    facts: Facts
    header: Header
    columns: Columns
    shaped: Shaped
    rows: int
    offset: int = 0
    width: int = 0
    """Columns up to the last filled one."""
    year: int | None = None
    bare_months: bool = False
    period: str = ""
    contract: str = ""
    """What the sheet says once, above its titles or in its name, where no column does."""
    employer: Mapping[str, str] = field(default_factory=dict)
    """The same of the employer: name, SIRET or both, by their fields."""
    minutes: OfMinutes = NO_MINUTES
    """Its columns of minutes."""
    too_wide: int | None = None
    """Of a text, the first row with a filled cell beyond the titles: what follows a stray separator stands under another title."""
    turned: tuple[int, ...] = ()
    """Of a table that lay on its side, the sheet's row of each title; a line's number is then its column, the first being 1."""
    mixed: str | None = None
    """What to do with a column of contracts that mixes them with companies and persons: nothing of it is read."""
    advice: str | None = None
    """Where the table has not what a line needs: what to do with one that lies on its side, or gives cumuls inside a month."""

    @property
    def lacks(self) -> list[LineError]:
        """Fields of the minimum that the sheet has nowhere."""
        lines = self.shaped.lines
        named = "above" if self.shaped.headings and all(cells.get("contract") for _, cells, _ in lines) else ""
        return missing(self.columns, self.header.line, given={"period": self.period, "contract": self.contract or named})

    @property
    def slipped(self) -> LineError | None:
        """The row whose cells may stand under other titles than their own, as what stands in the way of reading."""
        if self.too_wide is None:
            return None
        sign = self.facts.delimiter or ""
        message = (f"Ligne {self.too_wide} : plus de cellules que de titres. Un « {sign} » se trouve sans doute dans un nombre ou dans un texte : "
                   "mettez la cellule entre guillemets, ou enregistrez le fichier comme classeur.")  # fmt: skip
        return LineError(line=self.too_wide, code="FILE_ROW_CELLS", message=message)


def sheet_read(facts: Facts, rows: Sequence[Row], answers: Answers, period: str | None) -> SheetRead:
    """Its titles, its columns and its rows as lines; `period` is what the sender gave for the whole file."""
    stood = stood_up(rows)
    if stood is not None:
        facts, rows, width = _seen_standing(facts, stood), stood.rows, _width(rows)
    else:
        width = _width(rows)
    header = header_of(rows)
    data = rows[header.first :]
    of_weeks = weeks.columns_of(header.titles, _ANY_YEAR)
    bare = [place for place in of_weeks if weeks.first_day_of_column(header.titles[place], None) is None] or bare_months(header.titles)
    said = None if turning(header.titles) else year_in([*header.titles, *header.above, facts.sheet or "", (period or "")[:4]])
    year = answers.year or said
    sample = [cells for _, cells in data[:_SAMPLE_ROWS] if not says_total(cells) and not _are_titles(cells, header)]
    months = {} if of_weeks else months_of(header.titles, year or _ANY_YEAR)
    guesses = guessed(header.titles, sample, months, weeks.columns_of(header.titles, year or _ANY_YEAR))
    said_once = period or period_said(header.above, facts.sheet or "", year)
    if pair := None if said_once else between(guesses, answers.columns):
        guesses, data = as_period(guesses, pair), joined(data, pair)
    columns = matched(guesses, header.line, answers.columns)
    columns.notices = [notice for notice in columns.notices if notice.column not in _titles(header, pair and pair[1:])]
    columns.notices = [notice for notice in columns.notices if notice.code != "UNKNOWN_FIELD" or _is_filled(notice.column, columns, data)]
    minutes = of_minutes(columns.guesses, data)
    columns.notices = [notice for notice in columns.notices if notice.column not in _titles(header, minutes.beside)]
    by_row = "year" in columns.fields
    laid_out = shaped(
        with_units(data, minutes) if minutes.any else data, columns.guesses, fill_down=bool(answers.fill_down), year=year, said_year=answers.year is not None, bare=bare, first=year or _ANY_YEAR,
    )  # fmt: skip
    unsaid = len(bare) > 0 and bool(any(guess.month for guess in columns.guesses)) and year is None and not by_row
    dated = "period" in columns.fields or any(guess.month for guess in columns.guesses)
    own = None if dated else period_said(header.above, facts.sheet or "", year)
    number = None if "contract" in columns.fields else contract_said(header.above, facts.sheet or "")
    unnamed = not columns.fields & {"employer_name", "employer_siret"}
    return SheetRead(
        facts,
        header,
        columns,
        laid_out,
        rows=len(data),
        width=width,
        turned=stood.places if stood else (),
        year=year,
        bare_months=unsaid,
        period=_within(own, period),
        contract=number or "",
        employer=employer_said([cells for at, cells in rows if at < header.line]) if unnamed else {},
        minutes=minutes,
        too_wide=_first_too_wide(data, len(header.titles)) if facts.delimiter else None,
        mixed=mixed_labels(columns.guesses, sample),
        advice=compact_pivot(header.titles)
        or months_down(columns.guesses, sample)
        or no_end_of_month(header.titles)
        or only_full_time(header.titles),
    )


def _seen_standing(facts: Facts, stood: StoodUp) -> Facts:
    """Told to lie; what the author does not see with rows and columns changed over as in the turned table."""
    facts = replace(facts, lies=True)
    hidden = facts.out_of_sight
    if hidden is None:
        return facts
    columns = {place for place, number in enumerate(stood.places) if number in hidden.rows}
    return replace(facts, out_of_sight=Hidden({place + 1 for place in hidden.columns}, columns))


def _are_titles(cells: Sequence[str], header: Header) -> bool:
    """Whether a row is the titles again, at the head of the next block: its cells say nothing of what columns hold."""
    filled = [(cell.strip(), place) for place, cell in enumerate(cells) if cell.strip()]
    return len(filled) > 1 and all(
        place < len(header.titles) and cell == header.titles[place].rpartition(" / ")[2].strip() for cell, place in filled
    )


def _within(own: Period | None, given: str | None) -> str:
    """The sheet's own period; what the sender gave for the whole file stands above one that is not inside it."""
    if own is None:
        return given or ""
    try:
        return str(own) if not given or period_of(given).covers(own) else given
    except NoDate:
        return given or ""


def _titles(header: Header, places: Sequence[int] | None) -> set[str]:
    return {header.titles[place].strip()[:80] for place in places or ()}


def _first_too_wide(rows: Sequence[Row], width: int) -> int | None:
    return next((number for number, cells in rows if len(cells) > width and any(cell.strip() for cell in cells[width:])), None)


def _is_filled(title: str | None, columns: Columns, rows: Sequence[Row]) -> bool:
    """Whether a column that is not read holds anything: nobody misses an empty one."""
    places = [guess.place for guess in columns.guesses if guess.header[:80] == title and not guess.field]
    return any(place < len(cells) and cells[place].strip() for place in places for _, cells in rows) or not places


def _width(rows: Sequence[Row]) -> int:
    return max(len(cells) for _, cells in rows)
