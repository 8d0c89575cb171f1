"""A file of hours, whatever its format and layout, as raw lines for the validator; and what has to be asked about it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from xlsxwriter.utility import xl_col_to_name

from kit.errors import LineError, Refused
from kit.web.filters import plural
from services.ingest.files import days
from services.ingest.files.answers import Answers
from services.ingest.files.coded_sex import CHOICES, coded, decoded, doubt
from services.ingest.files.columns import label_of
from services.ingest.files.csv_text import read_csv
from services.ingest.files.lacking import lacking
from services.ingest.files.putting_in_order import placed, told, without_recaps
from services.ingest.files.questions import Question, questions_of
from services.ingest.files.sheet import SheetRead, sheet_read
from services.ingest.files.table import LARGEST_FILE, Facts, Table, unreadable
from services.ingest.files.workbook import read_xls, read_zipped
from services.ingest.matching.guesses import Guess
from services.ingest.matching.totals import says_total
from services.ingest.rules.coverage import quarter_said
from services.ingest.rules.fields import normalised_header, without_year
from services.ingest.rules.lines import RawLine

_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLE: Final = b"\xd0\xcf\x11\xe0"
NO_ANSWERS: Final = Answers()


@dataclass
class FileOfHours:
    """Lines ready to be checked; `notices` say what stays out and what was put in order; `problems` stand in the way of reading;
    `questions` are left for the author; `facts` say how the file was understood."""

    lines: list[RawLine] = field(default_factory=list)
    notices: list[LineError] = field(default_factory=list)
    problems: list[LineError] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    sheets: list[SheetRead] = field(default_factory=list)
    answers: Answers = NO_ANSWERS

    @property
    def facts(self) -> Facts:
        return self.sheets[0].facts

    @property
    def columns(self) -> list[Guess]:
        """Of the first sheet; the others have the same titles or their own guesses."""
        return self.sheets[0].columns.guesses

    @property
    def layout(self) -> str:
        """What two exports of one program have in common: the SHA-256 of the titles."""
        return _hash(self.sheets[0].header.titles)

    @property
    def series(self) -> str | None:
        """What the exports of one program have in common from one quarter to the next: the SHA-256 of the titles without those of a period or of a
        total that is not read, and without years. None for a table that has no column of a period."""
        rest = [guess.header for guess in self.columns if guess.month is None and (guess.field or not says_total([guess.header]))]
        return _hash(map(without_year, rest)) if rest and len(rest) < len(self.columns) else None

    def place_of(self, line: int) -> tuple[str | None, int]:
        """The sheet (None when there is one) and the row in it that a line's number means."""
        sheet = self._sheet_of(line)
        return (None, line) if len(self.sheets) == 1 else (sheet.facts.sheet, line - sheet.offset)

    def column_of(self, line: int) -> str | None:
        """The column of the author's sheet that a line's number means, where the table lies on its side; None for one that stands."""
        sheet = self._sheet_of(line)
        return xl_col_to_name(max(line - sheet.offset, 1) - 1) if sheet.turned else None

    def _sheet_of(self, line: int) -> SheetRead:
        return max((sheet for sheet in self.sheets if sheet.offset < line), key=lambda sheet: sheet.offset, default=self.sheets[0])


def _hash(titles: Iterable[str]) -> str:
    return hashlib.sha256("\x1f".join(sorted({normalised_header(title) for title in titles if title.strip()})).encode()).hexdigest()


def read_hours(data: bytes, chosen: Mapping[str, str | None] | None = None, period: str | None = None) -> FileOfHours:
    """Read a file by its content, not by its name, with the columns that its sender chose. Raises Refused where it cannot be read."""
    return read(data, Answers(columns=dict(chosen or {})), period)


def read(data: bytes, answers: Answers = NO_ANSWERS, period: str | None = None) -> FileOfHours:
    """`look`, for those who cannot be asked: raises Refused for what stands in the way."""
    found = look(data, answers, period)
    if found.problems:
        first = found.problems[0]
        raise Refused(found.problems, code=first.code, title="Les colonnes du fichier ne conviennent pas", detail=first.message)
    found.notices += [question.doubt for question in found.questions if question.doubt]
    return found


def look(data: bytes, answers: Answers = NO_ANSWERS, period: str | None = None) -> FileOfHours:
    """Read CSV, XLSX, XLS or ODS. A line's number is its row in the file, the header being the row it stands on.

    `period` is that of rows whose file has no such column. Raises Refused for what is no table of hours at all.
    """
    found = FileOfHours(answers=answers)
    offset = 0
    tables = [(table.facts, rows) for table in tables_of(data, answers) if (rows := list(table.filled()))]
    read_sheets = [sheet_read(facts, rows, answers, period) for facts, rows in tables]
    lasts = [max(rows[-1][0], sheet.width if sheet.turned else 0) for sheet, (_, rows) in zip(read_sheets, tables, strict=True)]
    for sheet, last in without_recaps(list(zip(read_sheets, lasts, strict=True))):
        sheet.offset = offset
        found.sheets.append(sheet)
        offset += last
    if not found.sheets:
        raise unreadable("FILE_EMPTY", "Le fichier est vide.")
    _gather(found, answers, period)
    if not found.lines and not found.problems:
        header = found.sheets[0].header
        message = "Le fichier n’a que sa ligne de titres : aucune heure n’est déclarée."
        raise unreadable("FILE_NO_LINES", message, line=header.line)
    return found


def tables_of(data: bytes, answers: Answers = NO_ANSWERS) -> list[Table]:
    """The tables of a file, sheet by sheet. Raises Refused."""
    if len(data) > LARGEST_FILE:
        raise unreadable("FILE_TOO_LARGE", f"Le fichier dépasse {LARGEST_FILE // 1024 // 1024} Mo.", status=413)
    if not data.strip():
        raise unreadable("FILE_EMPTY", "Le fichier est vide.")
    if data.startswith(_OLE):
        return read_xls(data)
    return read_zipped(data) if data.startswith(_ZIP) else [read_csv(data, answers.encoding, answers.delimiter)]


def _gather(found: FileOfHours, answers: Answers, period: str | None) -> None:
    several = len(found.sheets) > 1
    for sheet in found.sheets:
        columns = sheet.columns
        found.notices += [placed(notice, sheet, several=several) for notice in told(sheet, period)]
        lacks = sheet.lacks
        advice = sheet.mixed or (sheet.advice if lacks else None)
        if advice:
            lacks = [LineError(line=sheet.header.line, code="FILE_LAYOUT", message=advice)]
        found.problems += [placed(problem, sheet, several=several) for problem in (*columns.problems, *lacks)]
        for row, cells, titles in sheet.shaped.lines:
            line = row + sheet.offset
            if line not in answers.left_out:
                headers = {**columns.headers, **titles} if titles else columns.headers
                if line in answers.fixes:  # a field that its author adds is named as the others are
                    headers = {**{name: label_of(name) for name in answers.fixes[line]}, **headers}
                _say_once(cells, sheet)
                found.lines.append(_line(line, answers.fixed(line, cells), headers, answers))
    found.problems += [sheet.slipped for sheet in found.sheets if sheet.slipped is not None]
    _read_sexes(found, answers)
    _add_days(found, answers)
    found.questions += questions_of([(s.columns, s.shaped, s.bare_months) for s in found.sheets], found.lines, answers)
    found.questions.sort(key=lambda question: question.name != "year")
    first = found.sheets[0]
    if not (first.advice or first.mixed):
        found.questions[:0] = lacking(first.columns, found.lines, {lack.column for lack in first.lacks}, answers)
    for sheet in found.sheets:
        if sheet.bare_months:
            message = "Les colonnes de mois n’ont pas d’année : indiquez-la (« Janv. 2018 »), ou choisissez l’année du fichier."
            found.problems.append(LineError(line=sheet.header.line, code="FILE_YEAR", message=message, example="2018"))
            break


def _say_once(cells: dict[str, str], sheet: SheetRead) -> None:
    """Put into a line what the sheet says once for all of them and the line does not say."""
    for name, once in (("period", sheet.period), ("contract", sheet.contract)):
        if once and not cells.get(name):
            cells[name] = once
    if sheet.employer and not (cells.get("employer_name") or cells.get("employer_siret")):
        cells.update(sheet.employer)


def _read_sexes(found: FileOfHours, answers: Answers) -> None:
    seen = None if answers.sexes else coded(found.lines)
    if answers.sexes or seen:
        found.lines = decoded(found.lines, answers.sexes)
    if seen:
        example = f"ligne {seen.line} : {seen.values['sex']}"
        text = f"La colonne « {seen.columns.get('sex', 'Sexe')[:60]} » contient 1 et 2. 1 est-il un homme, 2 une femme ?"
        found.questions.append(Question("sexes", text, CHOICES, "1M", example, doubt=doubt(seen)))


def _add_days(found: FileOfHours, answers: Answers) -> None:
    seen = None if answers.days == "no" else days.of_days(found.lines) or _week_without_year(found, answers)
    if seen is None:
        return
    if answers.days == "sum":
        sums = {
            row + sheet.offset for sheet in found.sheets for row, cells, _ in sheet.shaped.lines if days.are_hours(cells.get("hours", ""))
        }
        corrected = {line for line, fixed in answers.fixes.items() if "hours" in fixed and line in sums}  # their author saw the sum
        read, found.lines = len(found.lines), days.added(found.lines, corrected)
        message = (
            f"{read} lignes de jours ou de semaines sont additionnées par mois : {plural(len(found.lines), 'ligne', 'lignes')} d’heures."
        )
        found.notices.append(LineError(line=found.sheets[0].header.line, code="DAYS_ADDED", severity="info", message=message))
        return
    text = "Vos lignes sont celles d’un jour ou d’une semaine, et les heures se déclarent par mois. Faut-il les additionner ?"
    when = seen.values.get("period") or seen.columns.get("hours", "")
    found.questions.append(Question("days", text, days.CHOICES, "sum", f"ligne {seen.line} : {when}"))


def _week_without_year(found: FileOfHours, answers: Answers) -> RawLine | None:
    """A line of a table of weeks whose year is asked in the same moment: whether to add up does not wait for it."""
    if answers.days or not any(sheet.shaped.spans == "semaines" and (sheet.bare_months or sheet.shaped.undated) for sheet in found.sheets):
        return None
    return next(iter(found.lines), None)


def _line(line: int, values: dict[str, str], headers: Mapping[str, str], answers: Answers) -> RawLine:
    if answers.hours_are == "cumulated" and "hours" in values:
        values["hours_cumulated"] = values.pop("hours")
        headers = {**headers, "hours_cumulated": headers.get("hours", "hours")}
    if answers.hours_are == "quarter":
        values["period"] = quarter_said(values.get("period", ""))
    return RawLine(line, values, headers)
