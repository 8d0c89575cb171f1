"""Files that nobody should send: each is read or refused with a reason, annotated where it is read, and nothing else happens."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from msoffcrypto.format.ooxml import OOXMLFile  # type: ignore[import-untyped]

from kit.errors import Refused
from services.ingest.files.annotating import annotated
from services.ingest.files.reading import look, read_hours
from services.ingest.rules.lines import check
from tests.tables_of_hours import csv, workbook
from tests.unit.damaged_files import FORMATS, HEADER, KNOWN, survives
from tests.unit.refused_files import refusal, zipped


def test_a_thousands_dot_is_asked_back_and_not_guessed() -> None:
    found = check(read_hours(csv(HEADER, ("1", "2026-T1", "A", "X", "1.234,56"))).lines, KNOWN)
    [error] = found.errors
    assert (error.code, error.severity, error.value) == ("V09", "blocking", "1.234,56")


def test_two_columns_of_one_title_are_a_question_not_a_choice() -> None:
    assert refusal(csv((*HEADER, "Heures réalisées"), ("1", "2026-03", "A", "X", "7", "8"))).code == "FILE_DUPLICATE_COLUMN"


def test_a_file_without_a_header_says_which_columns_it_lacks() -> None:
    found = refusal(csv(("2026-001", "2026-03", "A", "X", "7"), ("2026-001", "2026-03", "B", "X", "8")))
    assert {error.code for error in found.errors} == {"FILE_MISSING_COLUMN"}


def test_three_hundred_columns_are_read_and_six_hundred_refused() -> None:
    more = tuple(f"Colonne {number}" for number in range(295))
    found = read_hours(csv((*HEADER, *more), ("1", "2026-03", "A", "X", "7", *more)))
    assert [line.values["hours"] for line in found.lines] == ["7"]
    assert survives(workbook(("Lot", [[*HEADER, *more], ["1", "2026-03", "A", "X", -7, *more]]))) == "read"
    assert refusal(csv((*HEADER, *more, *more))).code == "FILE_COLUMNS"


@pytest.mark.parametrize("name", ["heures.xlsx", "heures.xls"])
def test_a_workbook_with_a_password_asks_to_take_it_off(name: str) -> None:
    out = io.BytesIO()
    if name.endswith("xlsx"):
        plain = io.BytesIO((FORMATS / name).read_bytes())
        OOXMLFile(plain).encrypt("secret", out)
        assert refusal(out.getvalue()).code == "FILE_PASSWORD"
    else:
        assert survives((FORMATS / name).read_bytes()) == "read"


def test_an_external_entity_is_neither_fetched_nor_expanded() -> None:
    parts = {name: zipfile.ZipFile(FORMATS / "heures.xlsx").read(name) for name in zipfile.ZipFile(FORMATS / "heures.xlsx").namelist()}
    for part in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"):
        if part not in parts:
            continue
        declared = b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname"><!ENTITY b "&e;&e;&e;">]>'
        head, _, rest = parts[part].partition(b"?>")
        evil = {**parts, part: head + b"?>" + declared + rest.replace(b"2026", b"&e;", 1)}
        try:
            text = str(look(zipped(**evil)).lines)
        except Refused:
            continue
        assert Path("/etc/hostname").read_text(encoding="utf-8").strip() not in text


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "+1+1", "-1+cmd", "@SUM(A1)", "\t=1+1"])
def test_a_cell_that_begins_like_a_formula_is_a_text_in_what_we_hand_back(cell: str) -> None:
    data = csv(HEADER, (cell, "2026-03", "A", "X", "-7"))
    found = look(data)
    book = openpyxl.load_workbook(io.BytesIO(annotated(data, found, check(found.lines, KNOWN).errors)))
    assert {one.data_type for row in book.worksheets[0].iter_rows() for one in row if one.value is not None} == {"s"}


def test_broken_accents_are_shown_as_they_are_and_break_nothing() -> None:
    mojibake = "N° marché;Mois;Matricule;Employeur;Heures réalisées\n1;2026-03;A;Soci\u00c3\u00a9t\u00c3\u00a9;7\n".encode()
    twice = "N\u00c2\u00b0 march\u00c3\u00a9;Mois;Matricule;Employeur;Heures r\u00c3\u00a9alis\u00c3\u00a9es\n1;2026-03;A;X;7\n".encode()
    assert survives(mojibake) == "read"
    assert survives(twice) in {"read", "FILE_MISSING_COLUMN"}
