"""CSV as French spreadsheets write it: `;` and Windows-1252 as often as `,` and UTF-8."""

from __future__ import annotations

import codecs
import csv
import io
import re
from typing import Final

from services.ingest.files import kinds
from services.ingest.files.table import MOST_COLUMNS, MOST_ROWS, Facts, Table, is_filled, unreadable
from services.ingest.rules.fields import field_of

DELIMITERS: Final = (";", ",", "\t", "|")
NAMES_OF_DELIMITERS: Final = {"point-virgule": ";", "virgule": ",", "tabulation": "\t", "barre verticale": "|"}
_BYTE_ORDER: Final = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_ROW_LIKE: Final = 3
"""Separators that make a line inside a cell look like a row."""
_WHOLE: Final = re.compile(r"^(\d{1,15})\.0$", re.ASCII)
"""What programs of statistics make of whole numbers in a column with blanks: a year, a SIRET, an identifier."""
_LONGEST_CELL: Final = 32_768
"""What a spreadsheet's cell can hold."""
ENCODINGS: Final = {"UTF-8": "utf-8-sig", "Windows-1252": "cp1252", "UTF-16": "utf-16", "Mac Roman": "mac-roman", "IBM 850": "cp850"}
"""What an author may say instead of our guess: what French spreadsheets and older software write."""
_OLDER: Final = ("Windows-1252", "Mac Roman", "IBM 850")
_HEAD: Final = 20_000


def read_csv(data: bytes, encoding: str = "", delimiter: str = "") -> Table:
    """The table of a CSV file, with the encoding (a name of ENCODINGS) and delimiter that its author gave, else the guessed ones.

    Raises Refused for bytes that are no text, and for more rows, columns or text in a cell than a table has.
    """
    text, encoding = _strictly(data, ENCODINGS[encoding], encoding) if encoding in ENCODINGS else decoded(data)
    if said := kinds.of_text(text):
        raise unreadable("FILE_FORMAT", said)
    delimiter = delimiter if delimiter in DELIMITERS else delimiter_of(text)
    rows: list[tuple[int, list[str]]] = []
    quoted, pointed = '"' in text, ".0" in text
    csv.field_size_limit(_LONGEST_CELL)
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), start=1):
            if len(cells) > MOST_COLUMNS:
                raise unreadable("FILE_COLUMNS", f"Ligne {number} : {len(cells)} colonnes, {MOST_COLUMNS} au plus.", line=number)
            if is_filled(cells):
                bare = list(map(_bare, cells)) if quoted else cells
                rows.append((number, [_WHOLE.sub(r"\1", cell) if cell.endswith(".0") else cell for cell in bare] if pointed else bare))
                if quoted:
                    _closed(number, cells, delimiter)
            if len(rows) > MOST_ROWS:
                raise unreadable("FILE_ROWS", f"Le fichier dépasse {MOST_ROWS} lignes : envoyez-le en plusieurs fois.", line=number)
    except csv.Error:
        message = f"Une cellule dépasse {_LONGEST_CELL} caractères : un guillemet n’est sans doute pas refermé."
        raise unreadable("FILE_CELL", message, line=len(rows) + 1) from None
    return Table(Facts("CSV", encoding, delimiter), _unwrapped(rows, delimiter) if quoted else rows)


def _unwrapped(rows: list[tuple[int, list[str]]], delimiter: str) -> list[tuple[int, list[str]]]:
    """Rows that an export put whole into quotation marks, each, as the rows that they hold."""
    if not all(len(cells) == 1 and delimiter in cells[0] for _, cells in rows):
        return rows
    held = [list(csv.reader(io.StringIO(cells[0], newline=""), delimiter=delimiter)) for _, cells in rows]
    one_each = all(len(inside) == 1 for inside in held)
    return [(number, inside[0]) for (number, _), inside in zip(rows, held, strict=True)] if one_each else rows


def _bare(cell: str) -> str:
    """`="00012"` is how exports keep a spreadsheet from taking the zeros off."""
    return cell[2:-1] if cell.startswith('="') and cell.endswith('"') else cell


def _closed(number: int, cells: list[str], delimiter: str) -> None:
    """Raises Refused where a quotation mark that is never closed has made one cell of several rows: their hours would be gone."""
    for cell in cells:
        if "\n" in cell and any(line.count(delimiter) >= _ROW_LIKE for line in cell.splitlines()[1:]):
            message = f"Ligne {number} : un guillemet n’est pas refermé, les lignes suivantes tiennent dans une seule cellule. Refermez-le, ou ôtez-le."
            raise unreadable("FILE_QUOTE", message, line=number)


def decoded(data: bytes) -> tuple[str, str]:
    """A byte order mark decides, else strict UTF-8, else the one of three older encodings under which the titles are ours, Windows-1252 where
    that says nothing. Statistical guesses took cp1252 files for Mac and for Chinese."""
    wide = _wide(data)
    if wide:
        return _strictly(data, wide, "UTF-16")
    if _is_binary(data):
        raise unreadable("FILE_FORMAT", kinds.of_bytes(data) or kinds.NO_TEXT)
    for mark, codec, name in _BYTE_ORDER:
        if data.startswith(mark):
            return _strictly(data, codec, name)
    try:
        return data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        name = max(_OLDER, key=lambda name: _titles_in(data[:_HEAD].decode(ENCODINGS[name], "replace")))
        return _strictly(data, ENCODINGS[name], name)


def _titles_in(text: str) -> int:
    return max(_named(text, delimiter) for delimiter in DELIMITERS)


def _strictly(data: bytes, codec: str, name: str) -> tuple[str, str]:
    try:
        return data.decode(codec), name
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        said = "n’est ni en UTF-8 ni en Windows-1252" if codec == "cp1252" else f"n’est pas en {name}"
        message = f"Ligne {line} : le texte {said}. Choisissez son encodage, ou, dans votre tableur, enregistrez sous « CSV UTF-8 »."
        raise unreadable("FILE_ENCODING", message, line=line) from None


def _wide(data: bytes) -> str | None:
    """UTF-16 without its mark, as some exports write it: zeros at every second place, at the others none."""
    head = data[: _HEAD - _HEAD % 2]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or len(head) < 4 or min(even, odd) > 0:
        return None
    return {True: "utf-16-le", False: "utf-16-be"}[odd > even] if max(even, odd) * 4 > len(head) else None


def _is_binary(data: bytes) -> bool:
    """Many NUL or control bytes near the start. A lone NUL in a cell is the cell's problem, not the file's."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    head = data[:8192]
    strange = sum(head.count(byte) for byte in (*range(9), 14, 15, *range(16, 27), *range(28, 32)))
    return strange * 50 > len(head) or data.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"\xd0\xcf\x11\xe0", b"\x1f\x8b"))


def delimiter_of(text: str) -> str:
    """The separator under which the first rows name the most fields of ours; the more columns when that does not decide."""
    return max(DELIMITERS, key=lambda delimiter: (_named(text, delimiter), max(map(len, _first_rows(text, delimiter)), default=0)))


def _named(text: str, delimiter: str) -> int:
    """How many fields of ours the best of the first rows names."""
    rows = _first_rows(text, delimiter)
    return max((sum(field_of(cell.strip(' "')) is not None for cell in row[:MOST_COLUMNS]) for row in rows), default=0)


def _first_rows(text: str, delimiter: str) -> list[list[str]]:
    return [line.split(delimiter) for line in text[:_HEAD].splitlines()[:15]]
