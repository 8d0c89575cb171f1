"""Heads of columns and cells of periods as people write them: short months, Roman numbers, what was done without its unit."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from services.ingest.files.answers import Answers
from services.ingest.files.reading import look
from services.ingest.rules.times import NoDate, bare_period, period_of
from tests.tables_of_hours import PERSON, checked, codes, csv, hours, told

WHO = ("N° marché", "Employeur", "Matricule")
LINE = ("2026-001", "X", "A1")


def read(titles: Sequence[str], cells: Sequence[str], answers: Answers | None = None) -> list[tuple[str, int]]:
    return hours(checked(look(csv((*WHO, *titles), (*LINE, *cells)), answers or Answers())))


@pytest.mark.parametrize(
    ("titles", "periods"),
    [
        (("01-26", "02-26", "03-26"), ["2026-01", "2026-02", "2026-03"]), (("1/26", "2/26", "3/26"), ["2026-01", "2026-02", "2026-03"]),
        (("11.25", "12.25", "01.26"), ["2025-11", "2025-12", "2026-01"]), (("T1'26", "T2'26", "T3'26"), ["2026-Q1", "2026-Q2", "2026-Q3"]),
        (("Trimestre I 2026", "Trimestre II 2026", "IIIe trimestre 2026"), ["2026-Q1", "2026-Q2", "2026-Q3"]),
        (("T.1 2026", "2026-2T", "2026 - 3e trimestre"), ["2026-Q1", "2026-Q2", "2026-Q3"]),
        (("Janv. 2026 (h)", "Février 2026 - heures", "Mars/26"), ["2026-01", "2026-02", "2026-03"]),
        (("T1 2026 réalisé", "T2 2026 réalisées", "T3 2026 [heures réalisées]"), ["2026-Q1", "2026-Q2", "2026-Q3"]),
        (("Juill. 2026", "Août 2026", "Sept. 2026"), ["2026-07", "2026-08", "2026-09"]),
    ],
)  # fmt: skip
def test_heads_of_periods(titles: tuple[str, ...], periods: list[str]) -> None:
    assert read(titles, ("10", "20", "30")) == list(zip(periods, (1000, 2000, 3000), strict=True))


@pytest.mark.parametrize(
    ("titles", "periods"), [(("Ier trimestre", "IIe trimestre"), ["2026-Q1", "2026-Q2"]), (("S I", "S II"), ["2026-S1", "2026-S2"]), (("1T", "2T"), ["2026-Q1", "2026-Q2"])]
)  # fmt: skip
def test_heads_that_lack_their_year_ask_for_it(titles: tuple[str, ...], periods: list[str]) -> None:
    asked = look(csv((*WHO, *titles), (*LINE, "10", "20")))
    assert [question.name for question in asked.questions] == ["year"]
    assert read(titles, ("10", "20"), Answers(year=2026)) == list(zip(periods, (1000, 2000), strict=True))


def test_planned_and_done_in_one_head_each() -> None:
    assert read(("T1 2026 prévu", "T1 2026 réalisé", "T2 2026 prévu", "T2 2026 réalisé"), ("9", "10", "9", "20")) == [
        ("2026-Q1", 1000), ("2026-Q2", 2000)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "titles", [("12-17", "12-25"), ("01-26",), ("03-26", "02-26"), ("01-26", "01-26"), ("13-26", "14-26"), ("01-08", "02-08"), ("TI", "SI")]
)
def test_what_may_be_anything_is_no_month(titles: tuple[str, ...]) -> None:
    """Ages, contracts' numbers, days: refused with what lacks, as before."""
    found = look(csv((*WHO, *titles), (*LINE, *("10" for _ in titles))))
    assert {problem.code for problem in found.problems} == {"FILE_MISSING_COLUMN"}
    assert checked(found).values == []


def test_contracts_side_by_side_are_no_months() -> None:
    found = look(csv(("Mois", "Employeur", "01-26", "02-26"), ("mars 2026", "X", "10", "20"), ("avril 2026", "X", "1", "2")))
    assert checked(found).values == []
    assert found.problems


@pytest.mark.parametrize(
    ("cell", "period"),
    [
        ("Trimestre II 2026", "2026-Q2"), ("IIe trimestre 2026", "2026-Q2"), ("Ier trimestre 2026", "2026-Q1"), ("T IV 2026", "2026-Q4"),
        ("S II 2026", "2026-S2"), ("Semestre II 2026", "2026-S2"), ("1er janv. au 31 mars 2026", "2026-Q1"), ("01/01 au 31/03/2026", "2026-Q1"),
        ("du 1er janvier au 30 juin 2026", "2026-S1"), ("Année 2026", "2026"), ("Exercice 2026", "2026"), ("T1.2026", "2026-Q1"),
    ],
)  # fmt: skip
def test_cells_of_periods(cell: str, period: str) -> None:
    assert str(period_of(cell)) == period


def test_a_short_month_in_a_cell_is_asked_back_with_what_it_may_be() -> None:
    with pytest.raises(NoDate, match="est-ce mars 2026 ? Écrivez 03/2026".replace("?", r"\?")):
        period_of("03/26")
    assert bare_period("SI", "2026") is bare_period("TI", "2026") is bare_period("II", "2026") is None


@pytest.mark.parametrize(
    ("titles", "cells", "period"),
    [
        (("Année", "Trimestre"), ("2026", "II"), "2026-Q2"), (("Semestre", "Exercice"), ("II", "2026"), "2026-S2"), (("Trimestre",), ("II 2026",), "2026-Q2"),
        (("Année", "Mois"), ("26", "3"), "2026-03"), (("Année", "Mois"), ("26", "mars"), "2026-03"),
    ],
)  # fmt: skip
def test_numbers_of_parts_of_a_year_in_a_column(titles: tuple[str, ...], cells: tuple[str, ...], period: str) -> None:
    assert read((*titles, "Heures réalisées"), (*cells, "20")) == [(period, 2000)]


def test_what_was_done_is_proposed_as_hours_and_asked() -> None:
    data = csv((*PERSON[:4], "Prévu", "Réalisé"), (*LINE, "03/2026", "100", "20,5"))
    found = look(data)
    assert [question.name for question in found.questions] == ["column:5"]
    assert "est prise pour « Heures réalisées » (son titre dit « réalisé », sans dire si ce sont des heures)" in told(found, "COLUMN_GUESS")
    assert hours(checked(found)) == [("2026-03", 2050)]
    assert not look(data, Answers(columns={"Réalisé": "hours"})).questions


@pytest.mark.parametrize(
    ("titles", "cells", "read_as"),
    [
        (("Mois", "Heures réalisées", "Réalisé"), ("03/2026", "20", "5000"), [("2026-03", 2000)]),
        (("Janv. 2026", "Févr. 2026", "Réalisé"), ("10", "20", "30"), [("2026-01", 1000), ("2026-02", 2000)]),
        (("Mois", "Réalisé €"), ("03/2026", "20"), []),
        (("Mois", "Réalisé"), ("03/2026", "oui"), []),
    ],
)  # fmt: skip
def test_what_was_done_is_no_hours_beside_them_nor_in_euros(titles: tuple[str, ...], cells: tuple[str, ...], read_as: object) -> None:
    assert read(titles, cells) == read_as
    assert "COLUMN_GUESS" not in codes(look(csv((*WHO, *titles), (*LINE, *cells))))
