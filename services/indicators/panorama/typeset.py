"""The data of the PDF templates: texts and pictures only, every number written as it is printed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from kit.documents.typeset import pdf
from kit.typography import THIN
from kit.web import filters
from schemas.vocabulary.places import DEPARTMENTS
from services.indicators.catalogue.definitions import BY_ID
from services.indicators.catalogue.dimensions import BY_NAME
from services.indicators.pages.request import MASKED
from services.indicators.pages.tables import Tables
from services.indicators.panorama import charts
from services.indicators.panorama.charts import Picture
from services.indicators.panorama.figures import figure, largest_first
from services.indicators.panorama.sentences import ready
from services.indicators.panorama.sheet import Key, Sheet, Table, ranking, sheet
from services.indicators.panorama.source import Source, cited
from services.indicators.panorama.studies import columns, rows, study
from services.indicators.release.disclosure import NOT_NIL, RULES
from services.indicators.views.view import LICENCE, LICENCE_URL

DOCUMENTS: Final = Path(__file__).parents[1] / "documents"
QUARTERS: Final = 8
"""Of the quarters in the chart those of two years are written out too."""
MARKETS: Final = ("buyer_kind", "sector", "mechanism", "work_contract")
DEFINED: Final = ("I01", "I05", "I05G", "I07", "I10", "I15", "I16", "I18")
NOTES: Final = (
    f"« s. » : chiffre masqué ; {NOT_NIL}. « – » : n’existe pas. « * » : non mis à jour. Les heures de groupes, dont "
    "personne n’est déclaré individuellement, sont sous « non communiqué » sans personne. Ne pas additionner les personnes : une personne "
    "qui travaille dans deux départements ou pour deux employeurs compte dans chacun."
)


async def panorama(source: Source) -> bytes:
    """The region, a sheet of two pages for each department, the markets, and how to read it."""
    tables = await source.tables()
    made = await asyncio.gather(*(_place(source, tables, code) for code in (None, *DEPARTMENTS)))
    places = list(zip(("region", *(f"dep-{code}" for code in DEPARTMENTS)), made, strict=True))
    contents = [
        {"anchor": "region", "title": "La région"},
        *({"anchor": f"dep-{code}", "title": f"{name} ({code})"} for code, name in DEPARTMENTS.items()),
        {"anchor": "marches", "title": "Les marchés de la région"},
        {"anchor": "lire", "title": "Lire ce panorama : couverture, secret, définitions"},
    ]
    data = {
        **_head(source, source.issued.title), "places": places, "region": places[0][1], "contents": contents, "year": source.year,
        "edition": _capital(source.name), "closed": source.closed, "standing": source.issued.standing, "markets": await _markets(source),
        **_reading(source),
    }  # fmt: skip
    return await pdf(DOCUMENTS / "panorama.typ", data)


async def department_pdf(source: Source, code: str) -> bytes:
    """The two pages of a department alone."""
    place = await _place(source, await source.tables(), code)
    return await pdf(DOCUMENTS / "fiche.typ", {**_head(source, f"{place['title']}, {source.year}"), "place": place})


async def study_pdf(source: Source, slug: str) -> bytes:
    """A thematic study."""
    found = await study(source, slug)
    parts = [
        {
            "heading": part.block.heading, "sentence": part.sentence,
            "chart": _picture(await charts.suitable(source, part.view, charts.WIDE) if part.view else None),
            "table": {"columns": columns(part.view), "rows": rows(part.view) or [["Aucune valeur", "–"]]} if part.view else None,
        }
        for part in found.parts
    ]  # fmt: skip
    data = {
        **_head(source, found.theme.title), "lead": found.theme.lead, "about": f"{_capital(source.name)}, année {source.year}",
        "closed": source.closed, "standing": source.issued.standing, "figure": found.figure,
        "figure-label": f"{found.theme.figure.heading}, Île-de-France, {source.year}", "said": found.said, "parts": parts,
        "reading": [*found.theme.notes, NOTES],
        "citation": source.citation if source.draft is not None else cited(source.issued, source.site, found.theme.title, found.path),
    }  # fmt: skip
    return await pdf(DOCUMENTS / "etude.typ", data)


def _head(source: Source, title: str) -> dict[str, Any]:
    return {"title": title, "source": source.line, "fictional": source.fictional}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


async def _place(source: Source, tables: Tables, code: str | None) -> dict[str, Any]:
    found = sheet(source, tables, code)
    quarters, chart, publics, modalities = await asyncio.gather(
        charts.quarters(source, code),
        charts.region_map(source, code),
        charts.bars(source, "I01", "public", code, most=charts.PLACE_BARS),
        charts.bars(source, "I01", "modality", code, most=charts.PLACE_BARS),
    )
    by_name = {table.name: table for table in found.tables}
    return {
        "title": f"{found.name} ({code})" if code else "La région Île-de-France", "lead": _lead(source, found),
        "keys": [_key(key) for key in found.keys], "sentences": ready(found),
        "quarters-chart": _picture(quarters), "map": _picture(chart), "map-title": f"Heures réalisées en {found.year}, par département",
        "ranking": _ranking(tables, found), "publics-chart": _picture(publics), "modalities-chart": _picture(modalities),
        "publics": _table(by_name["public"]), "modalities": _table(by_name["modality"]), "sexes": _table(by_name["sex"]),
        "quarters": _table(replace(found.quarters, rows=found.quarters.rows[-QUARTERS:])), "notes": NOTES,
    }  # fmt: skip


def _lead(source: Source, found: Sheet) -> str:
    rank = ""
    if found.rank is not None:
        order = "Premier département" if found.rank[0] == 1 else f"{found.rank[0]}e département sur {found.rank[1]}"
        rank = f"{order} par les heures réalisées. "
    return f"{rank}Année {found.said_year}. {source.closed} ({source.issued.standing})."


def _key(key: Key) -> dict[str, str]:
    beside = f"région : {key.beside}" if key.beside and key.beside != key.figure.value else ""
    return {"value": key.figure.value, "label": key.label, "note": beside or key.note}


def _picture(found: Picture | None) -> dict[str, str] | None:
    return {"svg": found.svg, "alt": found.alt} if found else None


def _table(found: Table) -> dict[str, Any]:
    rows = [[row.label, *(cell.value for cell in row.figures)] for row in found.rows]
    return {"columns": found.columns, "rows": rows or [["Aucune heure", *("–" for _ in found.columns[1:])]]}


def _ranking(tables: Tables, found: Sheet) -> dict[str, Any]:
    rows = [[f"{name} ({code})" + (" ◂" if code == found.code else ""), hours.value] for code, name, hours in ranking(tables, found.year)]
    return {"columns": ("Département", "Heures"), "rows": rows}


async def _markets(source: Source) -> list[list[dict[str, Any]]]:
    """What the region's contracts are, two tables a row."""
    from services.indicators.pages.tables import read

    tables = await read(source.pool, source.release, {source.year: MARKETS})
    blocks = []
    for name in MARKETS:
        label = BY_NAME[name].label.split(" (")[0]
        rows = [
            [BY_NAME[name].label_of(codes[0]), figure(tables, "I01", source.year, name, *codes).value]
            for codes in largest_first(tables, "I01", source.year, name, ())
        ]
        chart = await charts.bars(source, "I01", name)
        blocks.append(
            {"title": label, "chart": _picture(chart), "table": {"columns": (label, "Heures"), "rows": rows or [["Aucune heure", "–"]]}}
        )
    return [blocks[:2], blocks[2:]]


def _reading(source: Source) -> dict[str, Any]:
    """What must be known to read the figures."""
    issued = source.issued
    shares: Mapping[str, str | None] = issued.coverage
    rows = [[f"{name} ({code})", _share(shares.get(code))] for code, name in DEPARTMENTS.items()]
    covered = sum(share is not None and float(share) >= issued.least_share for share in shares.values())
    return {
        "says-not": issued.says_not.splitlines(),
        "masked": f"{MASKED} Un chiffre n’est publié qu’à partir de {RULES.min_persons} personnes ({RULES.min_persons_sensitive} pour un critère sensible), de {RULES.min_employers} employeurs, et si aucun employeur privé n’en représente plus de {int(RULES.largest_share * 100)} %.",
        "coverage-said": f"Part des structures attendues (le facilitateur, à défaut l’acheteur, de chaque marché clausé en cours) dont il est venu des heures ou « rien à déclarer » en {source.year}. {covered} départements sur {len(DEPARTMENTS)} atteignent {issued.least_share} %.",
        "coverage": {"columns": ("Département", "Structures ayant transmis"), "rows": rows},
        "checks": issued.checks or [{"title": "Épreuve", "said": "les vérifications se lisent sur la page de l’édition."}],
        "definitions": [{"name": BY_ID[name].name, "said": f"{BY_ID[name].definition} ({BY_ID[name].unit})"} for name in DEFINED],
        "citation": source.citation,
        "licence": f"{LICENCE} : {LICENCE_URL}. Contours : IGN – Admin Express COG 2018, Licence Ouverte. Tableaux et graphiques : {source.site}/editions/{issued.edition}.",
    }


def _share(share: str | None) -> str:
    return "aucune attendue" if share is None else f"{filters.number(share, 0)}{THIN}%"
