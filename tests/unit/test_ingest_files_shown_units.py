"""What only the format of a cell says, and cells in error: what the author sees is read, the same from three kinds of workbooks."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest
import xlsxwriter
import xlwt  # type: ignore[import-untyped]

from kit.errors import Refused
from services.ingest.files.reading import FileOfHours, look
from services.ingest.files.shown_units import AS_IT_IS, DAYS, MINUTES, MONEY, PERCENT, WRITTEN_PERCENT, Shown, shown_by
from services.ingest.files.survey_of_xls import surveyed_xls
from services.ingest.rules.lines import check
from tests.opendocument import cell, document, styles_of
from tests.tables_of_hours import KNOWN, values

Cell = str | tuple[float, str]
"""A text (an error where it begins with #), or a number and its format."""
HEADER: Final = ("N° marché", "Mois", "Matricule", "Employeur", "Heures réalisées", "% réalisé", "Date de sortie")
_ERRORS: Final = {"#DIV/0!": 7, "#REF!": 23, "#N/A": 42}


def lines(*cells: Cell, header: Sequence[str] = HEADER) -> list[list[Cell]]:
    """A line for each cell of hours."""
    rest: list[Cell] = [(0.5, "0%"), (46112, "dd/mm/yyyy")]
    return [[*header], *(["2026-001", "03/2026", f"A{row}", "Chantiers Fictifs", hours, *rest] for row, hours in enumerate(cells, start=1))]


def xlsx(rows: Sequence[Sequence[Cell]]) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet("Suivi")
    for row, cells in enumerate(rows):
        for place, value in enumerate(cells):
            if isinstance(value, tuple):
                sheet.write_number(row, place, value[0], book.add_format({"num_format": value[1]}))
            elif value.startswith("#"):
                sheet.write_formula(row, place, "=Z1/0", None, value)
            else:
                sheet.write_string(row, place, value)
    book.close()
    return buffer.getvalue()


def xls(rows: Sequence[Sequence[Cell]]) -> bytes:
    book, buffer = xlwt.Workbook(), io.BytesIO()
    sheet = book.add_sheet("Suivi")
    styles: dict[str, Any] = {}
    for row, cells in enumerate(rows):
        for place, value in enumerate(cells):
            if isinstance(value, tuple):
                style = styles.setdefault(value[1], xlwt.easyxf(num_format_str=value[1]))
                sheet.write(row, place, value[0], style)
            elif value.startswith("#"):
                sheet.row(row).set_cell_error(place, _ERRORS[value])
            else:
                sheet.write(row, place, value)
    book.save(buffer)
    return buffer.getvalue()


def ods(rows: Sequence[Sequence[Cell]]) -> bytes:
    return document([[cell(value) for value in cells] for cells in rows], styles_of(rows))


WORKBOOKS: Final = (xlsx, xls, ods)
Maker = Callable[[Sequence[Sequence[Cell]]], bytes]


def verdict(found: FileOfHours) -> tuple[object, ...]:
    checked = check(found.lines, KNOWN)
    return (
        [(value.line, str(value.period), value.centihours) for value in checked.values],
        [(error.line, error.code, error.value, error.message) for error in checked.errors],
        [(notice.code, notice.column, notice.message) for notice in found.notices],
    )


SEEN: Final[list[Cell]] = [
    (90, '0" min"'), (5, '0.0" j"'), (0.5, "0%"), (0.125, "0.00%"), (35.5, '0.00" h"'), (12, "#,##0.00;[Red]-#,##0.00"), (7, '0" heures"'), (50, '0" %"'),
    (151.67, '#,##0.00 "€"'), (3, '0" ETP"'), (1.5, "[h]:mm"), "#DIV/0!", "#N/A",
]  # fmt: skip


@pytest.mark.parametrize("make", WORKBOOKS)
def test_a_number_is_what_its_format_shows_and_an_error_is_no_blank(make: Maker) -> None:
    """« 90 min » was counted as 90 hours, « 5 j » as 5, « 50 % » as half an hour, « 151,67 € » as hours; an error of an old or an open workbook was a
    blank, and its hours gone without a word."""
    found = look(make(lines(*SEEN)))
    assert [said for (said,) in values(found, "hours")] == [
        "90 min", "5 j", "50 %", "12.5 %", "35.5", "12", "7", "50 pour cent", "151.67 €", "3 ETP", "36:00", "#DIV/0!", "#N/A"
    ]  # fmt: skip
    checked = check(found.lines, KNOWN)
    assert [(value.line, value.centihours) for value in checked.values] == [(2, 150), (6, 3550), (7, 1200), (8, 700), (12, 3600)]
    assert [(error.line, error.code) for error in checked.blocking] == [
        *((line, "V09") for line in (3, 4, 5, 9, 10, 11)), (13, "CELL_ERROR"), (14, "CELL_ERROR"),
    ]  # fmt: skip


def test_three_workbooks_have_one_verdict() -> None:
    said = [verdict(look(make(lines(*SEEN)))) for make in WORKBOOKS]
    assert said[0] == said[1] == said[2]


@pytest.mark.parametrize("make", WORKBOOKS)
def test_a_month_in_error_is_told_and_not_left_out(make: Maker) -> None:
    header: list[Cell] = ["N° marché", "Matricule", "Employeur", "01/2026", "02/2026"]
    rows: list[list[Cell]] = [header, ["2026-001", "A1", "X", "#REF!", (7.5, "0.0")], ["2026-001", "A2", "X", (8, "0.0"), (9, "0.0")]]
    checked = check(look(make(rows)).lines, KNOWN)
    assert [(str(value.period), value.centihours) for value in checked.values] == [("2026-01", 800), ("2026-02", 900)]
    assert [(error.line, error.code, error.value) for error in checked.blocking] == [(2, "CELL_ERROR", "#REF!")]


@pytest.mark.parametrize("make", WORKBOOKS)
def test_numbers_keep_the_zeros_and_the_beginning_that_their_format_shows(make: Maker) -> None:
    header: list[Cell] = ["N° marché", "Mois", "Matricule", "SIRET employeur", "Heures réalisées", "Commune de résidence"]
    rows: list[list[Cell]] = [
        header,
        [(45, '"2026-"000'), "03/2026", (123, "000000"), (12345678200010, "000 000 000 00000"), (7, "0"), (1004, "00000")],
        [(2026046, "0000-000"), "03/2026", (1234567, "000000"), (12345678200010, "0"), (7, "0"), "93066"],
    ]
    assert values(look(make(rows)), "contract", "worker_id", "employer_siret", "residence") == [
        ("2026-045", "000123", "12345678200010", "01004"),
        ("2026-046", "1234567", "12345678200010", "93066"),
    ]


@pytest.mark.parametrize("make", WORKBOOKS)
def test_persons_are_counted_with_their_unit(make: Maker) -> None:
    rows: list[list[Cell]] = [["N° marché", "Période", "Employeur", "Heures réalisées", "Nombre de personnes"],
                              ["2026-001", "2026-T1", "X", (300, "0"), (3, '0" pers."')]]  # fmt: skip
    [value] = check(look(make(rows)).lines, KNOWN).values
    assert value.group is not None
    assert value.group.persons == 3


def test_a_text_is_not_what_a_format_of_numbers_would_show() -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet("Suivi")
    sheet.write_row(0, 0, HEADER[:5])
    sheet.write_row(1, 0, ("2026-001", "03/2026", "A1", "X"))
    sheet.write_string(1, 4, "7,5", book.add_format({"num_format": '0" j"'}))
    book.close()
    assert values(look(buffer.getvalue()), "hours") == [("7,5",)]


def test_an_open_document_says_its_styles_in_columns_rows_and_parents() -> None:
    plain = [cell(text) for text in ("2026-001", "03/2026", "A1", "Chantiers Fictifs")]
    number = '<table:table-cell office:value-type="float" office:value="90"/>'
    styles = (
        '<number:number-style style:name="N9"><number:number number:min-integer-digits="1"/><number:text> min</number:text></number:number-style>'
        '<number:number-style style:name="N8P0"><number:number/><number:text> j</number:text></number:number-style>'
        '<number:number-style style:name="N8"><number:text>-</number:text><number:number/><number:text> j</number:text>'
        '<style:map style:condition="value()&gt;=0" style:apply-style-name="N8P0"/></number:number-style>'
        '<style:style style:name="of" style:family="table-cell" style:data-style-name="N9"/>'
        '<style:style style:name="child" style:family="table-cell" style:parent-style-name="of"/>'
        '<style:style style:name="days" style:family="table-cell" style:data-style-name="N8"/>'
    )
    columns = '<table:table-column table:number-columns-repeated="4"/><table:table-column table:default-cell-style-name="child"/>'
    header = [cell(text) for text in HEADER[:5]]
    own = number.replace("office:value-type", 'table:style-name="days" office:value-type')
    data = document([header, [*plain, number], [*plain[:2], cell("A2"), plain[3], own]], styles, columns)
    assert values(look(data), "hours") == [("90 min",), ("90 j",)]
    repeated = [*plain[:3], cell("X"), number.replace("<table:table-cell", '<table:table-cell table:number-columns-repeated="3"')]
    header = [cell(text) for text in ("N° marché", "Période", "Matricule", "Employeur", "01/2026", "02/2026", "03/2026")]
    columns = columns.replace('style-name="child"', 'style-name="child" table:number-columns-repeated="3"')
    assert values(look(document([header, [repeated[0], cell(""), *repeated[2:]]], styles, columns)), "hours") == [("90 min",)] * 3


def test_a_document_of_endless_cells_is_refused_in_time() -> None:
    row = '<table:table-row table:number-rows-repeated="1000000">{}</table:table-row>'
    wide = '<table:table-cell table:number-columns-repeated="16000" office:value-type="percentage" office:value="0.5"/>'
    began = time.monotonic()
    with pytest.raises(Refused):
        look(document([[cell(text) for text in HEADER], row.format(wide)]))
    assert time.monotonic() - began < 20


def test_a_damaged_old_workbook_says_nothing_of_its_cells() -> None:
    whole = xls(lines(*SEEN))
    assert surveyed_xls(whole)["Suivi"].errors == {(13, 5): "#DIV/0!", (14, 5): "#N/A"}
    for place in range(0, len(whole), 11):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        surveyed_xls(bytes(damaged))


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ('0" min"', MINUTES), ('#,##0 "minutes"', MINUTES), ('0"mn"', MINUTES), ('0.0" jours"', DAYS), ('0" j."', DAYS), ("0.0%", PERCENT),
        ("General", AS_IT_IS), ('General" min"', MINUTES), ('0" h"', AS_IT_IS), ("[h]:mm", AS_IT_IS), ('[h]"h"mm', AS_IT_IS), ("[h]", AS_IT_IS),
        ("dd/mm/yyyy", AS_IT_IS), ('0" %"', WRITTEN_PERCENT), (r"0\%", WRITTEN_PERCENT), ('0" €"', MONEY), ("mmm-yy", AS_IT_IS), ('0;"min"', AS_IT_IS),
        ("", AS_IT_IS), (r"0\ \m\i\n", MINUTES), (r"0\ \j", DAYS), (r"0\ \h", AS_IT_IS), ('0.00" h réalisées"', AS_IT_IS), ('0" h/j"', Shown(" h/j")),
        ('_-* #,##0.00\\ "€"_-;-* #,##0.00\\ "€"_-', MONEY), ("_-* #,##0.00\\ _€_-", AS_IT_IS), ("#,##0.00\\ [$€-40C]", MONEY), ("0.00E+00", AS_IT_IS),
        ("0000", Shown(mask="0000")), ('0"-2026"', Shown("-2026")), ('"2026-"000', Shown(before="2026-", mask="000")), ('"Total : "0', AS_IT_IS),
        ("# ##0", AS_IT_IS), ("#,##0_);(#,##0)", AS_IT_IS), ("000\\ 000\\ 000\\ 00000", AS_IT_IS), ("00.00", AS_IT_IS), ('"n° "0', AS_IT_IS), ("@", AS_IT_IS),
    ],
)  # fmt: skip
def test_what_a_format_shows(code: str, shown: Shown) -> None:
    assert shown_by(code) == shown


def test_formats_that_a_workbook_does_not_write_out() -> None:
    assert [shown_by("", number) for number in (0, 2, 9, 10, 14, 44)] == [AS_IT_IS, AS_IT_IS, PERCENT, PERCENT, AS_IT_IS, MONEY]
    assert shown_by("0.00", 44) == AS_IT_IS, "what a workbook writes out counts"
