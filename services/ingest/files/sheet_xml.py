"""A worksheet's XML with other styles on some cells and a few cells more; every other byte of it passes through as it came.

The rows are cut apart by their tags as spreadsheets write them. What no program writes (comments or CDATA in the sheet, another encoding)
is refused with `Unusual` rather than guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Final
from xml.sax.saxutils import escape

from services.ingest.files.marks import WIDTH, SheetMarks

_CHUNK: Final = 1 << 20
_ROOT: Final = re.compile(rb"<(\w+:)?worksheet[\s>]")
_LETTERS: Final = re.compile(rb"([A-Z]{1,3})(\d{1,7})")
_ESCAPED: Final = re.compile(r"_x(?=[0-9A-Fa-f]{4}_)")
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_AFTER_LEGACY: Final = ("legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst")
"""What follows the reference to the comments' shapes, in the order of the standard."""


class Unusual(Exception):
    """Written in a way that no spreadsheet program writes: not to be patched."""


@dataclass
class Patch:
    """What to do to one sheet. `style_of(old, severity)` gives the style's number with the colour of the severity; `legacy` is the
    relation to the comments' shapes where the sheet has none yet."""

    marks: SheetMarks
    style_of: Callable[[int, str], int]
    legacy: str | None = None


def patched(stream: IO[bytes], patch: Patch) -> Iterator[bytes]:
    """The sheet's XML in pieces. Raises Unusual."""
    head, prefix, rest = _head(stream)
    yield _with_column(head, prefix, patch.marks.column)
    editor = _Rows(prefix, patch)
    for piece in _pieces(stream, rest, b"<" + prefix + b"row"):
        if b"<!" in piece:
            raise Unusual("markup declarations in a sheet")
        yield from editor.edited(piece)
    yield _with_legacy(editor.tail(), prefix, patch.legacy)


def _head(stream: IO[bytes]) -> tuple[bytes, bytes, bytes]:
    """Everything up to and with « <sheetData> », the prefix of its namespace, and what was read beyond."""
    text = b""
    while chunk := stream.read(_CHUNK):
        text += chunk
        root = _ROOT.search(text)
        if root is None:
            break
        prefix = root[1] or b""
        start = text.find(b"<" + prefix + b"sheetData")
        end = text.find(b">", start)
        if start >= 0 and end >= 0:
            if text[end - 1 : end] == b"/" or b"<!" in text[:end] or _other_encoding(text[:200]):
                break
            return text[: end + 1], prefix, text[end + 1 :]
        if len(text) > 64 * _CHUNK:
            break
    raise Unusual("no table of rows")


def _other_encoding(start: bytes) -> bool:
    found = re.search(rb"""encoding\s*=\s*["']([\w-]+)""", start)
    return not start.lstrip(b"\xef\xbb\xbf").startswith(b"<") or (found is not None and found[1].lower() not in {b"utf-8", b"us-ascii"})


def _pieces(stream: IO[bytes], rest: bytes, tag: bytes) -> Iterator[bytes]:
    """The rest of the sheet, cut where a row begins."""
    while chunk := stream.read(_CHUNK):
        text = rest + chunk
        cut = text.rfind(tag)
        if cut <= 0:
            rest = text
            continue
        yield text[:cut]
        rest = text[cut:]
    yield rest


class _Rows:
    """Goes through the rows in their order; untouched ones are handed on together."""

    def __init__(self, prefix: bytes, patch: Patch) -> None:
        self._prefix, self._patch, self._marks = prefix, patch, patch.marks
        self._row = re.compile(rb"<" + prefix + rb"row(\s[^>]*?)?(/?)>")
        self._cell = re.compile(rb"<" + prefix + rb"c(\s[^>]*?)?(?:/>|>(.*?)</" + prefix + rb"c\s*>)", re.DOTALL)
        self._end = b"</" + prefix + b"row>"
        self._last = 0
        self._wanted = sorted(self._marks.rows, reverse=True)
        self._behind = b""
        self._tail = b""

    def edited(self, piece: bytes) -> Iterator[bytes]:
        done = 0
        for found in self._row.finditer(piece):
            number = _number(found[1] or b"") or self._last + 1
            self._last = number
            if not self._wanted or number < self._wanted[-1]:
                continue
            if number != self._wanted.pop():
                raise Unusual("rows out of order")
            end = found.end() if found[2] else piece.find(self._end, found.end()) + len(self._end)
            if end < found.end():
                raise Unusual("a row without an end")
            yield piece[done : found.start()]
            yield self._edit(number, found, piece[found.end() : end - len(self._end)] if not found[2] else b"")
            done = end
        rest = piece[done:]
        closing = rest.find(b"</" + self._prefix + b"sheetData")
        if closing < 0:
            yield rest
            return
        yield rest[:closing]
        self._tail = rest[closing:]

    def tail(self) -> bytes:
        if self._wanted or not self._tail:
            raise Unusual("a marked row is not in the sheet")
        return self._tail

    def _edit(self, number: int, row: re.Match[bytes], content: bytes) -> bytes:
        attributes = re.sub(rb"""\sspans\s*=\s*(["'])[^"']*\1""", b"", row[1] or b"")
        cells = self._cells(number, content)
        styles: Mapping[int, int] = {place: _style(start) for place, (start, _, _) in cells.items()}
        for place, mark in self._marks.cells.get(number, {}).items():
            start, inner, whole = cells.get(place, (b"", None, b""))
            style = self._patch.style_of(styles.get(place, 0), mark.severity)
            cells[place] = (start, inner, self._restyled(number, place, whole, start, style))
        for place, text in self._marks.texts_of(number):
            style = max((styles[known] for known in styles if known == place - 1), default=0) if number == self._marks.header else 0
            cells[place] = (b"", None, self._text_cell(number, place, text, style))
        inside = b"".join(whole for _, (_, _, whole) in sorted(cells.items()))
        return b"<" + self._prefix + b"row" + attributes + b">" + inside + self._behind + self._end

    def _cells(self, number: int, content: bytes) -> dict[int, tuple[bytes, bytes | None, bytes]]:
        """Column → its attributes, content and whole text."""
        found: dict[int, tuple[bytes, bytes | None, bytes]] = {}
        place = at = 0
        for cell in self._cell.finditer(content):
            if content[at : cell.start()].strip():
                raise Unusual("something between the cells")
            reference = _LETTERS.search(_attribute(cell[1] or b"", b"r") or b"")
            place = _column(reference[1]) if reference else place + 1
            found[place] = (cell[1] or b"", cell[2], cell[0])
            at = cell.end()
        self._behind = content[at:]
        if self._behind.strip() and not self._behind.lstrip().startswith(b"<" + self._prefix + b"extLst"):
            raise Unusual(f"something behind the cells of row {number}")
        return found

    def _restyled(self, number: int, place: int, whole: bytes, start: bytes, style: int) -> bytes:
        name = b"<" + self._prefix + b"c"
        said = b' s="%d"' % style
        if not whole:
            return name + b' r="%s%d"' % (letters(place).encode(), number) + said + b"/>"
        bare = re.sub(rb"""\ss\s*=\s*(["'])[^"']*\1""", b"", start)
        return name + bare + said + whole[len(name) + len(start) :]

    def _text_cell(self, number: int, place: int, text: str, style: int) -> bytes:
        p = self._prefix.decode()
        said = xml_text(text)
        cell = (
            f'<{p}c r="{letters(place)}{number}" s="{style}" t="inlineStr"><{p}is><{p}t xml:space="preserve">{said}</{p}t></{p}is></{p}c>'
        )
        return cell.encode()


def _with_column(head: bytes, prefix: bytes, column: int) -> bytes:
    """The head with the sheet's extent and the width of the new column."""
    head = re.sub(
        rb"(<" + prefix + rb"""dimension\s[^>]*?ref\s*=\s*["'][A-Z]{1,3}\d+)(?::([A-Z]{1,3})(\d+))?""",
        lambda found: found[1] + b":" + letters(max(column, _column(found[2] or b"A"))).encode() + (found[3] or b"1"),
        head,
    )
    said = b"<" + prefix + b'col min="%d" max="%d" width="%d" customWidth="1"/>' % (column, column, WIDTH)
    end = head.find(b"</" + prefix + b"cols>")
    if end >= 0:
        widest = max(map(int, re.findall(rb"""\smax\s*=\s*["'](\d+)""", head[head.find(b"<" + prefix + b"cols") : end])), default=0)
        return head if widest >= column else head[:end] + said + head[end:]
    cut = head.rfind(b"<" + prefix + b"sheetData")
    return head[:cut] + b"<" + prefix + b"cols>" + said + b"</" + prefix + b"cols>" + head[cut:]


def _with_legacy(tail: bytes, prefix: bytes, relation: str | None) -> bytes:
    if relation is None:
        return tail
    said = b"<" + prefix + f'legacyDrawing xmlns:macs="{_RELATIONS}" macs:id="{relation}"/>'.encode()
    places = [tail.find(b"<" + prefix + name.encode()) for name in _AFTER_LEGACY]
    cut = min([place for place in places if place >= 0], default=tail.rfind(b"</" + prefix + b"worksheet"))
    if cut < 0:
        raise Unusual("a sheet without an end")
    return tail[:cut] + said + tail[cut:]


def xml_text(text: str) -> str:
    """A text as the content of an element of a workbook: escaped twice where a spreadsheet would read « _x0041_ » as a letter."""
    return escape(_ESCAPED.sub("_x005F_x", _CONTROL.sub("\ufffd", text)))


def letters(column: int) -> str:
    """A, …, Z, AA, … of a column counted from 1."""
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def _column(named: bytes) -> int:
    number = 0
    for letter in named:
        number = number * 26 + letter - 64
    return number


def _attribute(attributes: bytes, name: bytes) -> bytes | None:
    found = re.search(rb"(?:^|\s)" + name + rb"""\s*=\s*["']([^"']*)["']""", attributes)
    return found[1] if found else None


def _number(attributes: bytes) -> int:
    found = _attribute(attributes, b"r")
    return int(found) if found and found.isdigit() else 0


def _style(attributes: bytes) -> int:
    found = _attribute(attributes, b"s")
    return int(found) if found and found.isdigit() else 0
