"""A place's sheet stays on two pages, also with every public and every way of hiring there is, each with a long name."""

from __future__ import annotations

import io
from typing import Any, cast

import pytest
from pypdf import PdfReader

from kit.documents.typeset import pdf
from schemas.vocabulary.modalities import MODALITIES
from schemas.vocabulary.places import DEPARTMENTS
from schemas.vocabulary.publics import PUBLICS
from services.indicators import app  # noqa: F401  the service as a whole first: its pages and its documents know each other
from services.indicators.panorama import charts, typeset
from services.indicators.panorama.source import Source
from services.indicators.views import charts as drawings
from services.indicators.views import ink, maps, pictures
from services.indicators.views.painter import Painter
from services.indicators.views.view import View
from tests.views_of_indicators import view_of

QUARTERS = [f"{year}-Q{quarter}" for year in (2023, 2024, 2025) for quarter in (1, 2, 3, 4)]


async def _painted(painter: Painter, part: dict[str, Any]) -> dict[str, str]:
    spec = {"$schema": ink.SCHEMA, "padding": charts.PADDING, "background": None, "config": ink.CONFIG, "vconcat": [part]}
    return {"svg": await painter.svg(spec), "alt": "Un dessin dont les valeurs sont dans le tableau."}


def _by(name: str, codes: list[str]) -> View:
    """Every third value is hidden."""
    values = [None if place % 3 == 2 else f"{9_000_000 - place * 1_000}.00" for place in range(len(codes))]
    return view_of("I01", [("period", "2025"), ("by", name)], [((code,), "2025", value) for code, value in zip(codes, values, strict=True)])


def _table(heads: tuple[str, ...], names: list[str]) -> dict[str, Any]:
    return {"columns": heads, "rows": [[name, *("9 999 999" for _ in heads[1:])] for name in names]}


async def test_a_place_with_everything_there_is_has_two_pages() -> None:
    painter = Painter()
    try:
        publics, modalities = _by("public", list(PUBLICS)), _by("modality", list(MODALITIES))
        series = view_of(
            "I01", [*(("period", quarter) for quarter in QUARTERS), ("by", "")], [((), quarter, "5000.00") for quarter in QUARTERS]
        )
        departments = _by("department", list(DEPARTMENTS))
        bars = charts.largest(publics, charts.NARROW, charts.PLACE_BARS)
        assert len(bars["data"]["values"]) == charts.PLACE_BARS
        assert {datum["status"] for datum in bars["data"]["values"]} == {"ok"}, "a hidden value has no height; the table has its « s. »"
        key = {"value": "9 999 999 h", "label": "personnes en groupe, au moins", "note": "région : 99 999 999 h"}
        sentence = "Les publics qui réalisent le plus d’heures dans les Hauts-de-Seine en 2025 : " + " et ".join(
            f"« {label} » (33,3 %)" for label in list(PUBLICS.values())[:3]
        )
        place = {
            "title": "Hauts-de-Seine (92)", "lead": "3e département sur 8 par les heures réalisées. Année 2025. Données arrêtées au 26 novembre 2026 (provisoire).",
            "keys": [key] * 8, "sentences": [sentence] * 3, "map-title": "Heures réalisées en 2025, par département",
            "quarters-chart": await _painted(painter, {**drawings.series(series, charts.WIDE), "height": 170}),
            "map": await _painted(painter, maps.choropleth(departments, charts.WIDE)),
            "ranking": _table(("Département", "Heures"), [f"{name} ({code})" for code, name in DEPARTMENTS.items()]),
            "publics-chart": await _painted(painter, bars),
            "modalities-chart": await _painted(painter, charts.largest(modalities, charts.NARROW, charts.PLACE_BARS)),
            "publics": _table(("Public", "Heures", "Personnes"), [*PUBLICS.values(), "non communiqué"]),
            "modalities": _table(("Modalité d’embauche", "Heures", "Personnes"), [*MODALITIES.values(), "non communiqué"]),
            "sexes": _table(("Sexe", "Heures", "Personnes"), ["Femmes", "Hommes", "non communiqué"]),
            "quarters": _table(("Trimestre", "Heures", "Région"), QUARTERS[-typeset.QUARTERS:]), "notes": typeset.NOTES,
        }  # fmt: skip
        source = "MACS, observatoire des clauses sociales · épreuve 12 de l’édition 2026-1 : ne pas diffuser · Données arrêtées au 26 novembre 2026"
        body = await pdf(typeset.DOCUMENTS / "fiche.typ", {"title": "Fiche", "source": source, "fictional": True, "place": place})
    finally:
        await painter.close()
    reader = PdfReader(io.BytesIO(body))
    assert len(reader.pages) == 2
    assert "1 / 2" in " ".join(reader.pages[0].extract_text().split()), "the foot's two parts do not run into each other"


async def test_a_study_draws_what_has_a_height_and_its_table_says_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """On paper, eleven rows of « s. » made a page of a chart with nothing in it."""
    specs: list[dict[str, Any]] = []

    async def drawn(_: Source, spec: dict[str, Any]) -> str:
        specs.append(spec)
        return "<svg></svg>"

    monkeypatch.setattr(charts, "_drawn", drawn)
    monkeypatch.setattr(pictures, "finished", lambda svg, *_: svg)
    source = cast("Source", None)  # who draws is not asked
    found = await charts.suitable(source, _by("public", list(PUBLICS)), charts.WIDE)
    bars = specs[0]["vconcat"][0]["data"]["values"]
    assert {datum["status"] for datum in bars} == {"ok"}
    assert len(bars) == charts.MOST_BARS
    assert found.alt.endswith("toutes sont dans le tableau.")
    hidden = view_of("I01", [("period", "2025"), ("by", "public")], [((code,), "2025", None) for code in PUBLICS])
    await charts.suitable(source, hidden, charts.WIDE)
    assert {datum["status"] for datum in specs[1]["vconcat"][0]["data"]["values"]} == {"secret"}, "all hidden: the chart says so"
