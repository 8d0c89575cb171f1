"""A table of text cells, and what was found out about the file that held it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from kit.errors import LineError, Refused
from services.ingest.files.hidden import Hidden
from services.ingest.matching.headers import Row

LARGEST_FILE: Final = 25 * 1024 * 1024
MOST_ROWS: Final = 100_000
MOST_COLUMNS: Final = 500


@dataclass(frozen=True)
class Facts:
    """How the file was understood, to be shown so that a wrong guess is seen."""

    format: str
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    macros: bool = False
    hidden: tuple[str, ...] = ()
    """Hidden sheets: they hold lists and last year's figures, and are not read."""
    unread: tuple[str, ...] = ()
    """Visible sheets that hold rows of figures, but no titles that we know."""
    recaps: tuple[str, ...] = ()
    """Sheets that sum the others up, left unread."""
    out_of_sight: Hidden | None = None
    """Rows and columns of the sheet that its author hides or filters; None where the format does not say. They are read as the others."""
    lies: bool = False
    """Whether the sheet's table lies on its side, and was read turned."""

    @property
    def sentence(self) -> str:
        parts = [self.format]
        if self.sheet:
            parts.append(f"feuille « {self.sheet} »")
        if self.encoding:
            parts.append(self.encoding)
        if self.delimiter:
            parts.append("tabulation" if self.delimiter == "\t" else f"séparateur « {self.delimiter} »")
        if self.lies:
            parts.append("tableau couché, lu retourné : la ligne 2 est la colonne B de votre tableur, et ainsi de suite")
        return ", ".join(parts)


@dataclass(frozen=True)
class Table:
    facts: Facts
    rows: Sequence[Row]

    def filled(self) -> Iterator[Row]:
        """Rows with at least one cell that is not blank."""
        return ((number, cells) for number, cells in self.rows if is_filled(cells))


def is_filled(cells: Sequence[str]) -> bool:
    """Whether one of the cells is not blank."""
    text = "".join(cells)
    return text != "" and not text.isspace()


def unreadable(
    code: str, message: str, *, line: int | None = 1, column: str | None = None, value: str | None = None, status: int = 422
) -> Refused:
    """The whole file cannot be read: one finding, on the header's row where there is no better place."""
    error = LineError(line=line, column=column, code=code, severity="blocking", value=value, message=message)
    return Refused([error], code=code, title="Le fichier ne peut pas être lu", status=status, detail=message)
