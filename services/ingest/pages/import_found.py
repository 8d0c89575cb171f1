"""What there is to say about a file of hours, as the import page shows it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from fastapi import Request, Response

from kit.errors import LineError
from kit.identity import Caller
from kit.service import Runtime
from kit.web.filters import period
from kit.web.render import page
from services.ingest import by_two
from services.ingest.access import declarant_of
from services.ingest.files.answers import Answers
from services.ingest.files.columns import HELPERS, label_of
from services.ingest.files.csv_text import ENCODINGS, NAMES_OF_DELIMITERS
from services.ingest.files.questions import Question
from services.ingest.files.reading import FileOfHours, look
from services.ingest.intake import Intake
from services.ingest.matching.guesses import Guess
from services.ingest.pages.import_given import given
from services.ingest.pages.prolonging import prolonging
from services.ingest.pages.wording import beside
from services.ingest.replacing import MEMBER, replacing_of
from services.ingest.rules.durations import are_minutes
from services.ingest.rules.fields import BY_NAME, FIELDS, IDENTITY
from services.ingest.store.differences import repeated
from services.ingest.store.same_file import received_before
from services.ingest.store.spool import Waiting

SHOWN_ERRORS: Final = 100
_ONCE: Final = ("contract", "period", "hours", "hours_cumulated")
PREVIEWED: Final = 5
_RANK: Final = {"blocking": 0, "check": 1, "info": 2}


@dataclass
class Review:
    """A file under examination. `errors` are sorted, the blocking first; `good` and `blocked` count lines."""

    name: str
    answers: Mapping[str, Any] = field(default_factory=dict)
    file_id: UUID | None = None
    read: FileOfHours | None = None
    intake: Intake | None = None
    errors: Sequence[LineError] = ()
    good: int = 0
    blocked: int = 0
    hours: int = 0
    """Centi-hours of the good lines."""
    contracts: int = 0
    earlier: Mapping[str, Any] | None = None
    """The filing that the same file already made."""
    repeated: int = 0
    """Good lines that were declared before and still stand."""
    unreadable: bool = False
    status: int = 200
    only_blocking: bool = False
    """Whether the page shows the blocking findings alone."""

    @property
    def encoding_asked(self) -> bool:
        """Whether nothing but the author's word on the encoding is missing."""
        return self.unreadable and any(error.code == "FILE_ENCODING" for error in self.errors)

    @property
    def is_example(self) -> bool:
        """Whether lines of our example are still in it."""
        return any(error.code == "EXAMPLE_LINES" for error in self.errors)

    @property
    def mode(self) -> str:
        return str(self.answers.get("mode", "all"))

    @property
    def given(self) -> list[str]:
        return given(self.answers) if self.read else []

    @property
    def questions(self) -> list[Question]:
        return self.read.questions if self.read else []

    @property
    def columns(self) -> list[Guess]:
        return self.read.columns if self.read else []

    @property
    def stopped(self) -> bool:
        """Whether it cannot be sent as it stands."""
        no_table = self.unreadable or self.read is None or bool(self.read.problems)
        return no_table or (self.blocked > 0 and (self.mode == "all" or self.good == 0))

    def cell(self, line: int, name: str) -> str:
        """What the file says there, corrections included; empty for nothing. `hours@2026-03` is the cell of that period."""
        field, _, period = name.partition("@")
        for known in self.read.lines if self.read else ():
            if known.line == line and (not period or known.values.get("period") == period):
                return str(known.values.get(field) or known.values.get("hours_cumulated" if field == "hours" else field) or "")
        return ""

    def missing_as(self, line: int, field: str) -> list[int]:
        """The lines that lack the field as this one does."""
        fields = self._fields()
        lacking = {
            error.line: error.code for error in self.errors if error.line and not error.value and fields.get((None, error.column)) == field
        }
        return [other for other, code in lacking.items() if code == lacking.get(line)] or [line]

    def too_long(self) -> list[tuple[str, str]]:
        """(line, field) of the hours that no month can hold, unless they are a cumul or said to be minutes."""
        if self.answers.get("hours_are") == "cumulated":
            return []
        fields = self._fields()
        found = [
            error for error in self.errors if error.code == "V08" and error.severity == "blocking" and not are_minutes(error.value or "")
        ]
        return [(str(error.line), fields.get((error.line, error.column), fields.get((None, error.column), "hours"))) for error in found]

    def findings(self) -> list[dict[str, Any]]:
        """One entry for each thing to look at, with its place in the sheet and, where a cell can be corrected here, its field."""
        field_of = self._fields()
        alike, too_long, aside = _counted(self.errors), dict(self.too_long()), set(self.answers.get("aside") or ())
        found = []
        for error in self._shown[:SHOWN_ERRORS]:
            name = field_of.get((error.line, error.column), field_of.get((None, error.column)))
            sheet, row = self.read.place_of(error.line) if self.read and error.line else (None, error.line)
            column = self.read.column_of(error.line) if self.read and error.line else None
            mends = (
                self.file_id is not None
                and error.severity != "info"
                and name is not None
                and name not in IDENTITY
                and error.line is not None
            )
            found.append({
                "prolong": prolonging(error, self.cell(error.line, "contract") if error.line else "", f"/declarer/import/{self.file_id}"),
                "proposed": error.example if error.code == "V12" else None, "too_long": error.code == "V08" and error.severity == "blocking" and str(error.line) in too_long,
                "others_too_long": len(too_long) - 1, "aside": error.severity == "blocking" and error.line in aside,
                "error": error, "sheet": sheet, "row": row, "place": f"colonne {column}" if column else f"ligne {row}", "column": column, "title": self._title(error.column), "sentence": beside(error), "field": name if mends else None,
                "alike": alike.get((error.code, error.column, error.value), 1),
            })  # fmt: skip
        return found

    def _title(self, column: str | None) -> str | None:
        """As the file has it; a field that no column gives by its label."""
        return column if column is None or any(guess.header == column for guess in self.columns) else label_of(column)

    @property
    def _shown(self) -> Sequence[LineError]:
        return [error for error in self.errors if error.severity == "blocking"] if self.only_blocking else self.errors

    @property
    def more(self) -> int:
        """Findings that the page leaves to the annotated workbook."""
        return max(0, len(self._shown) - SHOWN_ERRORS)

    def _fields(self) -> dict[tuple[int | None, str | None], str]:
        """The field of each title; of a line and title where the title is a period."""
        found: dict[tuple[int | None, str | None], str] = {(None, called): name for name in BY_NAME for called in (name, label_of(name))}
        found |= {(None, guess.header): guess.field for guess in self.columns if guess.field and not guess.month}
        months = {guess.header: guess.field for guess in self.columns if guess.month and not guess.week}
        if months:
            for line in self.read.lines if self.read else ():
                title = line.columns.get("hours_cumulated", line.columns.get("hours"))
                if title in months:
                    found[line.line, title] = f"{months[title]}@{line.values.get('period')}"
        return found

    @property
    def previewed(self) -> list[str]:
        """The fields of the preview: those of columns, then what is said once above or over the hours: contract, period, hours."""
        lines = (self.read.lines if self.read else [])[:PREVIEWED]
        names = [guess.field for guess in self.columns if guess.field and guess.month is None]
        return names + [name for name in _ONCE if name not in names and any(line.values.get(name) for line in lines)]

    def preview(self) -> list[list[str]]:
        """The first lines as they will be taken, identity masked."""
        rows = []
        for line in (self.read.lines if self.read else [])[:PREVIEWED]:
            cells = [(name, str(line.values.get(name) or "")) for name in self.previewed]
            rows.append(
                [
                    f"{cell[:1]}•••••" if name in IDENTITY and cell else period(cell[:40]) if name == "period" else cell[:40]
                    for name, cell in cells
                ]
            )
        return rows


def _counted(errors: Sequence[LineError]) -> dict[tuple[str, str | None, str | None], int]:
    found: dict[tuple[str, str | None, str | None], int] = {}
    for error in errors:
        key = (error.code, error.column, error.value)
        found[key] = found.get(key, 0) + 1
    return found


async def found_in(
    runtime: Runtime, caller: Caller, name: str, data: bytes, answers: Mapping[str, Any], file_id: UUID | None = None
) -> Review:
    """Read and check a file with the answers so far. Raises Refused for what is no table of hours at all."""
    declarant = declarant_of(caller)
    by_two.prepare(len(data))
    read = await asyncio.to_thread(look, data, Answers.of(answers))
    review = Review(name, answers, file_id, read)
    sha256 = hashlib.sha256(data).hexdigest()
    replacing = replacing_of(answers.get(MEMBER))
    review.intake = Intake(runtime, declarant, caller.id, "file", read.lines, mode=review.mode, sha256=sha256, replacing=replacing)
    told = [*read.problems, *read.notices]
    async with runtime.pool.acquire() as connection:
        if not read.problems:
            checked = await review.intake.check(connection)
            told += checked.errors
            review.good, review.blocked = len(checked.values), len(checked.blocked)
            review.hours = sum(value.centihours for value in checked.values)
            review.contracts = len({value.contract_uid for value in checked.values})
            review.repeated = await repeated(connection, checked.values)
        review.earlier = await received_before(connection, caller.organisation, sha256)
    review.errors = sorted(told, key=lambda error: (_RANK[error.severity], error.line or 0))
    return review


def shown(
    request: Request, review: Review | None = None, *, missing: bool = False, status_code: int = 200, refused: bool = False,
    waiting: Sequence[Waiting] = (),
) -> Response:  # fmt: skip
    """The import page: a file under examination, or none yet and those that wait."""
    choices = [(name, label_of(name)) for name in [*(field.name for field in FIELDS), *HELPERS]]
    return page(
        request,
        "declarer_import.html",
        status_code=review.status if review and review.status != 200 else status_code,
        review=review,
        findings=review.findings() if review else [],
        more=review.more if review else 0,
        encodings=[(name, name) for name in ENCODINGS],
        delimiters=[(name, name) for name in NAMES_OF_DELIMITERS],
        delimiter=next(
            (name for name, sign in NAMES_OF_DELIMITERS.items() if review and review.read and sign == review.read.facts.delimiter), ""
        ),
        choices=[("", "ne pas importer"), *choices],
        label_of=label_of,
        missing=missing,
        refused=refused,
        waiting=waiting,
    )
