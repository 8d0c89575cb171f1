"""Sheets of .xlsx, .xls and .ods workbooks as text cells, the way their author sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from zipfile import ZipFile

from services.ingest.files.apart import OpenedSheet, Reading, reading
from services.ingest.files.archive import is_ods, opened, path_of_sheet, surveyed
from services.ingest.files.survey import Sheet
from services.ingest.files.survey_of_xls import surveyed_xls
from services.ingest.files.table import Facts, Table, unreadable
from services.ingest.matching.headers import SEARCHED, is_bare_period, period_in, titles_named
from services.ingest.matching.standing_up import fields_down

XLSX: Final = "classeur Excel"
ABOUT: Final = "Mode d’emploi"
"""The sheet of our own model that explains its columns: its examples are no hours."""
LISTS: Final = "Listes"
"""The hidden sheet of our own model with the codes of its drop-downs."""
TABLE_FROM: Final = 3
"""Known titles in a row that make a sheet a table of hours: one sheet a lot or a month is read whole."""
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_MACROS: Final = "_VBA_PROJECT".encode("utf-16-le")


def read_zipped(data: bytes) -> list[Table]:
    """The sheets of an .xlsx or .ods workbook that may hold lines. Raises Refused for what is no workbook, or a monstrous one."""
    archive = opened(data)
    if is_ods(archive):
        return _tables(data, Facts("classeur OpenDocument (.ods)"), archive)
    facts = Facts(XLSX, macros="xl/vbaProject.bin" in archive.namelist())
    return _tables(data, facts, archive)


def read_xls(data: bytes) -> list[Table]:
    """The same of an old .xls workbook. Raises Refused, for a workbook with a password too (it comes in the same envelope)."""
    if _ENCRYPTED in data:
        raise unreadable("FILE_PASSWORD", "Le classeur est protégé par un mot de passe : retirez-le, puis renvoyez le fichier.")
    macros = _MACROS in data
    return _tables(data, Facts("classeur Excel 97-2003 (.xls)", macros=macros))


def _tables(data: bytes, facts: Facts, archive: ZipFile | None = None) -> list[Table]:
    """Every visible sheet that names as many fields as a table of hours does; the best one when none does.

    What an archive holds is surveyed here while the other process opens it under its own limits: both take most of a second for a long sheet.
    """
    ods = archive is not None and is_ods(archive)
    with reading(data) as workbook:
        surveys = surveyed(archive) if archive else surveyed_xls(data)
        named, unread, ours = _sheets(workbook)
        hidden = tuple(name for name in workbook.hidden if not (ours and name == LISTS))
    found = []
    for sheet in named:
        survey = surveys.get(path_of_sheet(archive, sheet.name) if archive and not ods else sheet.name, Sheet())
        cells = [(number, survey.as_seen(number, row)) for number, row in enumerate(sheet.rows, start=1)]
        found.append(Table(replace(facts, sheet=sheet.name, hidden=hidden, unread=unread, out_of_sight=survey.hidden), cells))
    return found


def _sheets(workbook: Reading) -> tuple[list[OpenedSheet], tuple[str, ...], bool]:
    """The sheets that are tables of hours, the names of others that hold figures, and whether the workbook is made from our own model.

    One sheet at a time is held besides those kept: together they might not fit."""
    kept: list[tuple[int, OpenedSheet]] = []
    left: list[OpenedSheet] = []
    names: list[str] = []
    ours = False
    for sheet in workbook.sheets():
        ours |= sheet.name == ABOUT
        score = _titles_named(sheet.rows)
        if score >= TABLE_FROM and all(known >= TABLE_FROM for known, _ in kept):
            kept.append((score, sheet))
        elif kept and score == kept[0][0] > 1 and _titles_of(sheet.rows) == _titles_of(kept[0][1].rows):
            kept.append((score, sheet))  # a sheet a person or a contract, of « Mois » and « Heures » alone
        elif not kept or score > max(known for known, _ in kept):
            left, kept = [earlier for _, earlier in kept], [(score, sheet)]
        else:
            left = [sheet]
        names += [dropped.name for dropped in left if _has_figures(dropped.rows)]
        left = []
    if not kept:
        raise unreadable("FILE_EMPTY", "Le classeur n’a pas de feuille visible.")
    best = max(score for score, _ in kept)
    names += [sheet.name for score, sheet in kept if 2 * score <= best and _has_figures(sheet.rows)]
    return [sheet for score, sheet in kept if 2 * score > best], tuple(name for name in names if name != ABOUT), ours


def _has_figures(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a row has a number among three filled cells or more: what a notice or a list of codes has not."""
    for row in rows:
        filled = [cell for cell in row if cell and not cell.isspace()]
        if len(filled) >= TABLE_FROM and any(_is_number(cell) for cell in filled):
            return True
    return False


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True


def _titles_named(rows: Sequence[Sequence[str]]) -> int:
    """How many titles that we know the best of the first rows holds, or the best of the first columns of a table on its side. Columns of months are
    one title: a sheet of twelve does not say more than one with a column « Mois »."""
    named = max((_titles_in([cell for cell in row if cell]) for row in rows[:SEARCHED]), default=0)
    return max(named, fields_down([(number, row) for number, row in enumerate(rows[:SEARCHED], start=1)]))


def _titles_of(rows: Sequence[Sequence[str]]) -> list[str]:
    """The cells of the row that names most."""
    return [cell.strip() for cell in max(rows[:SEARCHED], key=_titles_in, default=()) if cell.strip()]


def _titles_in(cells: Sequence[str]) -> int:
    named = titles_named(cells)
    periods = sum(period_in(cell, None) is not None or is_bare_period(cell) for cell in cells) if named > TABLE_FROM else 0
    return max(named - max(periods - 1, 0), min(named, TABLE_FROM))
