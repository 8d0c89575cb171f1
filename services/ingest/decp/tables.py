"""Rows of the tabular forms, of several years and producers: any of four delimiters, names in any writing, one row a holder or a change."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final, TextIO

from services.ingest.decp.naming import field_of, holder_field_of
from services.ingest.decp.opening import UnreadableDecp

DELIMITERS: Final = (",", ";", "\t", "|")
NO_TITLES: Final = "Ce tableau n’a pas les colonnes « id » et « acheteur_id » : est-ce bien un fichier DECP ?"
_LONGEST_CELL: Final = 1_000_000
_LOOKED_AT: Final = 10
"""Lines above the titles that are looked through."""


@dataclass(frozen=True)
class Misshapen:
    """A row whose cells do not stand under their titles: read, they would be somebody else's values. `reason` is a code of the report."""

    reason: str
    cells: Sequence[str]


def rows_in(text: TextIO) -> Iterator[Mapping[str, str] | Misshapen]:
    """Each row by its titles. Raises UnreadableDecp without columns for the contract's number and its buyer."""
    csv.field_size_limit(_LONGEST_CELL)
    lines = _Lines(text)
    rest = iter(lines)
    head = list(islice(rest, _LOOKED_AT))
    above, delimiter = _titles_in(head)
    reader = csv.reader(islice(chain(head, rest), above, None), delimiter=delimiter)
    try:
        titles = [title.strip().lstrip("\ufeff") for title in next(reader)]
        narrow = False
        for cells, is_last in _marked(cells for cells in reader if any(cell.strip() for cell in cells)):
            if swallowed := _swallowed(cells, len(titles), delimiter):
                yield from [Misshapen("ROW_QUOTE", (line,)) for line in swallowed]
            elif any(cell.strip() for cell in cells[len(titles) :]):
                yield Misshapen("ROW_CELLS", cells)
            elif len(cells) < len(titles) and is_last and lines.cut and not narrow:
                yield Misshapen("ROW_CUT", cells)
            else:
                narrow |= len(cells) < len(titles)
                yield dict(reversed(list(zip(titles, cells, strict=False))))  # of two columns with one title, the first
    except csv.Error:
        line = above + reader.line_num
        raise UnreadableDecp(
            f"Le CSV est incorrect près de la ligne {line} : une cellule ne finit pas. Un guillemet y est-il resté ouvert ? Rien n’a été enregistré."
        ) from None


def rows_of_sheet(rows: Sequence[Sequence[str]]) -> Iterator[Mapping[str, str] | Misshapen] | None:
    """The same of a workbook's sheet; None where it has no such titles: a notice, a list of codes."""
    found = [(len(known), -place) for place, cells in enumerate(rows[:_LOOKED_AT]) if _is_ours(known := _known(cells))]
    return _under(rows, -max(found)[1]) if found else None


def _under(rows: Sequence[Sequence[str]], place: int) -> Iterator[Mapping[str, str] | Misshapen]:
    titles = [title.strip() for title in rows[place]]
    while titles and not titles[-1]:
        titles.pop()
    for cells in rows[place + 1 :]:
        if any(cell.strip() for cell in cells[len(titles) :]):
            yield Misshapen("ROW_CELLS", cells)
        elif any(cell.strip() for cell in cells):
            yield dict(reversed(list(zip(titles, cells, strict=False))))


def _is_ours(known: set[str]) -> bool:
    """Whether titles name a contract and its buyer."""
    return bool(known & {"decp_id", "uid"} and known & {"buyer_siret", "buyer"})


def _marked(rows: Iterable[list[str]]) -> Iterator[tuple[list[str], bool]]:
    """Each row, and whether it is the last."""
    waiting: list[str] | None = None
    for row in rows:
        if waiting is not None:
            yield waiting, False
        waiting = row
    if waiting is not None:
        yield waiting, True


class _Lines:
    """The lines of the text; `cut` once the last one has come and does not end, as where an upload or an export broke off."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self.cut = False

    def __iter__(self) -> Iterator[str]:
        for line in self._text:
            self.cut = not line.endswith(("\n", "\r"))
            yield line.replace("\0", "\ufffd")


def _swallowed(cells: Sequence[str], width: int, delimiter: str) -> list[str]:
    """The lines of a row whose quotation mark was never closed, so that a cell holds rows; none of a text on several lines."""
    for cell in cells:
        lines = cell.splitlines() if "\n" in cell or "\r" in cell else []
        if any(line.count(delimiter) >= max(width - 2, 2) for line in lines[1:]):
            return lines
    return []


def _titles_in(head: list[str]) -> tuple[int, str]:
    """How many lines stand above the titles, and what separates them: the line and delimiter that give the most names we know."""
    found = [
        (len(known), -place, delimiter)
        for place, line in enumerate(head)
        for delimiter in DELIMITERS
        if _is_ours(known := _known(next(csv.reader([line], delimiter=delimiter), [])))
    ]
    if not found:
        raise UnreadableDecp(NO_TITLES)
    _, place, delimiter = max(found)
    return -place, delimiter


def _known(titles: Sequence[str]) -> set[str]:
    return {found for title in titles if (found := field_of(title) or ("holders" if holder_field_of(title) else None))}
