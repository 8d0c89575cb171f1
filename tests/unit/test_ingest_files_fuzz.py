"""Generated and damaged files: each is read or refused with a reason, within a bounded memory, and nothing else happens."""

from __future__ import annotations

import io
import random
import re
import resource
import zipfile
from collections import Counter
from pathlib import Path

import pytest
import xlsxwriter
import xlwt  # type: ignore[import-untyped]

from tests.fixtures.profile import Profile
from tests.tables_of_hours import csv
from tests.unit.damaged_files import FORMATS, HEADER, survives
from tests.unit.refused_files import refusal, zipped

WORDS = (
    "N° marché", "Mois", "Heures réalisées", "Matricule", "Employeur", "SIRET", "Statut", "Janv.", "01/2018", "T1", "Total", "Sous-total", "2026-001",
    "2026-03", "7h30", "151,67", "1.234,56", "-7", "#REF!", "=1+1", "+33612345678", "@somme", "é" * 400, "\u202f", "a\nb", '"', ";", "1e400", "NaN",
    "2,175E+13", "12345678200010", "F", "oui", "31/02/2026", "sept-18", "\ufeff", "\u200f", "𝔘", "0", "",
)  # fmt: skip
NUMBERS = (7.5, 43_831, 1e-9, -3, 12345678200010)
FEW_MEGABYTES = 400
"""What the process that asks may grow by, over all the files together."""


def grid(pick: random.Random) -> list[list[str]]:
    rows = [[pick.choice(WORDS) for _ in range(pick.randrange(1, 9))] for _ in range(pick.randrange(1, 12))]
    if pick.random() < 0.6:
        rows.insert(pick.randrange(len(rows)), list(HEADER))
    return rows


def as_xlsx(rows: list[list[str]], pick: random.Random) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    page = book.add_worksheet("Lot 1")
    for row, cells in enumerate(rows):
        for place, cell in enumerate(cells):
            if pick.random() < 0.2:
                page.write_number(row, place, pick.choice(NUMBERS))
            elif pick.random() < 0.1:
                page.write_formula(row, place, "=Z1/0", None, pick.choice(("#DIV/0!", 3, "x")))
            else:
                page.write_string(row, place, cell)
    book.close()
    return out.getvalue()


def as_xls(rows: list[list[str]], pick: random.Random) -> bytes:
    out = io.BytesIO()
    book = xlwt.Workbook()
    page = book.add_sheet("Lot 1")
    for row, cells in enumerate(rows):
        for place, cell in enumerate(cells):
            page.write(row, place, pick.choice(NUMBERS) if pick.random() < 0.2 else cell)
    book.save(out)
    return out.getvalue()


def mutated(data: bytes, pick: random.Random) -> bytes:
    body = bytearray(data)
    for _ in range(pick.randrange(1, 6)):
        place = pick.randrange(len(body))
        match pick.randrange(5):
            case 0:
                body[place] = pick.randrange(256)
            case 1:
                del body[place : place + pick.randrange(1, 200)]
            case 2:
                body[place:place] = pick.randbytes(pick.randrange(1, 60))
            case 3:
                body[place : place + 2] = b"\xff\xff"
            case _:
                body = body[: max(1, place)]
        if not body:
            body = bytearray(b"x")
    return bytes(body)


def repacked(data: bytes, pick: random.Random) -> bytes:
    """A workbook whose inside was changed, so that the change gets past the archive's checks."""
    source = zipfile.ZipFile(io.BytesIO(data))
    chosen = pick.choice([name for name in source.namelist() if name.endswith((".xml", ".rels"))])
    parts = {name: source.read(name) for name in source.namelist()}
    parts[chosen] = mutated(parts[chosen], pick)
    if pick.random() < 0.1:
        del parts[chosen]
    return zipped(**parts)


def generated(number: int, pick: random.Random, known: list[bytes]) -> bytes:
    match number % 8:
        case 0:
            return mutated(pick.choice(known), pick)
        case 1:
            return repacked(pick.choice([one for one in known if one.startswith(b"PK")]), pick)
        case 2:
            return as_xlsx(grid(pick), pick)
        case 3:
            return mutated(as_xls(grid(pick), pick), pick)
        case 4 | 5:
            return csv(*grid(pick))
        case _:
            text = "\r\n".join(pick.choice(";,\t|").join(row) for row in grid(pick))
            return text.encode(pick.choice(("utf-8", "utf-8-sig", "utf-16", "cp1252")), errors="replace")


@pytest.mark.timeout(3_000)  # 5,000 files take minutes on a busy machine
def test_no_generated_file_is_an_unhandled_error(profile: Profile, tmp_path: Path) -> None:
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    pick = random.Random(seed)
    known = [path.read_bytes() for path in sorted(FORMATS.iterdir())]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seen: Counter[str] = Counter()
    for number in range(profile.pick("generated files read", short=250, long=5_000)):
        data = generated(number, pick, known)
        (tmp_path / "last").write_bytes(data)
        seen[survives(data)] += 1
    (tmp_path / "last").unlink()
    print(dict(seen))
    assert "a refusal without a reason" not in seen
    assert seen["read"] > 0
    assert len(seen) > 3, seen
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < FEW_MEGABYTES * 1024


FAR = b'<row r="900000"><c r="XFD900000" t="n"><v>3</v></c></row></sheetData>'


def parts_of(name: str) -> dict[str, bytes]:
    source = zipfile.ZipFile(FORMATS / name)
    return {part: source.read(part) for part in source.namelist()}


def test_a_far_cell_in_a_sheet_kept_where_nobody_looks_ends_no_process() -> None:
    parts = parts_of("heures.xlsx")
    parts["xl/ailleurs.xml"] = parts["xl/worksheets/sheet1.xml"].replace(b"</sheetData>", FAR)
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(b"worksheets/sheet1.xml", b"ailleurs.xml")
    assert refusal(zipped(**parts)).code == "FILE_BOMB"


@pytest.mark.parametrize(("row", "column", "code"), [(65_535, 65_535, "FILE_BOMB"), (6, 700, "FILE_COLUMNS"), (65_000, 200, "FILE_ROWS")])
def test_a_far_cell_in_an_old_workbook_ends_no_process(row: int, column: int, code: str) -> None:
    out = io.BytesIO()
    book = xlwt.Workbook()
    page = book.add_sheet("Lot 1")
    for place, title in enumerate(HEADER):
        page.write(0, place, title)
    page.write(1, 4, 7 / 3)
    book.save(out)
    number = re.escape(b"\x03\x02\x0e\x00") + b"(....)"
    [(at, end)] = [found.span(1) for found in re.finditer(number, out.getvalue(), re.DOTALL)]
    data = bytearray(out.getvalue())
    data[at:end] = row.to_bytes(2, "little") + column.to_bytes(2, "little")
    assert refusal(bytes(data)).code == code


@pytest.mark.parametrize(
    ("rows", "columns", "codes"),
    [(1, 16_384, {"FILE_COLUMNS"}), (900_000, 16, {"FILE_ROWS", "FILE_BOMB"}), (1_000_000, 16_384, {"FILE_BOMB", "FILE_DAMAGED"})],
)
def test_a_cell_repeated_to_the_end_of_an_open_document_ends_no_process(rows: int, columns: int, codes: set[str]) -> None:
    parts = parts_of("heures.ods")
    row = (
        f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell office:value-type="string" '
        f'table:number-columns-repeated="{columns}"><text:p>x</text:p></table:table-cell></table:table-row></table:table>'
    )
    parts["content.xml"] = parts["content.xml"].replace(b"</table:table>", row.encode(), 1)
    assert refusal(zipped(**parts)).code in codes
