"""What is no table is named, with what to send instead; and texts whose rows an export put into quotation marks are tables."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from kit.errors import Refused
from services.ingest.files.reading import look, read_hours
from tests.tables_of_hours import PERSON, checked, csv, hours

LINE = ("2026-001", "X", "A1", "2026-03", "7,5")
PAGE = "<html><head><meta charset='utf-8'></head><body><table><tr><th>N° marché</th></tr><tr><td>2026-001</td></tr></table></body></html>"


def archive(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name in names:
            target.writestr(name, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (PAGE.encode(), "page web"), (PAGE.encode("utf-16"), "page web"), (f"\n<!-- x -->\n<TABLE>{PAGE}".encode(), "page web"),
        (f"MIME-Version: 1.0\nContent-Type: multipart/related\n\n{PAGE}".encode(), "page web"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "format XML"),
        (b'<?xml version="1.0" encoding="UTF-8"?><office:document xmlns:office="x"/>', "format XML"), (b'[{"contract": "2026-001"}]', "JSON"),
        (b"%PDF-1.7\n", "PDF"), (b"{\\rtf1\\ansi x}", "document de texte"), (gzip.compress(b"x"), "archive"), (archive("heures.csv"), "archive"),
        (archive("xl/workbook.bin", "[Content_Types].xml"), ".xlsb"), (archive("word/document.xml", "[Content_Types].xml"), "document de texte"),
        (archive("Index/Document.iwa"), "Numbers"), (archive("ppt/presentation.xml", "[Content_Types].xml"), "n’est pas un classeur"),
        (b"From: a@exemple.fr\nSubject: heures\n\nBonjour", "courriel"), (b"\x89PNG\r\n\x1a\n", "image"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_named(data: bytes, said: str) -> None:
    """Most of them lacked three columns, or were « ni un classeur .xlsx ni un texte CSV »."""
    with pytest.raises(Refused) as refused:
        look(data)
    assert refused.value.errors[0].code == "FILE_FORMAT"
    assert said in refused.value.errors[0].message


@pytest.mark.parametrize(
    "above",
    [
        "De : 01/01/2026 au 31/03/2026",
        "Objet : heures d’insertion",
        "From: 01/01/2026",
        "[Confidentiel]",
        "<Suivi>",
        "{T1}",
        "Subject: heures",
    ],
)
def test_a_line_above_the_titles_makes_no_other_kind_of_a_table(above: str) -> None:
    found = look(f"{above}\n".encode() + csv(PERSON, LINE))
    assert hours(checked(found)) == [("2026-03", 750)]


def test_a_cell_of_several_rows_is_no_row_in_quotation_marks() -> None:
    """Found by the long fuzz: an error of the reader went through."""
    for broken in ("\r", "\n", "\r\n"):
        with pytest.raises(Refused) as refused:
            read_hours(f'"N° marché;Mois{broken}Heures"\r\n"2026-001;2026-03"\r\n'.encode())
        assert refused.value.errors[0].code.startswith("FILE_")


def test_rows_that_are_each_in_quotation_marks_are_rows() -> None:
    rows = (*csv(PERSON, LINE).decode().splitlines(), '2026-001;"X ""Y""";A2;2026-03;8')
    found = look("\r\n".join('"{}"'.format(row.replace('"', '""')) for row in rows).encode())
    assert hours(checked(found)) == [("2026-03", 750), ("2026-03", 800)]
    assert [line.line for line in found.lines] == [2, 3]
    assert found.lines[1].values["employer_name"] == 'X "Y"'
