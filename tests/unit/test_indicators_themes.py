"""Themes are made of tables that the release declares; a search finds places as people write them; the newest release is asked for once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from kit.service import Runtime
from services.indicators.catalogue import territories, themes
from services.indicators.catalogue.answers import Cell
from services.indicators.catalogue.definitions import BY_ID
from services.indicators.pages.places import communes, plain, search
from services.indicators.pages.tables import rule_of
from services.indicators.release import facets, newest, store, tables
from services.indicators.release.store import Published
from services.indicators.views import mobility
from services.indicators.views.asking import asked

RELEASE = Published("2026-1", datetime(2026, 11, 22, tzinfo=UTC), date(2026, 10, 1), 0, 0, ("2025", "2025-Q1", "2026"))
HOURS = {frozenset(table) for table in tables.OF_HOURS}
PERSONS = {frozenset(table) for table in tables.OF_PERSONS}
SHARES = {frozenset(table.split(",")) if table else frozenset() for table in facets.WITH_SHARE}


@pytest.mark.parametrize("theme", themes.ALL, ids=lambda theme: theme.slug)
def test_a_theme_asks_for_tables_that_a_release_prints(theme: themes.Theme) -> None:
    printed = {"I01": HOURS, "I05": PERSONS, "I07": SHARES}
    for block in (theme.figure, *theme.blocks):
        question = asked(BY_ID[block.indicator], block.pairs(("2025",)), RELEASE, date(2026, 11, 22), page=False).question
        assert frozenset({*question.by, *question.filters}) in printed[block.indicator], block.heading
    assert theme.notes, "each theme says how its figures are to be read"


def test_the_network_has_its_themes() -> None:
    assert len({theme.slug for theme in themes.ALL}) == len(themes.ALL)
    assert {"femmes", "jeunes", "mobilite", "bailleurs-anru", "ett-etti", "nettoyage", "grands-projets"} <= set(themes.BY_SLUG)


def _cells(values: dict[tuple[str, ...], str | None]) -> list[Cell]:
    return [
        Cell(codes, "2025", None if value is None else Decimal(value), "secret" if value is None else "ok")
        for codes, value in values.items()
    ]


def test_who_works_where_they_live_is_a_share_of_the_hours_whose_residence_is_known() -> None:
    crossed: dict[tuple[str, ...], str | None] = {("75", "75"): "600", ("75", "93"): None, ("93", "93"): "200", ("93", "NC"): "5000"}
    alone: dict[tuple[str, ...], str | None] = {("75",): "600", ("93",): "350", ("HORS",): "50", ("NC",): "5000"}
    assert mobility.at_home(_cells(crossed), _cells(alone)) == (Decimal("0.8"), True)
    assert mobility.at_home(_cells({**crossed, ("93", "93"): None}), _cells(alone)) == (Decimal("0.6"), False), "at least what is published"
    assert mobility.at_home(_cells(crossed), _cells({**alone, ("HORS",): None})) is None
    assert mobility.at_home([], []) is None


def test_the_region_is_whole() -> None:
    assert sum(one.code.startswith("751") and one.code != "75056" for one in communes()) == 20
    assert len({one.territory for one in communes() if one.territory}) == 11
    assert len(communes()) == 1_286


@pytest.mark.parametrize(
    ("asked_for", "first"),
    [("l'hay", "L’Haÿ-les-Roses"), ("L’HAŸ LES ROSES", "L’Haÿ-les-Roses"), ("ste genevieve des bois", "Sainte-Geneviève-des-Bois"), ("93200", "Saint-Denis"),
     ("92 000", "Nanterre"), ("75011", "Paris 11e Arrondissement"), ("75111", "Paris 11e Arrondissement"),
     ("epinay sur seine", "Épinay-sur-Seine"), ("92050", "Nanterre"), ("sevres", "Sèvres")],
)  # fmt: skip
def test_a_place_is_found_as_people_write_it(asked_for: str, first: str) -> None:
    assert search(asked_for).communes[0].name == first


def test_what_people_call_things_is_found() -> None:
    assert [one.id for one in search("ETP").indicators] == ["I18"]
    assert len(search("ept").territories) == 11
    assert search("Montreuil sous Bois").like[0] == "Montreuil"
    assert search("93").departments == [("93", "Seine-Saint-Denis")]
    assert not any("'" in f"{one.name}{one.territory}" for one in communes())
    assert not any("'" in name for name in territories.territories().values())


def test_a_search_for_nothing_finds_nothing() -> None:
    for text in ("", "   ", "---", "zzz", "%", "_"):
        assert not search(text).anything
    assert plain("  Œuvre d’Été ") == "oeuvre d ete"


def test_the_rule_of_a_figure_follows_its_kind_and_never_names_one() -> None:
    assert rule_of("I05") == "moins de 5 personnes, ou masquée pour en protéger une autre"
    assert "employeurs" in rule_of("I01")
    assert "moins de 11 personnes (critère sensible)" in rule_of("I01", sensitive=True)


async def test_the_newest_release_is_asked_for_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, asked_times = SimpleNamespace(now=100.0), 0

    async def look(_: object) -> Published:
        nonlocal asked_times
        asked_times += 1
        return RELEASE

    monkeypatch.setattr(store, "newest", look)
    runtime = cast("Runtime", SimpleNamespace(state={"releases": newest.Known(clock=lambda: clock.now)}))
    pool = cast("Any", None)
    for _ in range(50):
        assert await newest.newest(runtime, pool) is RELEASE
    assert asked_times == 1
    clock.now += 1.01
    await newest.newest(runtime, pool)
    assert asked_times == 2
    newest.forget(runtime)
    await newest.newest(runtime, pool)
    assert asked_times == 3, "who published shows it at once"
