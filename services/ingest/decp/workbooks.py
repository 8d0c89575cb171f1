"""Procurement data in a workbook, as buyers export it for people: every sheet that names contracts and buyers, under the same limits as a file of
hours (decision 0102)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from kit.errors import Refused
from services.ingest.decp.opening import UnreadableDecp
from services.ingest.decp.tables import NO_TITLES, Misshapen, rows_of_sheet
from services.ingest.files.apart import reading
from services.ingest.files.archive import opened
from services.ingest.files.table import LARGEST_FILE


def rows_in(path: Path) -> Iterator[Mapping[str, str] | Misshapen]:
    """The rows of its tables, sheet by sheet. Raises UnreadableDecp."""
    if path.stat().st_size > LARGEST_FILE:
        raise UnreadableDecp(
            f"Un classeur compte {LARGEST_FILE // 1024 // 1024} Mo au plus : enregistrez son tableau en CSV, puis envoyez-le."
        )
    data = path.read_bytes()
    found = False
    try:
        if data.startswith(b"PK"):
            opened(data)
        with reading(data) as workbook:
            for sheet in workbook.sheets():
                rows = rows_of_sheet(sheet.rows)
                if rows is not None:
                    found = True
                    yield from rows
    except Refused as refused:
        raise UnreadableDecp(refused.errors[0].message) from None
    if not found:
        raise UnreadableDecp(NO_TITLES)
