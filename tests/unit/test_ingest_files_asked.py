"""What only the author knows of a file and what the author does not see: asked, remembered or told, never decided in silence."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt  # type: ignore[import-untyped]

from services.ingest.files.answers import Answers
from services.ingest.files.model import sample_workbook
from services.ingest.files.reading import look, read_hours
from services.ingest.files.survey_of_xls import surveyed_xls
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


def ods_with_hidden_rows(name: str = "") -> bytes:
    """The third row, the second of hours, hidden by a filter; with a `name` of its own for the sheet."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(ODS) as source, zipfile.ZipFile(buffer, "w") as target:
        for entry in source.infolist():
            text = source.read(entry)
            pieces = (re.sub(rb'table:name="[^"]*"', f'table:name="{name}"'.encode(), text) if name else text).split(b"<table:table-row>")
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
    assert "1 ligne masquée" in told(look(ods_with_hidden_rows(name="Lots 1 &amp; 2")), "HIDDEN_ROWS"), "a sheet’s name as XML writes it"
    assert "HIDDEN_ROWS" not in codes(look(ODS.read_bytes()))


def xls_with_hidden(rows: int) -> bytes:
    """Hours of as many persons, the third and the fifth row and the column of hours hidden; of a second sheet nothing."""
    book = xlwt.Workbook()
    for name in ("Été 2018", "Lot 2"):
        sheet = book.add_sheet(name)
        for number, row in enumerate([PERSON, *[("1", "X", f"A{number}", "2018-03", "7") for number in range(rows)]]):
            for place, cell in enumerate(row):
                sheet.write(number, place, cell)
    for number in (2, 4):
        book.get_sheet(0).row(number).hidden = True
    book.get_sheet(0).col(4).hidden = True
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("rows", [4, 3_000])
def test_so_are_those_of_an_old_workbook(rows: int) -> None:
    found = look(xls_with_hidden(rows))
    assert "2 lignes masquées" in told(found, "HIDDEN_ROWS")
    assert "lignes 3, 5." in told(found, "HIDDEN_ROWS")
    assert "« Heures réalisées »" in told(found, "HIDDEN_COLUMNS")
    assert codes(found).count("HIDDEN_ROWS") == 1


def test_a_damaged_old_workbook_hides_nothing_and_goes_nowhere() -> None:
    whole = xls_with_hidden(300)
    assert surveyed_xls(whole[:512]) == surveyed_xls(whole[:100]) == surveyed_xls(b"") == {}
    for place in range(0, 2_000, 7):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        surveyed_xls(bytes(damaged))


@pytest.mark.parametrize(
    "data",
    [
        csv(("N° marché", "Entreprise", "Semaine", "Heures réalisées"), ("1", "X", "S02", "35"), ("1", "X", "S03", "35")),
        csv(("N° marché", "Entreprise", "S02", "S03"), ("1", "X", "35", "35")),
    ],
)
def test_the_year_of_weeks_and_whether_to_add_them_up_are_asked_together(data: bytes) -> None:
    assert asked(data) == ["year", "days"]
    assert asked(data, Answers(year=2018, days="sum")) == []
    assert values(look(data, Answers(year=2018, days="sum")), "period", "hours") == [("2018-01", "70,00")]
    assert asked(data, Answers(days="sum")) == ["year"]


def test_months_down_under_names_are_refused_with_the_way_out() -> None:
    [problem] = look(csv(("Mois", "Dupont", "Martin"), ("janv. 2018", "10", "20"), ("févr. 2018", "11", "21"))).problems
    assert problem.code == "FILE_LAYOUT"
    assert "« Dupont », « Martin »" in problem.message
    [missing] = look(csv(("Mois", "Matricule", "Heures réalisées", "Paniers", "Km"), ("2018-01", "A1", "10", "2", "3"))).problems
    assert missing.code == "FILE_MISSING_COLUMN", "an ordinary table that lacks its contract"


def test_each_block_of_a_sheet_has_the_contract_that_stands_above_it() -> None:
    """The first contract stood for the lines of all blocks."""
    titles = ("Employeur", "Matricule", "Mois", "Heures réalisées")
    blocks = [[(f"Marché n° 2018-0{k}", "", "", ""), titles, ("X", f"A{k}", "2018-03", 10), ("X", f"B{k}", "2018-03", 5)] for k in range(3)]
    found = read_hours(csv(*blocks[0], *blocks[1], *blocks[2]))
    assert values(found, "contract", "worker_id") == [(f"2018-0{k}", f"{who}{k}") for k in range(3) for who in "AB"]
    assert "lignes qui le nomment : 5, 9" in told(found, "CONTRACT_READ")
    beside = read_hours(csv(titles, ("Marché n° :", "2018-01"), blocks[1][2], ("N° marché", "2018-02"), blocks[2][2]))
    assert values(beside, "contract", "worker_id") == [("2018-01", "A1"), ("2018-02", "A2")]
    below = read_hours(csv(titles, *(row for block in blocks for row in block if row != titles)))
    assert values(below, "contract")[-1] == ("2018-02",)


def test_hours_worked_of_a_period_are_that_periods_column() -> None:
    """How landlords follow their contracts; planned hours, sums and rates stay out."""
    data = csv(
        (
            "Opération",
            "N° marché",
            "Entreprise",
            "Heures prévues",
            "Heures réalisées T1 2018",
            "Heures réalisées T2 2018",
            "Total réalisé",
            "Reste à réaliser",
        ),
        ("R1", "2018-045", "BTP", 1000, 100, 150, 250, 750),
    )
    assert hours(checked(read_hours(data))) == [("2018-Q1", 10_000), ("2018-Q2", 15_000)]
    one = csv(("N° marché", "Entreprise", "Objectif heures", "Réalisé T1 2018"), ("1", "BTP", 1000, 100))
    assert hours(checked(read_hours(one))) == [("2018-Q1", 10_000)], "one period alone, beside a title with several meanings"
    years = csv(("N° marché", "Entreprise", "Heures réalisées 2017", "Heures réalisées 2018"), ("1", "BTP", 100, 200))
    assert hours(checked(read_hours(years))) == [("2017", 10_000), ("2018", 20_000)]
    planned = look(csv((*PERSON[:3], "Heures prévues T1 2018", "Heures prévues T2 2018"), ("1", "X", "A1", 10, 20)))
    assert [problem.code for problem in planned.problems] == ["FILE_MISSING_COLUMN"] * 2


def test_months_written_as_numbers_take_the_year_that_their_author_says() -> None:
    data = csv(("Filtre : année 2018",), PERSON, ("1", "X", "A1", "03", "7"), ("1", "X", "A2", "4", "8"))
    assert asked(data) == ["year"], "a number alone may be anything"
    assert hours(checked(look(data, Answers(year=2018)))) == [("2018-03", 700), ("2018-04", 800)]


def test_a_recap_without_a_period_does_not_stop_the_sheets_that_it_sums_up() -> None:
    titles = ["N° marché", "Employeur", "Matricule", "Heures réalisées"]
    months: list[tuple[str, list[list[Any]]]] = [(name, [["Suivi 2018"], titles, ["1", "X", "A1", 100]]) for name in ("Janvier", "Février")]
    recap: tuple[str, list[list[Any]]] = ("Récap", [["Suivi 2018"], titles, ["1", "X", "A1", 200]])
    found = read_hours(workbook(recap, *months))
    assert hours(checked(found)) == [("2018-01", 10_000), ("2018-02", 10_000)]
    assert "« Récap »" in told(found, "UNREAD_SHEETS")
    assert found.place_of(found.lines[-1].line) == ("Février", 3)
    [problem] = look(workbook(*months, ("Autre", recap[1]))).problems
    assert problem.message.startswith("Feuille « Autre » : Il manque la colonne « Période »")


def test_a_compact_pivot_table_is_told_how_to_be_sent() -> None:
    [problem] = look(csv(("Étiquettes de lignes", "Somme de Heures réalisées"), ("2018-045", 100), ("DURAND Jean", 100))).problems
    assert "tableau croisé dynamique" in problem.message


def test_lines_of_days_are_added_up_by_month_when_their_author_says_so() -> None:
    titles = ("N° marché", "Employeur", "Matricule", "Date", "Heures")
    days = [
        ("1", "X", "A1", "05/03/2018", "7"),
        ("1", "X", "A1", "06/03/2018", "7h30"),
        ("1", "X", "A1", "02/04/2018", "7"),
        ("1", "X", "B1", "05/03/2018", "6"),
    ]
    data = csv(titles, *days)
    assert set(asked(data)) == {"column:3", "days"}
    known = Answers(columns={"Date": "period"}, days="sum")
    found = look(data, known)
    assert found.questions == []
    assert "4 lignes" in told(found, "DAYS_ADDED")
    assert hours(checked(found)) == [("2018-03", 1450), ("2018-04", 700), ("2018-03", 600)]
    mended = look(data, replace(known, fixes={2: {"hours": "13"}}))
    assert hours(checked(mended)) == [("2018-03", 1300), ("2018-04", 700), ("2018-03", 600)], "the author saw the sum and corrected it"
    word = data.replace(b"05/03/2018;7\n", b"05/03/2018;sept\n", 1)
    assert hours(checked(look(word, replace(known, fixes={2: {"hours": "7"}})))) == hours(checked(found)), (
        "a day that was no number joins the others"
    )
    twice = look(csv(titles, *days, days[0], ("1", "X", "A1", "07/03/2018", "sept")), known)
    assert sorted(error.code for error in checked(twice).blocking) == ["V09", "V14", "V14"], "a day twice is no second day"
    assert asked(data, Answers(columns={"Date": "period"}, days="no")) == []
    months = csv(PERSON, ("1", "X", "A1", "01/03/2018", "7"), ("1", "X", "A1", "01/04/2018", "7"))
    assert asked(months) == [], "the first of each month is how spreadsheets write months"


def test_a_day_beside_a_month_asks_nothing() -> None:
    assert asked(csv((*PERSON, "Date"), ("1", "X", "A1", "2018-03", "7", "05/03/2018"))) == []


def test_the_first_of_a_column_of_quarters_is_no_january() -> None:
    data = csv(
        ("N° marché", "Employeur", "Matricule", "Trimestre", "Année", "Heures réalisées"),
        ("1", "X", "A1", "1", "2018", "7"),
        ("1", "X", "A1", "T2", "2018", "8"),
    )
    assert hours(checked(read_hours(data))) == [("2018-Q1", 700), ("2018-Q2", 800)]


def test_our_own_sample_is_read_without_a_doubt() -> None:
    found = look(sample_workbook())
    assert [notice.code for notice in found.notices if notice.severity != "info"] == []
    assert found.questions == []
    assert "EXAMPLE_LINES" in codes(found)


def test_a_worker_of_ones_own_is_not_taken_for_the_sample_s() -> None:
    own = csv(("N° marché", "Employeur", "Matricule", "Mois", "Heures réalisées"), ("1", "X", "A12", "2026-03", "151,67"))
    assert "EXAMPLE_LINES" not in codes(look(own))


def test_usual_titles_are_taken_without_a_question() -> None:
    titles = ("Référence marché", "Nom employeur", "N° participant", "Année de naissance", "Sexe (H/F)", "Résident QPV (O/N)", "Type de public", "Niveau d’études",
              "Date de début de contrat", "Date de fin de contrat", "Mois", "Heures d’insertion réalisées")  # fmt: skip
    data = csv(titles, ("1", "X", "A1", "1990", "H", "O", "RSA", "CAP BEP", "02/01/2018", "31/03/2018", "2018-03", "7"))
    assert asked(data) == [], "a year of birth is no period of work"
    found = look(data)
    assert [guess.header for guess in found.columns if guess.field is None] == []
    [value] = checked(found).values
    assert value.person is not None
    assert (value.person.birth, value.person.sex, value.person.qpv, value.person.education) == ("1990", "M", True, "N3")


@pytest.mark.parametrize(
    ("title", "cell", "field"), [("Date", "05/03/2018", "period"), ("Employé par", "12345678200010", "employer_siret")]
)  # fmt: skip
def test_what_is_proposed_for_a_column_may_be_chosen_and_stands_first(title: str, cell: str, field: str) -> None:
    """Left out of the list, another field stood first: whoever answered without a look took « Heures cumulées »."""
    line = {"N° marché": "1", "Employeur": "X", "Matricule": "A1", "Mois": "2018-03", "Heures réalisées": "7", title: cell}
    if field == "period":
        del line["Mois"]
    [question] = [one for one in look(csv(list(line), list(line.values()))).questions if one.name.startswith("column:")]
    assert (question.proposed, question.choices[0][0]) == (field, field)
