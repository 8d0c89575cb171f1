"""A workbook is a zip archive made by somebody else: looked through before anything is unpacked."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import Final

import defusedxml.ElementTree as Xml

from kit.archives import DAMAGED
from services.ingest.files.formulas import Formulas
from services.ingest.files.hidden import note
from services.ingest.files.kinds import of_archive
from services.ingest.files.shown_units import Units
from services.ingest.files.survey import Sheet, error_said
from services.ingest.files.survey_of_ods import surveyed_ods
from services.ingest.files.table import MOST_COLUMNS, MOST_ROWS, unreadable

MOST_UNPACKED: Final = 300 * 1024 * 1024
MOST_ENTRIES: Final = 2_000
HIGHEST_RATIO: Final = 200
"""Real workbooks pack 5 to 30 times; the ratio is looked at from 20 MB unpacked on."""
MOST_CELLS: Final = 5_000_000
_RATIO_FROM: Final = 20 * 1024 * 1024
_CHUNK: Final = 1 << 20
_MOST_PIECES: Final = 16
_LONG: Final = 4 << 20
_LETTERS: Final = 26
"""Columns that one letter names."""
_PLACE: Final = re.compile(rb"""\sr\s*=\s*["']([A-Z]{1,3})(\d{1,7})["']""")
_ROW: Final = re.compile(rb"""<(?:\w+:)?row\s[^>]*?\br\s*=\s*["'](\d{1,9})["']""")
_ERROR: Final = re.compile(
    rb"""<(?:\w+:)?c\s(?=[^>]*\bt\s*=\s*["']e["'])[^>]*?\br\s*=\s*["']([A-Z]{1,3})(\d{1,7})["'][^>]*>"""
    rb"""(?:<(?:\w+:)?f\b[^>]*/>|<(?:\w+:)?f\b[^>]*>[^<]*</(?:\w+:)?f>)?(?:<(?:\w+:)?v>(#[A-Z0-9/!?]{2,12})</)?"""
)
_IS_ERROR: Final = re.compile(rb"""\bt\s*=\s*["']e["']""")
_FAR: Final = re.compile(rb"""r\s*=\s*["'](?:[A-Z]{2}|[A-Z]\d{6})""")
"""A place beyond column Z or row 99,999."""


def opened(data: bytes) -> zipfile.ZipFile:
    """The archive, when its table of contents promises nothing monstrous. Raises Refused."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
    except DAMAGED:
        raise damaged() from None
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES or unpacked > MOST_UNPACKED or (unpacked > _RATIO_FROM and unpacked > HIGHEST_RATIO * len(data)):
        message = f"Le classeur se déplie en {unpacked // 1_000_000} Mo : il est refusé par sécurité. Enregistrez la feuille seule dans un nouveau classeur."
        raise unreadable("FILE_BOMB", message)
    names = archive.namelist()
    if "xl/workbook.xml" not in names and not is_ods(archive):
        raise unreadable("FILE_FORMAT", of_archive(names))
    if any(entry.flag_bits & 0x1 for entry in entries) or _is_encrypted_ods(archive):
        raise unreadable("FILE_PASSWORD", "Le classeur est protégé par un mot de passe : retirez-le, puis renvoyez le fichier.")
    return archive


def is_ods(archive: zipfile.ZipFile) -> bool:
    """Whether the archive is an OpenDocument spreadsheet."""
    return "content.xml" in archive.namelist() and "META-INF/manifest.xml" in archive.namelist()


def _is_encrypted_ods(archive: zipfile.ZipFile) -> bool:
    if not is_ods(archive):
        return False
    return any(b"encryption-data" in text for text in _texts(archive, "META-INF/manifest.xml"))


def surveyed(archive: zipfile.ZipFile) -> dict[str, Sheet]:
    """Each worksheet by its path, that of an OpenDocument file by its name, read through once as a stream. Raises Refused for sheets larger than a
    filing."""
    if is_ods(archive):
        return surveyed_ods(_texts(archive, "content.xml"), _texts(archive, "styles.xml") if "styles.xml" in archive.namelist() else ())
    units = Units(_part(archive, "xl/styles.xml"))
    formulas = Formulas(_part(archive, "xl/workbook.xml"))
    names = [name for name in archive.namelist() if name.startswith("xl/worksheets/") and name.endswith(".xml")]
    return {name: _survey(archive, name, units, formulas) for name in names}


def path_of_sheet(archive: zipfile.ZipFile, name: str | None) -> str:
    """Where the archive keeps the sheet of this name; empty when the workbook does not say."""
    try:
        book = Xml.fromstring(archive.read("xl/workbook.xml"))
        relations = Xml.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except (*DAMAGED, LookupError, Xml.ParseError):
        return ""
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    for element in book.iter():
        if element.tag.endswith("}sheet") and element.get("name") == name:
            relation = next(
                (value for name, value in element.items() if name.endswith("}id")), None
            )  # of two namespaces, transitional or strict
            target = targets.get(relation) or ""
            return target.lstrip("/") if target.startswith("/xl/") else f"xl/{target}"
    return ""


def damaged() -> Exception:
    return unreadable(
        "FILE_DAMAGED", "Le classeur est abîmé et ne s’ouvre pas. Ouvrez-le dans votre tableur, enregistrez-le à nouveau, puis renvoyez-le."
    )


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    """A part in one piece, up to what any workbook needs; nothing where there is none."""
    return b"".join(islice(_texts(archive, name), _MOST_PIECES)) if name in archive.namelist() else b""


def _survey(archive: zipfile.ZipFile, name: str, units: Units, formulas: Formulas) -> Sheet:
    sheet = Sheet()
    for text in _by_rows(_texts(archive, name)):
        _measure(sheet, text)
        note(text, sheet.hidden)
        if units:
            units.note(text, sheet.units)
        if (b'"e"' in text or b"'e'" in text) and _IS_ERROR.search(text):
            sheet.errors |= {(int(row), _column(letters)): error_said(said.decode()) for letters, row, said in _ERROR.findall(text)}
        formulas.note(text, sheet.errors)
        sheet.cells += text.count(b"<c")
        _within_limits(sheet)
    return sheet


def _measure(sheet: Sheet, text: bytes) -> None:
    """The cells' places one by one only where a text has wide or long ones: a table of twenty columns is known by its rows."""
    rows = [int(row) for row in _ROW.findall(text)]
    if not rows or _FAR.search(text):
        places = _PLACE.findall(text)
        sheet.columns = max((sheet.columns, *map(_column, {letters for letters, _ in places})))
        rows += [int(row) for row in {row for _, row in places}]
    elif b"<c" in text:
        sheet.columns = max(sheet.columns, _LETTERS)
    sheet.rows = max((sheet.rows, *rows))


def _within_limits(sheet: Sheet) -> None:
    if sheet.columns > MOST_COLUMNS:
        raise unreadable("FILE_COLUMNS", f"La feuille a {sheet.columns} colonnes, {MOST_COLUMNS} au plus.")
    if sheet.rows > MOST_ROWS + 20:
        raise unreadable(
            "FILE_ROWS", f"La feuille va jusqu’à la ligne {sheet.rows} : {MOST_ROWS} lignes au plus, effacez les lignes vides du bas."
        )
    if max(sheet.cells, sheet.rows * sheet.columns) > MOST_CELLS:
        raise unreadable(
            "FILE_ROWS", "La feuille a trop de cellules : gardez les colonnes utiles, ou envoyez le fichier en plusieurs fois."
        )


def _texts(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """The entry in pieces that begin at a tag, so that no cell is cut in two."""
    rest = b""
    try:
        with archive.open(name) as stream:
            while chunk := stream.read(_CHUNK):
                text = rest + chunk
                cut = text.rfind(b"<")
                if cut < len(text) - 65_536:  # no tag in 64 kB: a long text, which has no cells
                    cut = len(text)
                yield text[:cut]
                rest = text[cut:]
    except DAMAGED:
        raise damaged() from None
    yield rest


def _by_rows(texts: Iterator[bytes]) -> Iterator[bytes]:
    """The same pieces cut behind a row, so that a cell stays with its formula and its value."""
    rest = b""
    for text in texts:
        rest += text
        cut = rest.rfind(b"row>") + 4
        if cut > 3 or len(rest) > _LONG:
            cut = cut if cut > 3 else len(rest)
            yield rest[:cut]
            rest = rest[cut:]
    yield rest


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
