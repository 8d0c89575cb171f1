"""A department's sheet as a Word document, for a director's own note: real headings, tables, pictures with their words, three sentences."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.indicators.panorama import charts
from services.indicators.panorama.charts import Picture
from services.indicators.panorama.sentences import ready
from services.indicators.panorama.sheet import Sheet, Table, sheet
from services.indicators.panorama.source import Source, cited
from services.indicators.panorama.typeset import NOTES
from services.indicators.views.forms import painter_of
from services.indicators.views.view import LICENCE

if TYPE_CHECKING:
    from docx.document import Document
SCALE: Final = 2.0


@dataclass(frozen=True)
class Drawn:
    """A picture as PNG with its words."""

    png: bytes
    alt: str


async def department(source: Source, code: str) -> bytes:
    """The sheet of one department."""
    found = sheet(source, await source.tables(), code)
    pictures = [
        await charts.quarters(source, code),
        await charts.region_map(source, code),
        await charts.bars(source, "I01", "public", code, charts.WIDE),
    ]
    drawn = [await _png(source, picture) for picture in pictures]
    path = f"/departements/{code}.docx"
    citation = cited(source.issued, source.site, f"{found.name}, fiche {found.year}", path) if source.draft is None else source.line
    return await asyncio.to_thread(_written, source, found, drawn, citation)


async def _png(source: Source, picture: Picture | None) -> Drawn | None:
    return Drawn(await painter_of(source.runtime).png(picture.svg, scale=SCALE), picture.alt) if picture else None


def _written(source: Source, found: Sheet, drawn: list[Drawn | None], citation: str) -> bytes:
    from kit.documents import word  # only here: the service must not carry the library

    document = word.start(f"{found.name} ({found.code}), {found.year}", fictional=source.fictional)
    document.add_paragraph(
        f"Année {found.said_year}. {source.closed} ({source.issued.standing}). {source.name[:1].upper()}{source.name[1:]}."
    )
    document.add_heading("Trois phrases prêtes à reprendre", 2)
    for sentence in ready(found):
        document.add_paragraph(sentence, style="List Bullet")
    document.add_heading("Chiffres clés", 2)
    _rows(
        document, ("Chiffre", found.name, "Région", "À savoir"),
        [(key.label, key.figure.value, key.beside, key.note) for key in found.keys], figures=(1, 2),
    )  # fmt: skip
    for title, picture in zip(
        ("Heures par trimestre", f"Heures réalisées en {found.year}, par département", "Heures par public"), drawn, strict=True
    ):
        document.add_heading(title, 2)
        if picture is None:
            document.add_paragraph("Rien à dessiner : aucune valeur n’est publiée, ou toutes sont nulles.")
        else:
            _picture(document, picture)
        if title == "Heures par trimestre":
            _table(document, found.quarters)
    for table in found.tables:
        document.add_heading(table.title, 2)
        _table(document, table)
    document.add_heading("À savoir", 2)
    document.add_paragraph(NOTES)
    document.add_paragraph(f"À citer : {citation}")
    document.add_paragraph(LICENCE)
    return word.written(document)


def _picture(document: Document, picture: Drawn) -> None:
    from docx.shared import Cm

    shape = document.add_picture(io.BytesIO(picture.png), width=Cm(17))
    shape._inline.docPr.set("descr", picture.alt)  # noqa: SLF001  the library has no name for the words of a picture


def _table(document: Document, found: Table) -> None:
    lines = [(row.label, *(cell.value for cell in row.figures)) for row in found.rows]
    _rows(document, found.columns, lines, figures=range(1, len(found.columns)))


def _rows(document: Document, header: tuple[str, ...], lines: list[tuple[str, ...]], *, figures: Collection[int]) -> None:
    """A table whose first row is repeated as a header on each page; the columns of figures (from 0) to the right, « s. » among them."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    from kit.documents import word

    table = document.add_table(rows=0, cols=len(header))
    table.style = "Light Grid Accent 1"
    for line in (header, *lines):
        for place, (cell, text) in enumerate(zip(table.add_row().cells, line, strict=True)):
            cell.text = text
            if place in figures:
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    word.repeat_header(table)
