"""Layouts that were read without a word and wrongly: hours lost, doubled, or put into another month or year."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from kit.errors import Refused
from schemas.periods import Period
from services.ingest.files.answers import Answers
from services.ingest.files.reading import FileOfHours, look, read, read_hours
from services.ingest.matching.years import year_in
from services.ingest.rules.declared import Checked, RawLine
from services.ingest.rules.durations import NoHours, centihours_of
from services.ingest.rules.fields import field_of, field_spelt
from services.ingest.rules.lines import check
from services.ingest.rules.places import NoPlace, commune_of, department_of
from services.ingest.rules.spans import spanned
from services.ingest.rules.times import NoDate, birthday_of, period_of
from tests.unit.test_ingest_files_defects import KNOWN, checked, codes, csv, values, workbook

PERSON = ("N° marché", "Employeur", "Matricule", "Mois", "Heures réalisées")
IN_COLUMNS = ("N° marché", "Employeur", "Matricule", "Janv.", "Févr.", "Mars")


def hours(found: Checked) -> list[tuple[str, int]]:
    return [(str(value.period), value.centihours) for value in found.values]


def told(found: FileOfHours, code: str) -> str:
    return " ".join(notice.message for notice in found.notices if notice.code == code)


def test_an_employer_whose_name_says_total_is_no_total() -> None:
    found = read_hours(csv(
        PERSON,
        ("1", "Ensemble 77", "A1", "2018-03", "10"), ("1", "Somme Insertion", "A2", "2018-03", "20"), ("1", "Total Énergies", "A3", "2018-03", "30"),
        ("1", "Total Énergies", "", "", "60"), ("1 Total", "", "", "", "60"), ("Grand total", "", "", "", "60"),
    ))  # fmt: skip
    assert values(found, "worker_id", "hours") == [("A1", "10"), ("A2", "20"), ("A3", "30")]
    assert "5, 6, 7" in told(found, "TOTALS_LEFT_OUT")


def test_a_total_that_has_all_of_a_line_is_known_by_its_sum() -> None:
    rows = [("1", "X", "2018-03", "10"), ("1", "Y", "2018-03", "20,5")]
    by_employer = ("N° marché", "Employeur", "Mois", "Heures réalisées")
    assert len(read_hours(csv(by_employer, *rows, ("1", "Total marché 1", "2018-03", "30,5"))).lines) == 2
    assert len(read_hours(csv(by_employer, *rows, ("1", "Total Énergies", "2018-03", "31"))).lines) == 3


def test_a_sum_without_a_word_is_neither_a_line_nor_filled_down() -> None:
    data = csv(
        ("N° marché", "Matricule", "Modalité", "Heures réalisées"), ("1", "A1", "EI", "10"), ("", "A2", "EI", "20"), ("", "", "", "30")
    )
    found = read(data, Answers(fill_down=True), "2018-03")
    assert values(found, "contract", "worker_id", "hours") == [("1", "A1", "10"), ("1", "A2", "20")]
    assert "4" in told(found, "TOTALS_LEFT_OUT")
    other = look(data.replace(b";30", b";31"), Answers(fill_down=True), "2018-03")
    assert values(other, "contract")[2:] == [(None,)], "hours of nobody are asked about, not given to the contract above"


def test_a_quarter_beside_its_months_is_not_counted_again() -> None:
    found = read_hours(csv((*IN_COLUMNS, "T1", "Total"), ("1", "X", "A1", "10", "20", "30", "60", "60")), None, "2018-Q1")
    assert hours(checked(found)) == [("2018-01", 10_00), ("2018-02", 20_00), ("2018-03", 30_00)]
    assert "« T1 »" in told(found, "UNKNOWN_FIELD")


@pytest.mark.parametrize(
    ("title", "year"),
    [
        ("Suivi 2018", 2018),
        ("Édité le 12/01/2019", None),
        ("Édité en janvier 2019 – exercice 2018", 2018),
        ("Export du 3 janvier 2019, année 2018", 2018),
        ("Marché n° 2017-045", None),
        ("Marché 2017_045 – Heures 2018", 2018),
        ("Heures 2018-2019", None),
        ("T1 2018", 2018),
    ],
)
def test_the_year_of_a_table_is_not_that_of_its_printing_nor_of_its_contract(title: str, year: int | None) -> None:
    assert year_in([title]) == year
    found = look(csv((title,), IN_COLUMNS, ("1", "X", "A1", "10", "20", "30")))
    assert [question.name for question in found.questions if question.name == "year"] == ([] if year else ["year"])
    if year:
        assert str(year) in told(found, "YEAR_READ")


def test_the_rows_own_year_wins_over_the_title() -> None:
    rows = [("1", "2017", "X", "A1", "1", "", ""), ("1", "", "X", "A2", "", "2", "")]
    header = (IN_COLUMNS[0], "Année", *IN_COLUMNS[1:])
    assert values(read_hours(csv(("Suivi 2018",), header, *rows)), "period") == [("2017-01",), ("2018-02",)]
    unsaid = checked(read_hours(csv(header, *rows)))
    assert [(error.line, error.code) for error in unsaid.errors] == [(3, "MISSING_FIELD")]


def test_months_over_the_end_of_a_year_go_on_in_the_next() -> None:
    titles = (*IN_COLUMNS[:3], "Nov.", "Déc.", "T4", "Janv.", "Févr.", "Mars", "T1")
    data = csv(("Suivi 2018",), titles, ("1", "X", "A1", "1", "2", "3", "4", "5", "6", "15"))
    assert [question.name for question in look(data).questions if question.name == "year"] == ["year"], "2018 may be the first or the last"
    found = read(data, Answers(year=2018))
    assert values(found, "period") == [("2018-11",), ("2018-12",), ("2019-01",), ("2019-02",), ("2019-03",)]


def test_planned_hours_above_months_stay_out_and_two_columns_of_one_month_are_asked_about() -> None:
    found = read_hours(workbook(("2018", [
        ["N° marché", "Employeur", "Matricule", "Heures prévues", "", "Heures réalisées", ""],
        ["", "", "", "Janv.", "Févr.", "Janv.", "Févr."],
        ["1", "X", "A1", 100, 100, 10, 20],
    ])))  # fmt: skip
    assert hours(checked(found)) == [("2018-01", 10_00), ("2018-02", 20_00)]
    with pytest.raises(Refused) as refused:
        read_hours(csv((*IN_COLUMNS, "Mars"), ("1", "X", "A1", "1", "2", "3", "3")), None, "2018-Q1")
    assert refused.value.code == "FILE_DUPLICATE_COLUMN"


@pytest.mark.parametrize(
    ("cell", "period"), [("3", "2018-03"), ("mars", "2018-03"), ("T1", "2018-Q1"), ("2e trim.", "2018-Q2"), ("2018-05", "2018-05")]
)
def test_a_month_and_its_year_in_two_columns(cell: str, period: str) -> None:
    found = look(csv((*PERSON, "Année"), ("1", "X", "A1", cell, "7", "2018")))
    assert values(found, "period") == [(period,)]
    assert not found.questions


CUMUL = ("N° marché", "Employeur", "Mois", "Cumul heures")


def test_each_company_of_a_contract_has_its_own_cumul() -> None:
    found = checked(read_hours(csv(
        CUMUL, ("1", "X", "2018-01", "50"), ("1", "Y", "2018-01", "100"), ("1", "X", "2018-02", "80"), ("1", "Y", "2018-02", "150"),
    )))  # fmt: skip
    assert not found.blocking
    assert [value.centihours for value in found.values] == [50_00, 100_00, 30_00, 50_00]
    key = (found.values[0].contract_uid, "X\x1f")
    later = checked(read_hours(csv(CUMUL, ("1", "X", "2018-03", "90"))), replace(KNOWN, declared_before={key: [(date(2018, 1, 1), 80_00)]}))
    assert [value.centihours for value in later.values] == [10_00]


def test_two_employers_cumuls_of_one_person_are_not_taken_from_each_other() -> None:
    header = (*CUMUL, "Matricule")
    found = checked(read_hours(csv(header, ("1", "X", "2018-01", "50", "A1"), ("1", "Y", "2018-01", "100", "A1"))))
    assert [(error.line, error.code) for error in found.blocking] == [(3, "CUMUL")]


def test_small_hours_that_only_rise_are_asked_about_also_of_groups() -> None:
    persons = csv(IN_COLUMNS, ("1", "X", "A1", "10", "20", "35"), ("1", "X", "A2", "12", "30", "60"), ("1", "X", "A3", "5", "5", "9"))
    [question] = [found for found in look(persons, period="2018-Q1").questions if found.name == "hours_are"]
    assert "ne baissent jamais" in question.example
    assert sum(value.centihours for value in checked(look(persons, Answers(hours_are="cumulated"), "2018-Q1")).values) == 104_00
    groups = csv(
        ("N° marché", "Employeur", "Nb pers.", *IN_COLUMNS[3:]), ("1", "X", "3", "100", "220", "350"), ("2", "Y", "4", "9", "300", "600")
    )
    assert [found.name for found in look(groups, period="2018-Q1").questions] == ["hours_are"]
    assert "HOURS_CUMULATED" in codes(read(groups, period="2018-Q1")), "those who cannot be asked are told"


@pytest.mark.parametrize("last", ["34", "20", ""])
def test_hours_that_fall_once_or_stay_are_the_months(last: str) -> None:
    rows = [("1", "X", f"A{n}", "20", "20", "20") for n in range(9)]
    assert not look(csv(IN_COLUMNS, *rows, ("1", "X", "B", "10", "35", last)), period="2018-Q1").questions


def test_a_sheet_of_figures_without_titles_is_told() -> None:
    found = read_hours(workbook(
        ("2018", [PERSON, ["1", "X", "A1", "2018-03", 10]]), ("suite", [["1", "X", "A2", "2018-03", 10]]), ("Notice", [["Comment remplir"], ["a", "b", "c"]]),
    ))  # fmt: skip
    assert len(found.lines) == 1
    assert "« suite »" in told(found, "UNREAD_SHEETS")
    assert "Notice" not in told(found, "UNREAD_SHEETS")


def test_a_summary_beside_its_persons_does_not_count_them_twice() -> None:
    recap = ("N° marché", "Employeur", "Période", "Heures réalisées")
    persons = [PERSON, ["1", "X", "A1", "2018-03", 10], ["1", "X", "A2", "2018-02", 15.5]]
    found = checked(read_hours(workbook(("Détail", persons), ("Récap", [recap, ["1", "X", "T1 2018", 25.5], ["2", "X", "T1 2018", 25.5]]))))
    assert [(error.line, error.code) for error in found.blocking] == [(5, "V21")]
    assert sum(value.centihours for value in found.values) == 51_00


@pytest.mark.parametrize("cell", ["1,250", "1.250", "12.500"])
def test_three_decimals_may_be_thousands_and_are_asked_back(cell: str) -> None:
    with pytest.raises(NoHours, match="est-ce"):
        centihours_of(cell)


def test_what_a_formula_computed_is_rounded_and_said() -> None:
    found = checked(read_hours(workbook(("h", [PERSON, ["1", "X", "A1", "2018-03", 1820 / 12]]))))
    assert [value.centihours for value in found.values] == [151_67]
    assert [(error.severity, error.code) for error in found.errors] == [("info", "V09")]
    assert centihours_of("0,125000") == 13


def test_titles_printed_again_and_remarks_are_no_lines() -> None:
    line = ("1", "X", "A1", "2018-03", "7")
    found = read_hours(csv(PERSON, line, PERSON, (*line[:2], "A2", *line[3:]), ("Fait à Nanterre, le 12/10/2018",), ("* hors formation",)))
    assert values(found, "worker_id") == [("A1",), ("A2",)]
    assert ("3" in told(found, "TITLES_LEFT_OUT"), "5, 6" in told(found, "REMARKS_LEFT_OUT")) == (True, True)


def test_a_contract_on_a_line_of_its_own_stands_for_those_below() -> None:
    data = csv(PERSON, ("Marché n° 2018-045",), ("", "X", "A1", "2018-03", "7"), ("2018-046",), ("", "Y", "A2", "2018-03", "8"))
    assert [question.name for question in look(data).questions] == ["fill_down"]
    assert values(look(data, Answers(fill_down=True)), "contract", "employer_name") == [("2018-045", "X"), ("2018-046", "Y")]


def test_a_person_merged_over_months_is_asked_about_and_not_lost() -> None:
    data = csv(PERSON, ("1", "X", "A1", "2018-03", "7"), ("1", "", "", "2018-04", "8"), ("1", "X", "", "2018-04", "9"))
    [question] = look(data).questions
    assert (question.name, "2 lignes" in question.text or "1 lignes" in question.text) == ("fill_down", True)
    found = look(data, Answers(fill_down=True))
    assert values(found, "worker_id", "employer_name") == [("A1", "X"), ("A1", "X"), (None, "X")], (
        "a second line of one month is somebody else"
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("93100 Montreuil", "93048"), ("Montreuil (93)", "93048"), ("ST-DENIS", "93066"), ("Paris 11e", "75111"), ("CP 75011", "75111"),
        ("Saint-Ouen", "93070"), ("Evry", "91228"), ("77100 Meaux", "77284"), ("77100", "77100"),
    ],
)  # fmt: skip
def test_communes_as_people_write_them(text: str, code: str) -> None:
    assert commune_of(text) == code


@pytest.mark.parametrize("text", ["CP 77100", "CP 60100", "93100 Nanterre-la-Neuve et autres lieux (75)"])
def test_a_postal_code_of_several_communes_names_none(text: str) -> None:
    with pytest.raises(NoPlace):
        commune_of(text)


def test_a_column_of_postal_codes_is_not_read_as_insee_codes_and_costs_no_hours() -> None:
    found = checked(
        read_hours(csv((*PERSON, "Code postal"), ("1", "X", "A1", "2018-03", "7", "77100"), ("1", "X", "A2", "2018-03", "7", "93100")))
    )
    assert [(value.person.residence, value.centihours) for value in found.values if value.person] == [(None, 700), ("93048", 700)]
    assert [(error.line, error.code, error.severity) for error in found.errors] == [(2, "UNKNOWN_PLACE", "check")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("93200", "93"),
        ("75011 Paris", "75"),
        ("(92)", "92"),
        ("Hauts de Seine (92)", "92"),
        ("Dép. 93", "93"),
        ("Seine St Denis", "93"),
        ("60 - Oise", "60"),
    ],
)
def test_departments_as_people_write_them(text: str, code: str) -> None:
    assert department_of(text) == code


@pytest.mark.parametrize("text", ["93 Val-de-Marne", "7", "60100", "IDF"])
def test_a_department_that_contradicts_itself_is_asked(text: str) -> None:
    with pytest.raises(NoPlace):
        department_of(text)


@pytest.mark.parametrize(
    ("cell", "period"),
    [
        ("31/03/2018", "2018-03"), ("2018-03-31", "2018-03"), ("201803", "2018-03"), ("2018M03", "2018-03"), ("du 01/03/2018 au 31/03/2018", "2018-03"),
        ("01/01/2018 - 31/03/2018", "2018-Q1"), ("1T2018", "2018-Q1"), ("1er trim. 2018", "2018-Q1"), ("01/01/2018 au 31/12/2018", "2018"),
    ],
)  # fmt: skip
def test_periods_as_exports_write_them(cell: str, period: str) -> None:
    assert str(period_of(cell)) == period


@pytest.mark.parametrize("cell", ["15/03/2018", "30/03/2018", "03/18", "du 01/03/2018 au 15/03/2018", "201813"])
def test_what_is_no_whole_period_is_asked_back(cell: str) -> None:
    with pytest.raises(NoDate):
        period_of(cell)


def test_months_in_words_that_take_the_tables_year_are_told() -> None:
    found = read_hours(csv(("Suivi 2018",), PERSON, ("1", "X", "A1", "mars", "7"), ("1", "X", "A2", "2018-03", "7")))
    assert values(found, "period") == [("2018-03",), ("2018-03",)]
    assert "lignes 3)" in told(found, "YEAR_READ")


def test_columns_headed_by_the_last_day_of_a_month_are_not_left_out() -> None:
    found = read_hours(workbook(("F", [[*PERSON[:3], datetime(2018, 1, 1), datetime(2018, 2, 28), "S2 2018"], ["1", "X", "A1", 1, 2, 3]])))
    assert values(found, "period", "hours") == [("2018-01", "1"), ("2018-02", "2"), ("2018-S2", "3")]


def test_one_column_of_one_month_is_its_hours() -> None:
    assert values(read_hours(csv((*PERSON[:3], "Mars 2018"), ("1", "X", "A1", "7"))), "period", "hours") == [("2018-03", "7")]
    beside = look(csv((*PERSON, "Mars 2018"), ("1", "X", "A1", "2018-03", "7", "9")))
    assert values(beside, "period", "hours") == [("2018-03", "7")]


def test_a_decimal_comma_between_commas_is_not_cut_off() -> None:
    data = b"contract,employer_name,worker_id,period,hours\n1,X,A1,2018-03,7\n1,X,A2,2018-03,7,5\n"
    [problem] = look(data).problems
    assert (problem.line, problem.code) == (3, "FILE_ROW_CELLS")
    assert not look(data.replace(b"7,5", b"7,")).problems, "a separator at the end holds nothing"


def test_rows_inside_an_open_quotation_are_not_lost() -> None:
    with pytest.raises(Refused) as refused:
        look(csv(PERSON, ("1", '"X', "A1", "2018-03", "1"), ("1", "X", "A2", "2018-03", "2"), ("1", 'X"', "A3", "2018-03", "3")))
    assert refused.value.code == "FILE_QUOTE"


def test_blank_rows_by_the_thousand_are_no_rows() -> None:
    assert len(read_hours(csv(PERSON, ("1", "X", "A1", "2018-03", "1")) + b"\n" + b";;;;\n" * 110_000).lines) == 1


@pytest.mark.parametrize("codec", ["mac-roman", "cp850", "cp1252"])
def test_an_older_encoding_is_the_one_that_makes_the_titles_ours(codec: str) -> None:
    found = read_hours("\r\n".join(";".join(row) for row in (PERSON, ("1", "Été", "A1", "2018-03", "7"))).encode(codec))
    assert values(found, "employer_name", "hours") == [("Été", "7")]


def test_titles_with_typing_errors_are_proposed_and_other_words_of_order_taken() -> None:
    header = ("Marché n°", "Employeurs", "Identifiant du salarié", "Mois travaillé", "Heures réalisée")
    found = look(csv(header, ("2018-1", "X", "A1", "2018-03", "7")))
    assert values(found, "contract", "employer_name", "worker_id", "period", "hours") == [("2018-1", "X", "A1", "2018-03", "7")]
    assert not found.questions
    typed = look(csv((*PERSON[:4], "Heurs réalisées"), ("2018-1", "X", "A1", "2018-03", "7")))
    assert [(question.name, question.proposed) for question in typed.questions] == [("column:4", "hours")]


@pytest.mark.parametrize("title", ["Heures valorisées", "Heures non réalisées", "Heures réalisables", "Heures à réaliser"])
def test_other_hours_are_no_misspelt_ones(title: str) -> None:
    assert (field_of(title), field_spelt(title)) == (None, None)


def test_a_row_of_data_is_no_row_of_titles() -> None:
    found = look(csv(("Ref", "Boîte", "Qui", "Quand", "Combien"), ("2018-1", "X", "A1", "2018-03", "7")))
    assert found.sheets[0].header.line == 1
    assert {problem.code for problem in found.problems} == {"FILE_MISSING_COLUMN"}


def test_hours_of_insertion_win_over_hours_alone() -> None:
    found = look(csv(("N° marché", "Employeur", "Mois", "Heures", "Heures d’insertion"), ("1", "X", "2018-03", "1000", "10")))
    assert values(found, "hours") == [("10",)]


def test_a_cumul_beside_the_months_hours_is_not_counted_instead_of_them() -> None:
    found = read_hours(
        csv((*PERSON[:4], "Heures du mois", "Cumul"), ("1", "X", "A1", "2018-03", "10", "30"), ("1", "X", "A1", "2018-04", "12", "42"))
    )
    assert [value.centihours for value in checked(found).values] == [10_00, 12_00]
    assert "« Cumul »" in told(found, "UNKNOWN_FIELD")
    both = check([RawLine(1, {"contract": "1", "employer_name": "X", "period": "2018-03", "hours": "10", "hours_cumulated": "30"})], KNOWN)
    assert [value.centihours for value in both.values] == [10_00], "by the interface too"


def test_a_total_in_the_place_of_a_person_is_known_by_its_sum_and_a_group_of_all_is_none() -> None:
    rows = [("1", "X", "A1", "2018-03", "10"), ("1", "X", "A2", "2018-03", "5")]
    assert len(read_hours(csv(PERSON, *rows, ("1", "X", "TOTAL X", "2018-03", "15"))).lines) == 2
    group = ("N° marché", "Employeur", "Groupe", "Nb pers.", "Mois", "Heures réalisées")
    assert len(read_hours(csv(group, ("1", "X", "Ensemble des salariés", "12", "2018-03", "300"))).lines) == 1


def test_an_export_with_its_span_above_and_titles_on_two_lines() -> None:
    found = read(workbook(("Export", [
        ["Export du 05/04/2025 14:22"], ["Département : 93 – du 01/01/2025 au 31/03/2025"], [],
        ["Marché", "", "Salarié", "", "Janv.", "Févr.", "Total"], ["Numéro", "Employeur", "Matricule", "Sexe", "", "", ""],
        ["2024-01", "X", "A1", "F", 10, 20, 30], ["", "", "A2", "Mlle", 5, 6, 11], ["Sous-total", "", "", "", 15, 26, 41],
    ])), Answers(fill_down=True))  # fmt: skip
    assert values(found, "contract", "worker_id", "period", "hours") == [
        ("2024-01", "A1", "2025-01", "10"), ("2024-01", "A1", "2025-02", "20"), ("2024-01", "A2", "2025-01", "5"), ("2024-01", "A2", "2025-02", "6"),
    ]  # fmt: skip
    assert not checked(found).blocking


def test_years_above_their_months() -> None:
    found = read_hours(workbook(("E", [
        ["N° marché", "Employeur", "Matricule", "2017", "", "2018", ""], ["", "", "", "Janv.", "Févr.", "Janv.", "Févr."], ["1", "X", "A1", 1, 2, 3, 4],
    ])))  # fmt: skip
    assert values(found, "period", "hours") == [("2017-01", "1"), ("2017-02", "2"), ("2018-01", "3"), ("2018-02", "4")]


def test_a_birthday_with_two_digits_a_quarters_number_and_kept_zeros_cost_no_hours() -> None:
    header = (*PERSON, "Nom de naissance", "Prénom", "Date de naissance", "QPV")
    found = checked(read_hours(csv(header, ("1", "X", '="007"', "2018-03", "7", "DUPONT", "Zoé", "02/03/90", "QP093001"))))
    [value] = found.values
    assert value.person is not None
    assert (value.person.birth, value.person.qpv, found.errors) == ("1990-03", True, [])
    assert birthday_of("02/03/05", date(2026, 1, 1)).year == 2005


def test_what_is_said_of_a_row_of_months_is_said_once() -> None:
    found = checked(look(csv((*IN_COLUMNS, "CP"), ("1", "X", "A1", "1", "2", "3", "77100")), Answers(year=2018)))
    assert [(error.line, error.code) for error in found.errors] == [(2, "UNKNOWN_PLACE")]
    assert len(found.values) == 3


@pytest.mark.parametrize(
    ("periods", "span"),
    [(["2018-03"], "2018-03"), (["2018-01", "2018-03"], "2018-Q1"), (["2018-Q1", "2018-05"], "2018-S1"), (["2018-03", "2018-07"], "2018"), (["2017-12", "2018-01"], None), ([], None)],
)  # fmt: skip
def test_a_filing_is_about_the_shortest_period_that_holds_its_lines(periods: list[str], span: str | None) -> None:
    assert spanned([Period.parse(period) for period in periods]) == (Period.parse(span) if span else None)


ROWS: list[list[object]] = [["N° marché", "Employeur", "Matricule", "Heures réalisées"], ["1", "X", "A1", 10]]


def test_a_sheet_a_month_says_its_month() -> None:
    found = read_hours(workbook(("Janvier 2018", ROWS), ("Févr. 2018", ROWS)))
    assert values(found, "period", "hours") == [("2018-01", "10"), ("2018-02", "10")]
    assert "janvier 2018" in told(found, "PERIOD_READ")
    bare = read_hours(workbook(("Janvier", ROWS), ("Février", ROWS), ("Mars", ROWS)), None, "2018-Q1")
    assert values(bare, "period") == [("2018-01",), ("2018-02",), ("2018-03",)]


@pytest.mark.parametrize(
    ("title", "period"),
    [
        ("Mois : mars 2018", "2018-03"), ("Période du 01/01/2018 au 31/03/2018", "2018-Q1"), ("Heures du 2e trimestre 2018", "2018-Q2"),
        ("Édité en mars 2018", None), ("Année 2018", None), ("De mars 2018 à avril 2018", None), ("Export du 12/03/2018", None),
    ],
)  # fmt: skip
def test_a_title_says_the_month_where_no_column_does(title: str, period: str | None) -> None:
    found = look(workbook(("2018", [[title], *ROWS])))
    if period is None:
        assert [problem.code for problem in found.problems] == ["FILE_MISSING_COLUMN"]
    else:
        assert values(found, "period") == [(period,)]
        assert "PERIOD_READ" in codes(found)


def test_the_senders_period_stands_above_a_title_of_another() -> None:
    assert values(read_hours(workbook(("F", [["Mois : mars 2018"], *ROWS])), None, "2018-05"), "period") == [("2018-05",)]


@pytest.mark.parametrize("above", [["Marché n° 2018-045"], ["Marché", "2018-045"], ["N° de marché :", "2018-045"]])
def test_a_contract_above_the_titles_is_that_of_all_rows(above: list[object]) -> None:
    found = read_hours(
        workbook(
            (
                "F",
                [
                    above,
                    ["Employeur", "Matricule", "Mois", "Heures réalisées"],
                    ["Total Énergies", "A1", "2018-03", 10],
                    ["Total", "", "", 10],
                ],
            )
        )
    )
    assert values(found, "contract", "employer_name") == [("2018-045", "Total Énergies")]
    assert "2018-045" in told(found, "CONTRACT_READ")
