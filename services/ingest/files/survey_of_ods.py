"""An OpenDocument sheet as its own text says it: hidden rows and columns, cells in error, numbers that are shown otherwise than they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any, Final

from services.ingest.files.ods_styles import Styles
from services.ingest.files.shown_units import MONEY, PERCENT, Shown
from services.ingest.files.survey import Sheet, error_said
from services.ingest.files.table import unreadable

_TAG: Final = re.compile(
    rb"""<table:(table|table-row|table-column|table-cell|covered-table-cell)(?=[\s/>])([^>"]*(?:"[^"]*"[^>"]*)*)>"""
    rb"""(?:\s*<text:p>\s*(#[^<]{2,12}|Err:\d{3})\s*</text:p>)?"""
)
_REPEATED: Final = re.compile(rb"\btable:number-(?:rows|columns)-repeated\s*=\s*[\"'](\d{1,7})[\"']")
_UNSEEN: Final = re.compile(rb"\btable:visibility\s*=\s*[\"'](?:filter|collapse)[\"']")
_NAME: Final = re.compile(rb"\btable:name\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_STYLE: Final = re.compile(rb"\btable:style-name\s*=\s*[\"']([^\"']*)[\"']")
_DEFAULT: Final = re.compile(rb"\btable:default-cell-style-name\s*=\s*[\"']([^\"']*)[\"']")
_NUMBER: Final = re.compile(rb"\boffice:value-type\s*=\s*[\"'](float|percentage|currency)[\"']")
_ERROR: Final = re.compile(rb"\bcalcext:value-type\s*=\s*[\"']error[\"']")
_MOST: Final = 100_000
"""Rows or columns that one tag may stand for: a sheet's end is often one blank row repeated a million times."""
_MOST_CELLS: Final = 1_000_000
"""Cells shown otherwise, or in error, that a document may have."""
_MOST_HEAD: Final = 16 * 1024 * 1024
_MOST_KNOWN: Final = 1_000
_LONG: Final = 4 * 1024 * 1024


def surveyed_ods(content: Iterable[bytes], styles: Iterable[bytes]) -> dict[str, Sheet]:
    """What each sheet says, by its name. `content` and `styles` are these parts of the document, in pieces that begin at a tag.

    Raises Refused for more cells of this kind than any table has."""
    pieces = iter(content)
    head = _head(pieces)
    shown = Styles(_head(iter(styles)), head)
    found: dict[str, Sheet] = {}
    here = _Here(Sheet(), shown)
    for text in _whole(head, pieces):
        for tag in _TAG.finditer(text):
            if tag[1] == b"table":
                name = _NAME.search(tag[2])
                said = unescape((name[1] or name[2] or b"").decode("utf-8", "replace")) if name else ""
                here = _Here(found.setdefault(said, Sheet()), shown)
            else:
                here.take(tag[1], tag[2], tag[3])
    return found


def _head(pieces: Iterator[bytes]) -> bytes:
    """All before the sheets, with what comes in the same piece; all of a part without any."""
    head = b""
    for piece in pieces:
        head += piece
        if b"<office:body" in piece or len(head) > _MOST_HEAD:
            break
    return head


def _whole(head: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Pieces that begin at a tag of the table, so that a cell keeps the text behind it."""
    rest = head
    for piece in pieces:
        cut = rest.rfind(b"<table:")
        if cut > 0 or len(rest) > _LONG:
            cut = cut if cut > 0 else len(rest)
            yield rest[:cut]
            rest = rest[cut:]
        rest += piece
    yield rest


def _times(said: bytes) -> int:
    again = _REPEATED.search(said) if b"repeated" in said else None
    return int(again[1]) if again else 1


class _Here:
    """Where in a sheet its text has come to."""

    def __init__(self, sheet: Sheet, styles: Styles) -> None:
        self._sheet = sheet
        self._styles = styles
        self._rows = range(1, 1)
        self._column = 0
        self._row_style = b""
        self._columns: list[tuple[int, bytes]] = []
        """For each run of columns the one behind its last, and the style of cells that name none."""
        self._of: dict[bytes, Shown] = {}
        self._known: dict[bytes, tuple[int, Shown | None]] = {}
        """What cells of numbers came to, by all that they say before their number: a column's cells mostly say the same."""

    def take(self, kind: bytes, said: bytes, text: bytes) -> None:
        """The next tag: a run of columns, of rows, or of cells, with the text of one that shows an error."""
        if kind == b"table-row":
            self._begin(said, _times(said))
        elif kind == b"table-column":
            self._declare(said, _times(said))
        else:
            count, shown = self._cells(said, text)
            if shown:
                self._each(self._sheet.units, shown, count)
            self._column += count

    def _cells(self, said: bytes, text: bytes) -> tuple[int, Shown | None]:
        head, _, value = said.partition(b"office:value=")
        says_all = not text and value.count(b"=") == value.count(b'calcext:value-type="float"')
        known = self._known.get(head) if says_all else None
        if known is None:
            count = _times(said)
            known = count, self._note(said, text, count) if text or b"value-type" in said else None
            if says_all and len(self._known) < _MOST_KNOWN and (_STYLE.search(head) or not _NUMBER.search(head)):
                self._known[head] = known
        return known

    def _begin(self, said: bytes, count: int) -> None:
        first = self._rows.stop
        self._rows, self._column = range(first, first + count), 0
        default = _DEFAULT.search(said)
        self._row_style = default[1] if default else b""
        if count < _MOST and _UNSEEN.search(said):
            self._sheet.hidden.rows |= set(self._rows)

    def _declare(self, said: bytes, count: int) -> None:
        first = self._columns[-1][0] if self._columns else 0
        default = _DEFAULT.search(said)
        self._columns.append((first + count, default[1] if default else b""))
        if count < _MOST and _UNSEEN.search(said):
            self._sheet.hidden.columns |= set(range(first, first + count))

    def _note(self, said: bytes, text: bytes, count: int) -> Shown | None:
        """What the cell's number is shown as, where it is otherwise; an error is noted."""
        if _ERROR.search(said) or (text and b"table:formula" in said):
            self._each(self._sheet.errors, error_said(text.decode("utf-8", "replace")), count)
            return None
        number = _NUMBER.search(said)
        if number is None:
            return None
        shown = self._shown(said)
        if shown or number[1] == b"float":
            return shown or None
        return PERCENT if number[1] == b"percentage" else MONEY

    def _shown(self, said: bytes) -> Shown:
        named = _STYLE.search(said)
        style = named[1] if named else self._row_style or next((known for end, known in self._columns if self._column < end), b"")
        if style not in self._of:
            self._of[style] = self._styles.of(style)
        return self._of[style]

    def _each(self, found: dict[tuple[int, int], Any], said: Any, count: int) -> None:
        if len(found) + len(self._rows) * count > _MOST_CELLS:
            raise unreadable(
                "FILE_ROWS", "La feuille a trop de cellules : gardez les colonnes utiles, ou envoyez le fichier en plusieurs fois."
            )
        for row in self._rows:
            for place in range(self._column + 1, self._column + count + 1):
                found[row, place] = said
