"""What is said of figures: the sentence beside a chart, titles, periods."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from services.indicators import views
from services.indicators.catalogue.definitions import BY_ID
from services.indicators.pages import pilotage
from services.indicators.views import sentences
from services.indicators.views.view import View
from tests.reading import plain
from tests.views_of_indicators import RELEASE, by_department, view_of


def test_the_sentence_follows_the_numbers() -> None:
    text = sentences.of(by_department(d93="5000.00", d77="200.00"))
    assert "Seine-Saint-Denis" in text
    assert "5\u202f000" in text
    assert "44,6\u202f%" in text  # 5,000 of 11,200
    assert "Seine-et-Marne" in text
    hole = sentences.of(by_department(d93="5000.00", d77=None))
    assert "du total" not in hole, "a share of a total with a hole would say what is in the hole"


def test_residence_by_work_tells_the_home_and_the_way_to_work_and_no_hidden_flow() -> None:
    said = {
        ("93", "93"): "900.00",
        ("75", "75"): "700.00",
        ("75", "93"): "120.00",
        ("92", "93"): None,
        ("93", "HORS"): "400.00",
        ("93", "NC"): "990.00",
    }
    crossed = view_of(
        "I01", [("period", "2025"), ("by", "department,residence_department")], [(codes, "2025", value) for codes, value in said.items()]
    )
    text = sentences.of(crossed)
    assert "des habitants de «\xa0Seine-Saint-Denis\xa0» qui y travaillent : 900" in text
    assert "de «\xa0Seine-Saint-Denis\xa0» (résidence) à «\xa0Paris\xa0» (travail) : 120" in text
    assert "1 valeur est masquée" in text.replace("\u202f", " ").replace("\xa0", " ")


def _said(indicator: str, query: list[tuple[str, str]], cells: list[tuple[tuple[str, ...], str, str | None]]) -> str:
    return sentences.of(view_of(indicator, query, cells)).replace("\u202f", " ").replace("\xa0", " ")


def test_what_reads_alike_is_not_ranked_and_zero_is_not_forgotten() -> None:
    query = [("period", "2025"), ("by", "department")]

    def told(**values: str | None) -> str:
        return _said("I05", query, [((code[1:],), "2025", value) for code, value in values.items()])

    tied = told(d75="12", d93="12", d94="6", d77="6")
    assert "les chiffres les plus élevés sont ceux de « Paris » et « Seine-Saint-Denis » : 12 personnes chacun" in tied
    assert "Les plus bas sont ceux de « Seine-et-Marne » et « Val-de-Marne » (6 personnes)" in tied
    assert "Le plus bas qui ne soit pas nul est celui de « Paris » (3 personnes)" in told(d93="12", d94="7", d75="3", d77="0")
    assert "aucune valeur publiée n’est supérieure à zéro" in told(d93="0", d94="0")
    hidden = told(d93="12", d94="7", d75="5", d77=None)
    assert "le plus élevé qui soit publié est celui de « Seine-Saint-Denis »" in hidden, "what is hidden may be larger"
    assert "Le plus bas qui soit publié est celui de « Paris »" in hidden
    both = told(d93="12", d94="7", d75="5", d77=None, d91="0")
    assert "Le plus bas qui soit publié et qui ne soit pas nul est celui de « Paris »" in both, "what is hidden may be smaller"
    assert told(d93="12") == "Bénéficiaires, Seine-Saint-Denis, 2025 : 12 personnes.", "nothing is ranked or hidden in a table of one"
    everything = told(d93=None, d94=None)
    assert "ou permettraient de retrouver un autre chiffre" in everything, "some are hidden only to protect others"


def test_a_sentence_names_its_period_as_one_says_it() -> None:
    cells: list[tuple[tuple[str, ...], str, str | None]] = [((code,), "2025-Q4", value) for code, value in (("75", "9.00"), ("93", "4.00"))]
    assert _said("I01", [("period", "2025-Q4"), ("by", "department")], cells).startswith("Au 4e trimestre 2025, le chiffre")
    running = view_of("I01", [("period", "2026"), ("by", "department")], [(("75",), "2026", "9.00"), (("93",), "2026", "4.00")])
    assert running.title == "Heures réalisées par département de travail, 2026 (janvier à septembre)"
    assert "En 2026 (janvier à septembre), le chiffre" in sentences.of(running)


def test_points_are_those_between_the_shares_that_are_read() -> None:
    query = [("from", "2024"), ("to", "2025"), ("by", "")]
    text = _said("I07", query, [((), "2024", "14.96"), ((), "2025", "15.34")])
    assert "de 15,0 % (2024) à 15,3 % (2025), soit +0,3 point" in text


def test_without_a_year_before_the_extremes_are_told() -> None:
    query = [("from", "2025-Q1"), ("to", "2025-Q3"), ("by", "")]
    text = _said("I01", query, [((), "2025-Q1", "30.00"), ((), "2025-Q2", "50.00"), ((), "2025-Q3", "40.00")])
    assert text == "Heures réalisées : de 30 h (1er trimestre 2025, le plus bas) à 50 h (2e trimestre 2025, le plus élevé)."
    text = _said("I01", query, [((), "2025-Q1", "30.00"), ((), "2025-Q2", "50.00"), ((), "2025-Q3", None)])
    assert "(1er trimestre 2025, le plus bas publié) à 50 h (2e trimestre 2025, le plus élevé publié)" in text


def test_each_split_of_an_indicator_has_a_title_of_its_own() -> None:
    titles = {by: view_of("I04", [("period", "2025"), ("by", by)], []).title for by in ("buyer_kind", "sector", "mechanism")}
    assert titles["sector"] == "Heures par secteur d’activité, Île-de-France, 2025"
    assert len(set(titles.values())) == 3
    assert view_of("I03", [("period", "2025"), ("by", "work_contract")], []).title.startswith("Heures par type de contrat de travail, ")


def test_only_comparable_periods_are_compared() -> None:
    query = [("from", "2024"), ("to", "2026"), ("by", "")]
    years = view_of("I01", query, [((), "2024", "100.00"), ((), "2025", "110.00"), ((), "2026", "60.00")])
    assert "+10,0\u202f%" in sentences.of(years), "2026 is not over: it is compared with nothing"
    masked = view_of("I01", query, [((), "2024", None), ((), "2025", "110.00"), ((), "2026", "60.00")])
    assert "un an" not in sentences.of(masked)


def test_a_year_in_which_declarations_begin_is_no_year_to_compare_with() -> None:
    """« soit +548,0 % en un an » was said of a year whose first nine months nobody had declared."""

    def begun(view: View, quarter: str | None) -> View:
        return replace(view, printed=replace(view.printed, release=replace(view.release, begins=quarter)))

    query = [("from", "2024"), ("to", "2025"), ("by", "department")]
    cells: list[tuple[tuple[str, ...], str, str | None]] = [(("93",), "2024", "100.00"), (("93",), "2025", "648.00")]
    whole, part = (begun(view_of("I01", query, cells), quarter) for quarter in (None, "2024-Q4"))
    assert "+548,0\u202f% en un an" in sentences.of(whole)
    assert plain(sentences.of(part)) == "Le chiffre le plus élevé est celui de « Seine-Saint-Denis » (2025) : 648 h."
    assert part.grid.columns == ("2024 (dès octobre)", "2025")
    alone = begun(view_of("I01", [("period", "2024")], [((), "2024", "100.00")]), "2024-Q2")
    assert alone.title.endswith(", 2024 (dès avril)")
    engaged = begun(view_of("I15", query, cells), "2024-Q4")
    assert engaged.grid.columns == ("2024", "2025"), "contracts were notified before anybody declared"
    assert "en un an" in sentences.of(engaged)


@pytest.mark.parametrize(
    ("begins", "part"), [(None, []), ("2024-Q4", ["2024", "2024-S2"]), ("2024-Q3", ["2024"]), ("2024-Q2", ["2024", "2024-S1"])]
)
def test_what_begins_in_its_middle_is_a_part(begins: str | None, part: list[str]) -> None:
    release = replace(RELEASE, begins=begins)
    periods = ("2024", "2024-S1", "2024-S2", "2024-Q2", "2024-Q4", "2025", "2025-S2")
    assert [period for period in periods if release.is_part(period)] == part


def test_what_is_hidden_may_be_higher_or_have_moved_more() -> None:
    query = [("from", "2024"), ("to", "2025"), ("by", "public")]
    both = [(("BRSA",), "2024", "100.00"), (("BRSA",), "2025", "110.00"), (("DELD",), "2025", "90.00")]
    assert "L’évolution la plus forte est celle de" in _said("I01", query, [*both, (("DELD",), "2024", "89.00")])
    assert "L’évolution la plus forte qui soit publiée est celle de" in _said("I01", query, [*both, (("DELD",), "2024", None)])
    quarters = [("from", "2025-Q1"), ("to", "2025-Q2"), ("by", "public")]
    cells = [(("BRSA",), "2025-Q1", "100.00"), (("BRSA",), "2025-Q2", "110.00"), (("DELD",), "2025-Q2", "90.00")]
    assert "Le chiffre le plus élevé qui soit publié est celui de" in _said("I01", quarters, [*cells, (("DELD",), "2025-Q1", None)])


@pytest.mark.parametrize(
    ("year", "day", "said"),
    [
        ("2026", date(2026, 11, 26), "de janvier à octobre"),
        ("2026", date(2026, 2, 3), "janvier"),
        ("2026", date(2026, 1, 31), ""),
        ("2025", date(2026, 11, 26), ""),
    ],
)
def test_the_working_page_names_the_months_that_it_compares(year: str, day: date, said: str) -> None:
    assert pilotage._compared_until(year, day) == said


def test_a_percent_sign_stays_with_its_number() -> None:
    """An ordinary space lets the line break between the two."""
    loose = re.compile(r"[}\d] %(?![}\w])")
    for template in (Path(views.__file__).parents[1] / "templates").glob("*.html"):
        assert not loose.search(template.read_text(encoding="utf-8")), template.name
    for indicator in BY_ID.values():
        assert not loose.search(f"{indicator.definition} {indicator.formula}"), indicator.id


def test_a_table_of_nothing_is_told_as_such() -> None:
    """A drawing without a word says nothing to those who do not see it."""
    zeros = view_of(
        "I01",
        [("period", "2025-Q3"), ("by", "department,residence_department")],
        [(("93", code), "2025-Q3", "0.00") for code in ("75", "93")],
    )
    assert sentences.of(zeros) == "Au 3e\u00a0trimestre 2025, toutes les valeurs publiées sont nulles."
    hidden = view_of("I16", [("period", "2025"), ("by", "department")], [((code,), "2025", None) for code in ("75", "93")])
    absent = replace(
        hidden,
        printed=replace(
            hidden.printed, answer=replace(hidden.printed.answer, cells=tuple(replace(cell, status="nc") for cell in hidden.cells))
        ),
    )
    assert sentences.of(absent) == "En 2025, « Taux de réalisation » n’existe pas (« – ») : il n’y a rien à mesurer."
    assert sentences.of(hidden).startswith("Toutes les valeurs de ce tableau sont masquées")
    unknown = view_of("I01", [("period", "2025"), ("by", "public")], [(("NC",), "2025", "12.00"), (("BRSA",), "2025", "0.00")])
    assert "12\u00a0h" in sentences.of(unknown)
