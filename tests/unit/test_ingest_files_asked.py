"""What only the author knows of a file and what the author does not see: asked, remembered or told, never decided in silence."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from kit.errors import Refused
from services.ingest.files.answers import Answers
from services.ingest.files.reading import look, read_hours
from tests.tables_of_hours import IN_COLUMNS, PERSON, checked, codes, csv, hours, told, values, workbook

ODS = Path(__file__).parents[1] / "files" / "formats" / "heures.ods"
SEXES = csv(
    (*PERSON, "Civilité"),
    ("1", "X", "A1", "2018-03", "7", "1"),
    ("1", "X", "A2", "2018-03", "8", "2"),
    ("1", "X", "A3", "2018-03", "9", ""),
)


def asked(data: bytes, answers: Answers | None = None) -> list[str]:
    return [question.name for question in look(data, answers or Answers()).questions]


def filtered() -> bytes:
    """Rows 3 and 4 hidden by a filter, the hours in a folded group of columns, and a hidden blank row at the end."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(PERSON))
    for n in range(4):
        sheet.append(["1", "X", f"A{n}", "2018-03", 7])
    for number in (3, 4, 9):
        sheet.row_dimensions[number].hidden = True
    sheet.column_dimensions["E"].hidden = True
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def ods_with_hidden_rows() -> bytes:
    """The third row, the second of hours, hidden by a filter."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(ODS) as source, zipfile.ZipFile(buffer, "w") as target:
        for entry in source.infolist():
            pieces = source.read(entry).split(b"<table:table-row>")
            hidden = b'<table:table-row table:visibility="filter">'
            target.writestr(
                entry,
                b"<table:table-row>".join(pieces[:3])
                + b"".join(hidden + piece for piece in pieces[3:4])
                + b"".join(b"<table:table-row>" + piece for piece in pieces[4:]),
            )
    return buffer.getvalue()


def test_a_sex_written_1_and_2_is_asked_once_and_its_hours_count_meanwhile() -> None:
    assert asked(SEXES) == ["sexes"]
    assert values(look(SEXES, Answers(sexes="1M")), "sex") == [("M",), ("F",), (None,)]
    assert values(look(SEXES, Answers(sexes="1F")), "sex") == [("F",), ("M",), (None,)]
    assert asked(SEXES, Answers(sexes="no")) == []
    remembered = Answers.of(Answers(sexes="1F").layout())
    assert values(look(SEXES, remembered), "sex")[0] == ("F",)
    told_only = read_hours(SEXES)
    assert "SEX_CODES" in codes(told_only)
    assert len(checked(told_only).values) == 3, "whoever cannot be asked is told, and no hour is lost"
    assert {value.person.sex for value in checked(told_only).values if value.person} == {"NC"}


def test_letters_beside_codes_are_no_convention() -> None:
    mixed = SEXES.replace(b"7;1", b"7;F")
    assert asked(mixed) == []
    assert [error.code for error in checked(look(mixed)).blocking] == ["UNKNOWN_CODE"]


def test_the_year_and_whether_hours_are_cumulated_are_asked_together() -> None:
    rising = csv(IN_COLUMNS, *[("1", "X", f"A{n}", 10 + n, 20 + n, 30 + n) for n in range(4)])
    assert asked(rising) == ["year", "hours_are"]
    assert asked(rising, Answers(year=2018)) == ["hours_are"]
    assert asked(rising, Answers(year=2018, hours_are="cumulated")) == []


def test_months_in_rows_without_a_year_are_asked_for_it() -> None:
    data = csv(PERSON, ("1", "X", "A1", "mars", "7"), ("1", "X", "A1", "T2", "8"), ("1", "X", "A2", "mars 2018", "9"))
    assert asked(data) == ["year"]
    assert hours(checked(look(data, Answers(year=2018)))) == [("2018-03", 700), ("2018-Q2", 800), ("2018-03", 900)]
    assert asked(csv(PERSON, ("1", "X", "A1", "2018-03", "7"), ("1", "X", "A2", "T2 2018", "7"))) == []


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark_is_read(codec: str) -> None:
    found = read_hours(csv(PERSON, ("1", "Été", "A1", "2018-03", "7")).decode().encode(codec))
    assert (found.facts.encoding, values(found, "employer_name", "hours")) == ("UTF-16", [("Été", "7")])


def test_a_text_with_a_zero_in_a_cell_is_not_wide() -> None:
    assert read_hours(csv(PERSON, ("1", "X", "A1", "2018-03", "7"), ("1", "X\0", "A2", "2018-03", "7"))).facts.encoding == "UTF-8"


def test_rows_and_columns_that_a_filter_hides_are_read_and_told() -> None:
    found = read_hours(filtered())
    assert len(found.lines) == 4
    assert "2 lignes masquées" in told(found, "HIDDEN_ROWS")
    assert "lignes 3, 4." in told(found, "HIDDEN_ROWS")
    assert told(found, "HIDDEN_COLUMNS") == "Colonne masquée, lue comme les autres : « Heures réalisées »."
    seen = read_hours(workbook(("Heures", [PERSON, ("1", "X", "A1", "2018-03", 7)])))
    assert not {"HIDDEN_ROWS", "HIDDEN_COLUMNS"} & set(codes(seen))


def test_so_are_those_of_an_opendocument_file() -> None:
    assert "1 ligne masquée" in told(look(ods_with_hidden_rows()), "HIDDEN_ROWS")
    assert told(look(ods_with_hidden_rows()), "HIDDEN_ROWS").count("ligne 3.") == 1
    assert "HIDDEN_ROWS" not in codes(look(ODS.read_bytes()))


def test_titles_down_a_column_are_refused_with_the_way_out() -> None:
    """Read as it stood, its « Mois » row passed for titles, and both columns for the first contract's."""
    rows = zip(PERSON, ("2018-001", "X", "A1", "2018-01", 100), ("2018-002", "Y", "A2", "2018-02", 50), strict=True)
    with pytest.raises(Refused) as refused:
        look(workbook(("Suivi", [list(row) for row in rows])))
    assert refused.value.code == "FILE_TRANSPOSED"
    assert "« Transposer »" in refused.value.errors[0].message


def test_months_down_and_contracts_across_are_refused_with_the_way_out() -> None:
    [problem] = look(csv(("Mois", "2018-001", "2018-002"), ("janv. 2018", "10", "20"), ("févr. 2018", "11", "21"))).problems
    assert problem.code == "FILE_TRANSPOSED"
    assert "« 2018-001 », « 2018-002 »" in problem.message
    [missing] = look(csv(("Mois", "Matricule", "Heures réalisées", "Paniers", "Km"), ("2018-01", "A1", "10", "2", "3"))).problems
    assert missing.code == "FILE_MISSING_COLUMN", "an ordinary table that lacks its contract"
