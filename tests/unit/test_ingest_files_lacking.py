"""A table in which nothing was taken for what every line needs: its author is asked which column it is, before each line is complained about."""

from __future__ import annotations

from dataclasses import replace

from services.ingest.files.answers import Answers
from services.ingest.files.lacking import EMPLOYER, NONE, PREFIX, chosen
from services.ingest.files.questions import Question
from services.ingest.files.reading import FileOfHours, look, read_hours
from tests.tables_of_hours import csv

TITLES = ("N° marché", "Ets", "Salarié n°", "Mois", "Heures réalisées", "Remarques")


def table(*titles: str, employer: str = "Nettoyage Fictif") -> bytes:
    rows = [("2026-001", employer, f"A{n}", "2026-03", f"{7 + n},5", "") for n in range(3)]
    return csv(titles or TITLES, *rows)


def lacked(data: bytes, answers: Answers | None = None) -> dict[str, Question]:
    return {q.name.removeprefix(PREFIX): q for q in look(data, answers or Answers()).questions if q.name.startswith(PREFIX)}


def told(data: bytes, **given: str) -> FileOfHours:
    """The file with these answers to its questions: field → title of the column, or `NONE`."""
    found = look(data)
    places = {guess.header: str(guess.place) for guess in found.columns}
    said = {PREFIX + field: places.get(title, title) for field, title in given.items()}
    decided = chosen(found.columns, [question.name for question in found.questions], said)
    return look(data, replace(Answers(), columns=decided))


def test_nobody_employs_so_it_is_asked_which_column_says_who() -> None:
    found = lacked(table())
    assert list(found) == [EMPLOYER]
    assert found[EMPLOYER].choices[0] == ("", "choisissez…")
    assert ("1", "« Ets » (Nettoyage Fictif)") in found[EMPLOYER].choices
    assert not any("Remarques" in text for _, text in found[EMPLOYER].choices), "it is empty"


def test_who_cannot_be_asked_is_told() -> None:
    said = [notice for notice in read_hours(table()).notices if notice.code == "COLUMN_LACKING"]
    assert [notice.message for notice in said] == [
        "Aucune colonne n’a été prise pour l’employeur. Si « Ets » (Nettoyage Fictif) le donne, nommez-la « Employeur »."
    ]


def test_the_column_that_was_chosen_is_a_name_or_a_number_by_its_cells() -> None:
    assert [line.values["employer_name"] for line in told(table(), employer="Ets").lines] == ["Nettoyage Fictif"] * 3
    by_number = told(table(*TITLES[:1], "Code tiers", *TITLES[2:], employer="217500016"), employer="Code tiers")
    assert [line.values["employer_siret"] for line in by_number.lines] == ["217500016"] * 3


def test_none_of_them_is_an_answer_too() -> None:
    found = told(table(), employer=NONE)
    assert not any(question.name.startswith(PREFIX) for question in found.questions)
    assert not any({"employer_name", "employer_siret"} & line.values.keys() for line in found.lines)


def test_without_a_choice_the_question_stands() -> None:
    assert [question.name for question in told(table(), employer="").questions] == [PREFIX + EMPLOYER]


def test_a_column_is_one_field_and_an_answer_that_names_none_closes_nothing() -> None:
    """The last of two questions took the column, and « aucune » for one field hid all columns from another whose answer was none."""
    data = table("Affaire", "Ets", "Salarié n°", "Quand", "Volume", "Remarques")
    twice = told(data, contract="Affaire", period="Affaire", hours="Volume", employer=NONE)
    assert twice.columns[0].field == "contract"
    assert [question.name for question in twice.questions if question.name.startswith(PREFIX)] == [PREFIX + "period", PREFIX + EMPLOYER]
    nowhere = told(data, contract="999", period="Quand", hours="Volume", employer=NONE)
    assert [question.name for question in nowhere.questions if question.name.startswith(PREFIX)] == [PREFIX + "contract", PREFIX + EMPLOYER]


def test_what_stands_in_the_way_of_reading_is_asked_too() -> None:
    data = table("Affaire", "Employeur", "Salarié n°", "Quand", "Volume", "Remarques")
    assert [problem.code for problem in look(data).problems] == ["FILE_MISSING_COLUMN"] * 3
    found = lacked(data)
    assert list(found) == ["contract", "period", "hours"]
    assert [text for _, text in found["hours"].choices[1:-1]] == ["« Volume » (7,5, 8,5, 9,5)"], "the others are no numbers"
    read = told(data, contract="Affaire", period="Quand", hours="Volume")
    assert not read.problems
    assert [(line.values["contract"], line.values["period"], line.values["hours"]) for line in read.lines] == [
        ("2026-001", "2026-03", hours) for hours in ("7,5", "8,5", "9,5")
    ]


def test_nothing_is_asked_where_the_line_says_how_somebody_was_hired() -> None:
    assert not lacked(table(*TITLES[:1], "Modalité", *TITLES[2:], employer="ETTI"))


def test_remarks_and_what_was_planned_are_not_offered() -> None:
    titles = ("N° marché", "Commentaire", "Salarié n°", "Mois", "Heures prévues", "Ets")
    data = csv(titles, *(("2026-001", "vu", f"A{n}", "2026-03", "7,5", "Nettoyage Fictif") for n in range(3)))
    found = lacked(data)
    assert [text for _, text in found[EMPLOYER].choices[1:-1]] == ["« Ets » (Nettoyage Fictif)"]
    assert "hours" not in found, "no column may be it"


def test_a_column_that_is_asked_about_for_itself_is_not_asked_about_twice() -> None:
    data = table(*TITLES[:1], "Entreprise", *TITLES[2:])
    assert not lacked(data)
