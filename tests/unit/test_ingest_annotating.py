"""The annotated workbook is the author's own: what was not to be looked at is what it was, byte for byte where it matters."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from kit.errors import LineError
from services.ingest.files.annotating import annotated
from services.ingest.files.marks import marks_of
from services.ingest.files.package import marked_package
from services.ingest.files.reading import read_hours

HEADER = ("N° marché", "Période", "Matricule", "Employeur", "Heures réalisées", "Note")
PINK, YELLOW = "FFF4B6B6", "FFFFE7A8"


def authors_book() -> openpyxl.Workbook:
    """Formats, formulas, a merged title, a comment of the author's on a wrong cell, a hidden column, a rule, a list, a second sheet."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "Suivi 2026"
    page["A1"] = "Suivi des clauses <2026> & Cie"
    page.merge_cells("A1:F1")
    for place, title in enumerate(HEADER, start=1):
        page.cell(3, place, title).font = Font(bold=True, color="FF14375E")
    for row in range(4, 9):
        page.append(["2026-001", "2026-03", f"S{row}", "X", row, "=E4*2"])
    page["E5"], page["E5"].number_format = -7, "0.00"
    page["E5"].font = Font(italic=True)
    page["E5"].comment = Comment("à vérifier avec le chantier", "Zoé")
    page["D8"].comment = Comment("voir avec Jean", "Zoé")
    page["E6"] = None
    page["B7"], page["B7"].fill = "2999-01", PatternFill("solid", start_color="FF00FF00")
    page["G9"], page["A12"] = date(2026, 3, 1), "fin"
    page.column_dimensions["B"].hidden = True
    page.conditional_formatting.add("E4:E9", CellIsRule(operator="lessThan", formula=["0"], font=Font(bold=True)))  # type: ignore[no-untyped-call]
    lists = DataValidation(type="list", formula1='"X,Y"')
    lists.add("D4:D9")
    page.add_data_validation(lists)
    page.auto_filter.ref = "A3:F8"
    book.create_sheet("Notes")["A1"] = "=SUM('Suivi 2026'!E4:E8)"
    return book


def bytes_of(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def findings(*said: tuple[int, str, str]) -> list[LineError]:
    return [
        LineError(line=line, column=column, code="V09", severity=severity, message=f"Ligne {line}, « {column} » : à voir <&> _x0041_")  # type: ignore[arg-type]
        for line, column, severity in said
    ]


SAID = findings((5, "Heures réalisées", "blocking"), (6, "Heures réalisées", "check"), (7, "Période", "check"), (7, "Matricule", "info"))
MARKED = {"E5", "E6", "B7", "C7"}


def opened(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


def test_other_cells_formats_and_rules_are_what_they_were() -> None:
    data = bytes_of(authors_book())
    before, after = opened(data), opened(marked_package(data, marks_of(read_hours(data), SAID)))
    assert after.sheetnames == before.sheetnames
    page, was = after["Suivi 2026"], before["Suivi 2026"]
    for row in was.iter_rows():
        for cell in row:
            now = page[cell.coordinate]
            assert (now.value, now.data_type, now.number_format, repr(now.font), repr(now.border), repr(now.alignment)) == (
                cell.value, cell.data_type, cell.number_format, repr(cell.font), repr(cell.border), repr(cell.alignment),
            )  # fmt: skip
            if cell.coordinate not in MARKED:
                assert repr(now.fill) == repr(cell.fill)
    assert page.merged_cells.ranges == was.merged_cells.ranges
    assert page.column_dimensions["B"].hidden
    assert page.auto_filter.ref == was.auto_filter.ref
    assert [str(rules.sqref) for rules in page.conditional_formatting] == ["E4:E9"]
    assert page.data_validations.dataValidation[0].sqref == was.data_validations.dataValidation[0].sqref
    assert after["Notes"]["A1"].value == before["Notes"]["A1"].value


def test_colours_comments_and_the_column_are_there() -> None:
    data = bytes_of(authors_book())
    page = opened(annotated(data, read_hours(data), SAID))["Suivi 2026"]
    assert [page[at].fill.start_color.rgb for at in ("E5", "E6", "B7")] == [PINK, YELLOW, YELLOW]
    assert page["H3"].value == "Erreur"  # G holds a date further down: the first free column is H
    assert page["H3"].font.b == page["G3"].font.b
    assert page["H5"].value.replace("_x005F_", "_") == "« Heures réalisées » : à voir <&> _x0041_ [V09]"
    assert page["H4"].value is None
    assert page["H7"].value.count("[V09]") == 2
    assert page["E5"].comment.text.startswith("à vérifier avec le chantier\n« Heures réalisées »")
    assert page["E6"].comment.text.replace("_x005F_", "_") == "« Heures réalisées » : à voir <&> _x0041_ [V09]"
    assert page["D8"].comment.text == "voir avec Jean"
    assert page.column_dimensions["H"].width == 60


def test_untouched_parts_are_the_same_bytes_and_rows_without_remarks_too() -> None:
    data = bytes_of(authors_book())
    out = marked_package(data, marks_of(read_hours(data), SAID))
    before, after = zipfile.ZipFile(io.BytesIO(data)), zipfile.ZipFile(io.BytesIO(out))
    for name in ("xl/workbook.xml", "xl/worksheets/sheet2.xml", "xl/theme/theme1.xml", "docProps/core.xml"):
        assert after.read(name) == before.read(name)
    old, new = before.read("xl/worksheets/sheet1.xml"), after.read("xl/worksheets/sheet1.xml")
    rows = {found[1]: found[0] for found in re.finditer(rb'<row r="(\d+)".*?</row>', old, re.DOTALL)}
    for number in (b"1", b"4", b"8", b"12"):
        assert rows[number] in new
    assert old[old.find(b"</sheetData>") : old.find(b"<legacyDrawing")] in new
    assert after.testzip() is None
    assert len(after.namelist()) == len(set(after.namelist()))


def packed(sheet: str, **more: str) -> bytes:
    """A workbook of one sheet with this XML: what programs write besides what our libraries do."""
    out = io.BytesIO()
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Lot" sheetId="1" r:id="a"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="s" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts count="1"><font/></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="2" applyNumberFormat="1"><alignment horizontal="right"/></xf></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
        "xl/worksheets/sheet1.xml": sheet,
        **more,
    }  # fmt: skip
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


def inline(reference: str, text: str, p: str = "") -> str:
    return f'<{p}c{f" r={chr(34)}{reference}{chr(34)}" if reference else ""} t="inlineStr"><{p}is><{p}t>{text}</{p}t></{p}is></{p}c>'


def sheet_of(p: str = "", *, referenced: bool = True) -> str:
    """Inline strings, a shared formula, cells that say where they are or do not, rows with heights."""
    titles = "".join(inline(f"{letter}1" if referenced else "", title, p) for letter, title in zip("ABCDE", HEADER, strict=False))
    values = "".join(
        inline(f"{letter}2" if referenced else "", text, p) for letter, text in zip("ABCD", ("1", "2026-03", "S1", "X"), strict=True)
    )
    at = ' r="E2"' if referenced else ""
    hours = f'<{p}c{at} s="1"><{p}f t="shared" ref="E2:E3" si="0">-A2*7</{p}f><{p}v>-7</{p}v></{p}c>'
    third = (
        values.replace('2"', '3"').replace("S1", "S2")
        + f'<{p}c{" r=" + chr(34) + "E3" + chr(34) if referenced else ""}><{p}f t="shared" si="0"/><{p}v>-7</{p}v></{p}c>'
    )
    said = ' r="{}" ht="20" spans="1:5"' if referenced else ""
    if not referenced:  # openpyxl reads no shared formula without a place
        hours, third = f'<{p}c s="1"><{p}f>-A2*7</{p}f><{p}v>-7</{p}v></{p}c>', values
    ns = f'xmlns{":" + p[:-1] if p else ""}="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    return f'<{p}worksheet {ns}><{p}sheetData><{p}row{said.format(1)}>{titles}</{p}row><{p}row{said.format(2)}>{values}{hours}</{p}row><{p}row{said.format(3)}>{third}</{p}row></{p}sheetData><{p}pageMargins left="1" right="1" top="1" bottom="1" header="0" footer="0"/></{p}worksheet>'


@pytest.mark.parametrize("referenced", [True, False])
@pytest.mark.parametrize("p", ["", "x:"])
def test_inline_strings_shared_formulas_prefixes_and_places_left_unsaid(p: str, *, referenced: bool) -> None:
    data = packed(sheet_of(p, referenced=referenced))
    out = marked_package(data, marks_of(read_hours(data), findings((2, "Heures réalisées", "blocking"))))
    page = opened(out)["Lot"]
    assert page["E2"].fill.start_color.rgb == PINK
    assert page["E2"].number_format == "0.00"
    assert page["E2"].alignment.horizontal == "right"
    assert page["E2"].value == "=-A2*7"
    assert page["A1"].value == "N° marché"
    assert "[V09]" in page["F2"].value
    assert page["E2"].comment is not None
    assert [guess.header for guess in read_hours(out).columns][-1] == "Erreur"


def test_a_workbook_with_macros_comes_back_without_them() -> None:
    data = packed(sheet_of(), **{"xl/vbaProject.bin": "not a macro"})
    out = zipfile.ZipFile(io.BytesIO(annotated(data, read_hours(data), findings((2, "Employeur", "check")))))
    assert "xl/vbaProject.bin" not in out.namelist()
    assert b"macroEnabled" not in out.read("[Content_Types].xml")


@pytest.mark.parametrize("broken", ["<!-- une note -->", "<![CDATA[x]]>"])
def test_a_sheet_that_no_program_writes_is_copied_instead(broken: str) -> None:
    data = packed(
        sheet_of().replace("</sheetData>", f"{broken}</sheetData>")
        if "CDATA" not in broken
        else sheet_of().replace("<t>X</t>", f"<t>{broken}</t>")
    )
    page = opened(annotated(data, read_hours(data), findings((2, "Heures réalisées", "blocking")))).worksheets[0]
    assert page["E2"].fill.start_color.rgb == PINK
    assert page["F1"].value == "Erreur"


def test_annotating_what_was_annotated_reads_the_same() -> None:
    data = bytes_of(authors_book())
    once = annotated(data, read_hours(data), SAID)
    twice = annotated(once, read_hours(once), SAID)
    assert [dict(line.values) for line in read_hours(twice).lines] == [dict(line.values) for line in read_hours(data).lines]
