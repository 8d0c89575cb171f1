"""Rows of a DECP file one after the other, in memory that does not grow with the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import BinaryIO, Final

import ijson

from services.ingest.decp.source_row import SourceRow, not_a_row, of_marche, of_table

_LISTS: Final = ("marches", "marches.marche", "marches.contrat-concession", "")
"""Where the lists of contracts are: v1.5, v2.0.3 (two lists), a bare array."""
_LONGEST_CELL: Final = 1_000_000


class UnreadableDecp(ValueError):
    """Not a DECP file, or one that breaks off; the sentence is in French and for people."""


def rows_of(path: Path) -> Iterator[SourceRow]:
    """Every row with its position in the file. Raises UnreadableDecp, also in the middle of a file that breaks off."""
    with path.open("rb") as file:
        start = file.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
        file.seek(0)
        if not start:
            raise UnreadableDecp("Le fichier est vide.")
        yield from _json(file) if start[:1] in b"{[" else _table(file)


def _json(file: BinaryIO) -> Iterator[SourceRow]:
    lists, number = _lists_in(file), count(1)
    if not lists:
        raise UnreadableDecp("Ce JSON n’a pas de liste « marches » : est-ce bien un fichier DECP ?")
    for name in lists:
        file.seek(_after_mark(file))
        try:
            for value in ijson.items(file, f"{name}.item" if name else "item"):
                position = next(number)
                yield of_marche(position, value) if isinstance(value, Mapping) else not_a_row(position, value)
        except (ijson.JSONError, UnicodeDecodeError) as error:
            raise UnreadableDecp(f"Le JSON est incorrect : {str(error).splitlines()[0][:200]}") from None


def _lists_in(file: BinaryIO) -> list[str]:
    """The lists that begin before the first row ends, and the second list of v2 wherever it begins."""
    found: list[str] = []
    file.seek(_after_mark(file))
    try:
        for prefix, event, _ in ijson.parse(file):
            if event == "start_array" and prefix in _LISTS:
                found.append(prefix)
                if not prefix.startswith("marches."):
                    break
            elif event in {"end_map", "end_array"} and prefix in {"", "marches"}:
                break
    except (ijson.JSONError, UnicodeDecodeError) as error:
        if not found:
            raise UnreadableDecp(f"Le JSON est incorrect : {str(error).splitlines()[0][:200]}") from None
    return found


def _after_mark(file: BinaryIO) -> int:
    file.seek(0)
    return 3 if file.read(3) == b"\xef\xbb\xbf" else 0


def _table(file: BinaryIO) -> Iterator[SourceRow]:
    """The tabular form of decp.info. A row a holder: rows of one contract are joined by their uid later, as duplicates."""
    csv.field_size_limit(_LONGEST_CELL)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
    reader = csv.DictReader(text, delimiter=",")
    try:
        names = set(reader.fieldnames or ())
        if not {"id", "acheteur_id"} <= names:
            raise UnreadableDecp("Ce tableau n’a pas les colonnes « id » et « acheteur_id » : est-ce bien un fichier DECP ?")
        for position, row in enumerate(reader, start=1):
            yield of_table(position, {key: value for key, value in row.items() if isinstance(key, str)})
    except csv.Error as error:
        raise UnreadableDecp(f"Le CSV est incorrect : {error}") from None
    finally:
        text.detach()  # the caller closes the file
