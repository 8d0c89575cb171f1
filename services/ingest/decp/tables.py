"""Rows of the tabular forms, of several years and producers: any of four delimiters, names in any writing, one row a holder or a change."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Final, TextIO

from services.ingest.decp.naming import field_of, holder_field_of
from services.ingest.decp.opening import UnreadableDecp

DELIMITERS: Final = (",", ";", "\t", "|")
_LONGEST_CELL: Final = 1_000_000
_LOOKED_AT: Final = 10
"""Lines above the titles that are looked through."""


def rows_in(text: TextIO) -> Iterator[Mapping[str, str]]:
    """Each row by its titles. Raises UnreadableDecp without columns for the contract's number and its buyer."""
    csv.field_size_limit(_LONGEST_CELL)
    lines = (line.replace("\0", "\ufffd") for line in text)
    head = list(islice(lines, _LOOKED_AT))
    above, delimiter = _titles_in(head)
    try:
        reader = csv.reader(islice(chain(head, lines), above, None), delimiter=delimiter)
        titles = [title.strip().lstrip("\ufeff") for title in next(reader)]
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield dict(reversed(list(zip(titles, cells, strict=False))))  # of two columns with one title, the first
    except csv.Error as error:
        raise UnreadableDecp(f"Le CSV est incorrect : {error}") from None


def _titles_in(head: list[str]) -> tuple[int, str]:
    """How many lines stand above the titles, and what separates them: the line and delimiter that give the most names we know."""
    found = [
        (len(known), -place, delimiter)
        for place, line in enumerate(head)
        for delimiter in DELIMITERS
        if (known := _known(line, delimiter)) & {"decp_id", "uid"} and known & {"buyer_siret", "buyer"}
    ]
    if not found:
        raise UnreadableDecp("Ce tableau n’a pas les colonnes « id » et « acheteur_id » : est-ce bien un fichier DECP ?")
    _, place, delimiter = max(found)
    return -place, delimiter


def _known(line: str, delimiter: str) -> set[str]:
    titles = next(csv.reader([line], delimiter=delimiter), [])
    return {found for title in titles if (found := field_of(title) or ("holders" if holder_field_of(title) else None))}
