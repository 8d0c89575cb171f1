"""The letter of the new school year, semesters and months: facts in, words out."""

from __future__ import annotations

import io
from datetime import date, datetime

import docx
import pytest

from services.events.rules import letter
from services.events.rules.governance.milestones import Milestone, standing
from services.events.rules.letter import Facts, Gathering, Mandate, Teammate
from services.events.rules.months import Month
from services.events.rules.presence import Presence, Semester
from services.events.take_home import letter_docx
from tests.reading import plain

SINCE, TODAY = date(2027, 7, 1), date(2027, 9, 6)


def mandate(department: str, structure: str, person: str, starts_on: date, ends_on: date | None = None, **more: object) -> Mandate:
    return Mandate(department, structure, person, bool(more.get("interim")), starts_on, ends_on, more.get("ends_text"))  # type: ignore[arg-type]


def written(*mandates: Mandate, **more: object) -> str:
    known = {"team": (), "milestones": (), "gatherings": (), **more}
    return letter.write(Facts(SINCE, TODAY, mandates, **known)).replace("\u00a0", " ")  # type: ignore[arg-type]


OLD = date(2025, 1, 1)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (("A", "Awa"), ("A", "Bruno"), "Depuis le 1er septembre 2027, Bruno succède à Awa à la coordination de la Seine-Saint-Denis (A)."),
        (("A", "Awa"), ("B", "Awa"), "la coordination de la Seine-Saint-Denis est portée par B (avant : A) ; Awa continue."),
        (("A", "Awa"), ("B", "Bruno"), "passe de A à B ; Bruno succède à Awa."),
    ],
)
def test_structure_and_person_change_each_for_itself(before: tuple[str, str], after: tuple[str, str], said: str) -> None:
    change = date(2027, 9, 1)
    assert said in written(mandate("93", *before, OLD, change), mandate("93", *after, change))


def test_an_interim_a_vacancy_and_what_is_to_come_are_said() -> None:
    text = written(
        mandate("92", "A", "Awa", OLD, date(2027, 7, 15)),
        mandate("93", "B", "Bruno", date(2027, 8, 1), None, interim=True, ends_text="jusque début 2028"),
        mandate("94", "C", "Chloé", OLD, date(2027, 10, 1)),
        mandate("94", "C", "Driss", date(2027, 10, 1)),
    )
    assert "La coordination des Hauts-de-Seine est vacante depuis le 15 juillet 2027." in text
    assert "Bruno assure l’intérim de la coordination de la Seine-Saint-Denis (B), jusque début 2028." in text
    assert "À partir du 1er octobre 2027, Driss succède à Chloé à la coordination du Val-de-Marne (C)." in text
    assert text.count("vacante") == 6, "five departments without anybody, and one since July"


def test_team_milestones_and_agenda_are_in_it() -> None:
    stone = standing(
        Milestone("Première édition", date(2027, 9, 1), date(2027, 9, 30), measure="COVERAGE", year=2026, minimum=8), TODAY, ["75"]
    )
    text = written(
        team=(Teammate("Élise", OLD, None), Teammate("Farid", OLD, date(2027, 8, 1)), Teammate("Gaëlle", date(2027, 9, 1), None)),
        milestones=(stone,),
        gatherings=(Gathering("Atelier ETT", datetime(2027, 9, 24, 9, 30), "Nanterre"),),
        forms_open=((2027, 3, date(2027, 10, 1)),),
    )
    for line in (
        "Farid a quitté l’équipe.", "Gaëlle rejoint l’équipe.", "L’équipe aujourd’hui : Élise, Gaëlle.",
        "Première édition : prévu le 30 septembre 2027, soit 29 jours après la première date, à risque (1 sur 8 départements).",
        "• vendredi 24 septembre 2027, 9 h 30 : Atelier ETT, Nanterre.", "3 coordinations la remplissent encore.",
    ):  # fmt: skip
        assert line in text


def test_a_team_read_for_the_first_time_is_not_a_crowd_of_newcomers() -> None:
    assert "rejoint" not in written(team=(Teammate("Élise", TODAY, None),))


def test_the_document_has_headings_and_lists_and_takes_any_text() -> None:
    text = written(team=(Teammate("Élise", OLD, None),)) + "\n\x01<b>=1+1\n"
    made = docx.Document(io.BytesIO(letter_docx.document(text, fictional=True)))
    styles = {plain(paragraph.text): paragraph.style.name for paragraph in made.paragraphs if paragraph.style}
    assert styles["Rentrée 2027 du réseau des clauses sociales"] == "Heading 1"
    assert styles["L’équipe"] == "Heading 2"
    assert styles["L’équipe aujourd’hui : Élise."] == "List Bullet"
    assert "\ufffd<b>=1+1" in styles
    assert "asciiTheme" not in made.styles["Heading 1"].element.xml, "Word takes the theme's font before the one that is named"
    assert made.sections[0].header.paragraphs[0].text == "Données fictives"


def test_semesters_and_months_follow_each_other() -> None:
    assert str(Semester.of(date(2027, 6, 30)).after) == "2027-S2"
    assert str(Semester(2027, 1).before) == "2026-S2"
    assert Semester(2027, 2).ends_on == date(2028, 1, 1)
    assert Semester.read("2027-S3") is None
    assert len(Month(2028, 2).days()) == 29
    assert str(Month(2027, 12).after) == "2028-01"
    assert Month.read("2027-13") is None


@pytest.mark.parametrize(("days", "band"), [(0, 0), (59, 0), (60, 1), (120, 2), (180, 3), (None, 3)])
def test_a_department_waits_in_bands(days: int | None, band: int) -> None:
    last = None if days is None else date.fromordinal(TODAY.toordinal() - days)
    assert Presence("93", 0, 0, 0, 0, last, None).band(TODAY) == band
