"""Files as people send them: every encoding, separator and workbook that should be read is, and nothing else hurts."""

from __future__ import annotations

import io
import random
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import Refused
from services.ingest.files.archive import MOST_UNPACKED
from services.ingest.files.model import model_workbook
from services.ingest.files.reading import FileOfHours, read_hours
from services.ingest.files.table import LARGEST_FILE
from services.ingest.rules.fields import FIELDS, field_of
from tests.tables_of_hours import workbook
from tests.unit.refused_files import refusal, zipped

HEADER = "N° marché;Période;Heures réalisées;Identifiant salarié\n"
ROW = "2026-001;2026-03;7,5;Zoé\n"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_every_usual_writing_of_a_csv(codec: str, delimiter: str) -> None:
    text = (HEADER + ROW.replace("7,5", '"7,5"')).replace(";", delimiter).replace("\n", "\r\n")
    found = read_hours(text.encode(codec))
    assert [dict(line.values) for line in found.lines] == [
        {"contract": "2026-001", "period": "2026-03", "hours": "7,5", "worker_id": "Zoé"}
    ]
    assert (found.lines[0].line, found.facts.delimiter, found.lines[0].columns["hours"]) == (2, delimiter, "Heures réalisées")


def test_english_headers_and_our_own_are_one() -> None:
    assert (
        read_hours(b"contract;period;hours\n1;2026-03;7\n").lines[0].values
        == read_hours((HEADER + "1;2026-03;7;\n").encode()).lines[0].values
    )


def test_line_numbers_are_the_spreadsheet_s_also_under_a_title_and_with_blank_rows() -> None:
    found = read_hours(f"Suivi des clauses\n;;\n{HEADER}{ROW};;;\n{ROW}".encode())
    assert [line.line for line in found.lines] == [4, 6]


def test_a_quoted_line_break_is_one_row() -> None:
    assert [line.line for line in read_hours((HEADER + '"a\nb";2026-03;1;x\n' + ROW).encode()).lines] == [2, 3]


def test_columns_that_stay_out_are_told() -> None:
    found = read_hours(b"contract;period;hours;Commentaire;N\xc2\xb0 s\xc3\xa9cu;T\xc3\xa9l\xc3\xa9phone\n1;2026-03;7;x;y;z\n")
    assert [(notice.column, notice.code) for notice in found.notices] == [
        ("Commentaire", "UNKNOWN_FIELD"), ("N° sécu", "NEVER_READ"), ("Téléphone", "NEVER_READ"),
    ]  # fmt: skip
    assert set(found.lines[0].values) == {"contract", "period", "hours"}


def test_the_author_s_choice_of_columns_wins() -> None:
    found = read_hours(b"contract;period;Total;hours\n1;2026-03;7;9\n", {"Total": "hours", "hours": None})
    assert found.lines[0].values["hours"] == "7"
    assert refusal_of({"Total": "surprise"}) == refusal_of({"absent": "hours"}) == "FILE_CHOICE"


def refusal_of(chosen: dict[str, str | None]) -> str:
    with pytest.raises(Refused) as found:
        read_hours(b"contract;period;hours;Total\n1;2026-03;7;9\n", chosen)
    return found.value.code


def test_the_period_may_be_given_with_the_file() -> None:
    assert read_hours(b"contract;hours\n1;7\n", period="2026-03").lines[0].values["period"] == "2026-03"
    assert refusal(b"contract;hours\n1;7\n").code == "FILE_MISSING_COLUMN"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "FILE_EMPTY"),
        (b" \r\n\r\n", "FILE_EMPTY"),
        (HEADER.encode(), "FILE_NO_LINES"),
        (bytes(range(256)) * 40, "FILE_FORMAT"),
        (b"%PDF-1.7 ...", "FILE_FORMAT"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 600, "FILE_DAMAGED"),
        (HEADER.encode() + b"a;b;c;\x81\xe9\n", "FILE_ENCODING"),
        (b"contract;contract;period;hours\n1;1;2;3\n", "FILE_DUPLICATE_COLUMN"),
        (b"period;P\xc3\xa9riode;contract;hours\n1;1;2;3\n", "FILE_DUPLICATE_COLUMN"),
        (b"a;b;c\n1;2;3\n", "FILE_MISSING_COLUMN"),
        ((";".join(f"c{n}" for n in range(100_000)) + "\n").encode(), "FILE_COLUMNS"),
        (HEADER.encode() + b'1;"' + b"x" * 40_000, "FILE_CELL"),
        (HEADER.encode() + b"1;2;3;4\n" * 100_001, "FILE_ROWS"),
        (b"PK\x03\x04 not really", "FILE_DAMAGED"),
        (zipped(word__document__xml=b"x"), "FILE_FORMAT"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_file_of_hours_is_refused_with_its_reason(data: bytes, code: str) -> None:
    assert refusal(data).code == code


def test_more_than_the_limit_is_413() -> None:
    assert refusal(b"x" * (LARGEST_FILE + 1)).status == 413


def test_a_lone_nul_is_the_cell_s_problem() -> None:
    assert read_hours((HEADER + "1;2026-03;7;a\x00b\n").encode()).lines[0].values["worker_id"] == "a\x00b"


def test_a_zip_bomb_is_not_unpacked() -> None:
    with io.BytesIO() as buffer:
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/workbook.xml", b"<workbook/>")
            with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
                for _ in range(MOST_UNPACKED // (1 << 22) + 1):
                    sheet.write(b"0" * (1 << 22))
        assert refusal(buffer.getvalue()).code == "FILE_BOMB"


def test_a_sheet_with_one_far_cell_does_not_fill_the_memory() -> None:
    for row, column, code in ((1_048_575, 0, "FILE_ROWS"), (1, 16_383, "FILE_COLUMNS"), (90_000, 400, "FILE_ROWS")):
        buffer = io.BytesIO()
        book = xlsxwriter.Workbook(buffer)
        book.add_worksheet().write(row, column, "x")
        book.close()
        assert refusal(buffer.getvalue()).code == code


def test_a_workbook_as_its_author_sees_it() -> None:
    headers: list[object] = ["N° marché", "Période", "Heures réalisées", "SIRET employeur", "Identifiant salarié"]
    rows: list[list[object]] = [headers, ["A", "2026-03", 7.199999999999999, 21930048500013.0, 12], ["B", "2026-03", timedelta(hours=151, minutes=40), "", True],
            ["C", "2026-03", "#REF!", "", ""]]  # fmt: skip
    data = workbook(("Mode d’emploi", [["Mode d’emploi", "à lire"]]), ("Déclarations", rows))
    found: FileOfHours = read_hours(data)
    assert found.facts.sheet == "Déclarations"
    assert [line.line for line in found.lines] == [2, 3, 4]
    assert [line.values["hours"] for line in found.lines] == ["7.2", "151:40", "#REF!"]
    assert (found.lines[0].values["employer_siret"], found.lines[0].values["worker_id"]) == ("21930048500013", "12")


def test_the_model_reads_back_without_a_remark() -> None:
    with pytest.raises(Refused) as empty:
        read_hours(model_workbook())
    assert empty.value.code == "FILE_NO_LINES"
    assert all(field_of(field.label) == field.name for field in FIELDS)


def is_read_or_refused(data: bytes) -> bool:
    """True unless a refusal gives no reason; anything but a refusal is raised."""
    try:
        read_hours(data)
    except Refused as refused:
        return bool(refused.errors)
    return True


def test_a_workbook_with_any_byte_changed_is_read_or_refused() -> None:
    whole = workbook(("Déclarations", [["contract", "period", "hours"], ["A", "2026-03", 7]]))
    drawn = random.Random(20261122)
    for _ in range(300):
        damaged = bytearray(whole)
        damaged[drawn.randrange(len(whole))] ^= drawn.randrange(1, 256)
        assert is_read_or_refused(bytes(damaged[: drawn.randrange(len(whole) // 2, len(whole) + 1)]))


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for body in (data, HEADER.encode() + data):
        assert is_read_or_refused(body)


def test_the_page_of_the_format_is_the_definition() -> None:
    from services.ingest.files.documentation import page, table_schema

    root = Path(__file__).parents[2]
    assert (root / "docs/file-format.md").read_text(encoding="utf-8") == page()
    assert (root / "docs/heures.tableschema.json").read_text(encoding="utf-8") == table_schema()
