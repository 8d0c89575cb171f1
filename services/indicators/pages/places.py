"""« /recherche » and « /territoires » : from a commune's name to its department, its territory and the figures that are published there."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from kit.geography import communes as geography
from kit.problems import Problem
from kit.service import Runtime
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.places import DEPARTMENTS
from services.indicators.catalogue import definitions, territories, themes
from services.indicators.catalogue.themes import Block
from services.indicators.pages import tables
from services.indicators.pages.blocks import view_of_block
from services.indicators.pages.indicator import shown
from services.indicators.pages.request import about, newest, period_of, year_of
from services.indicators.release.store import Published
from services.indicators.routes.public import public_pool
from services.indicators.views import forms
from services.indicators.views.view import View, short

router = APIRouter(include_in_schema=False)
LONGEST: Final = 80
MOST: Final = 30
QUARTERS: Final = 12
_APART: Final = re.compile(r"[^a-z0-9]+")
_SPACED: Final = re.compile(r"\b(\d\d) (\d{3})\b")
_ORDINAL: Final = re.compile(r"^(\d+)(?:er|ere|eme|nd|nde)$")
_SHORT: Final = {"st": "saint", "ste": "sainte", "ss": "sous", "arrt": "arrondissement", "ardt": "arrondissement"}
ALIKE: Final = 0.75
MOST_ALIKE: Final = 4


@dataclass(frozen=True)
class Commune:
    """A commune or a district of Paris. `words`: what a search is held against."""

    code: str
    name: str
    department: str
    territory: str | None
    postcodes: tuple[str, ...]
    words: str


@dataclass(frozen=True)
class Found:
    """What a search found, each part in its own order."""

    communes: list[Commune]
    more: int
    departments: list[tuple[str, str]]
    territories: list[tuple[str, str]]
    indicators: list[definitions.Indicator]
    themes: list[themes.Theme]
    like: list[str]
    """Names of communes that are written much like it, where nothing is found."""

    @property
    def anything(self) -> bool:
        return bool(self.communes or self.departments or self.territories or self.indicators or self.themes)


@lru_cache(maxsize=8_192)
def plain(text: str) -> str:
    """« St-Ouen » and « Saint-Ouen », « L’Haÿ » and « l hay », « 15ème » and « 15e » are the same."""
    bare = "".join(
        letter for letter in unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe")) if not unicodedata.combining(letter)
    )
    words = [_SHORT.get(word, word) for word in _APART.split(bare) if word]
    return " ".join(_ORDINAL.sub(r"\1e", word) for word in words)


@cache
def communes() -> tuple[Commune, ...]:
    """In the order of their names."""
    found = [
        Commune(
            one.code, one.name, one.department, one.territory, one.postcodes, f" {plain(one.name)} {one.code} {' '.join(one.postcodes)} "
        )
        for one in geography.communes().values()
    ]
    return tuple(sorted(found, key=lambda one: (plain(one.name), one.code)))


def search(text: str) -> Found:
    """Every word must begin a word of the name (or be the beginning of a postcode, « 92 000 » as one); what begins with the text, or has that
    postcode alone, comes first."""
    wanted = _SPACED.sub(r"\1\2", plain(text))
    parts = wanted.split()

    def holds(words: str) -> bool:
        return bool(parts) and all(f" {part}" in f" {words}" for part in parts)

    hits = [one for one in communes() if holds(one.words)]
    hits.sort(key=lambda one: (plain(one.name) != wanted, not plain(one.name).startswith(wanted), one.postcodes != (wanted,)))
    found = Found(
        hits[:MOST],
        max(0, len(hits) - MOST),
        [(code, name) for code, name in DEPARTMENTS.items() if holds(f"{plain(name)} {code}")],
        [(siren, name) for siren, name in territories.territories().items() if holds(f"{plain(name)} {siren} ept")],
        [one for one in definitions.ALL if holds(f"{plain(one.name)} {one.id.casefold()} {plain(one.unit)} {plain(one.definition)}")],
        [one for one in themes.ALL if holds(f"{plain(one.title)} {plain(one.lead)}")],
        [],
    )
    return found if found.anything else replace(found, like=_like(wanted))


def _like(wanted: str) -> list[str]:
    """« montreuill » is Montreuil: names of communes that differ by a letter or two; before them the one that it begins with, since « Montreuil
    sous Bois » was."""
    names = {plain(one.name): one.name for one in communes()}
    begun = [wanted.rpartition(" ")[0]]
    while begun[-1]:
        begun.append(begun[-1].rpartition(" ")[0])
    alike = [*(part for part in begun if part in names), *get_close_matches(wanted, names, MOST_ALIKE, ALIKE)]
    return [names[found] for found in dict.fromkeys(alike)][:MOST_ALIKE]


@router.get("/recherche")
async def searching(request: Request, _: CallerDep, q: Annotated[str, Query()] = "") -> HTMLResponse:
    asked = " ".join(q.split())
    too_long = len(asked) > LONGEST
    found = search(asked) if asked and not too_long else None
    context = {"asked": asked[:LONGEST], "too_long": too_long, "longest": LONGEST, "found": found, "departments": DEPARTMENTS}
    headers = {"Cache-Control": "no-store"} if too_long else {}
    return page(
        request, "search.html", status_code=422 if too_long else 200, headers=headers, territories=territories.territories(), **context
    )


@router.get("/territoires")
async def all_territories(request: Request, runtime: RuntimeDep, _: CallerDep) -> Response:
    release = await newest(runtime)

    async def made() -> HTMLResponse:
        view = await _by_territory(runtime, release, year_of(release, None)) if release and release.years else None
        known = [(siren, name, sorted(territories.departments_of_territory()[siren])) for siren, name in territories.territories().items()]
        return page(request, "territories.html", known=known, departments=DEPARTMENTS, view=view and shown(view), release=release)

    key = f"territoires|{release.release}|{release.published_at}" if release else "territoires"
    return await forms.public_page(request, runtime, key, made, seconds=None if release else 1)


@router.get("/territoires/{siren}")
async def territory(
    request: Request, runtime: RuntimeDep, _: CallerDep, siren: str, annee: Annotated[str | None, Query()] = None,
    periode: Annotated[str | None, Query()] = None,
) -> Response:  # fmt: skip
    name = territories.territories().get(siren)
    if name is None:
        offered = ", ".join(f"{code} ({known})" for code, known in list(territories.territories().items())[:3])
        raise Problem(
            404, "UNKNOWN_TERRITORY", "Ce territoire n’existe pas", f"Les onze territoires sont sur /territoires, par exemple {offered}.",
            way=("/territoires", "Les onze territoires"),
        )  # fmt: skip
    release = await newest(runtime)
    if release is None or not release.years:
        return page(request, "before_first_release.html")
    period = period_of(release, periode, annee)

    async def made() -> HTMLResponse:
        pool = public_pool(runtime)
        quarters = tuple(found for found in release.periods if "-Q" in found)[-QUARTERS:]
        found = await tables.read(pool, release, {period: ("", "ept")})
        printed = ("I01", period, "ept", (siren,)) in found.cells
        blocks = [await view_of_block(runtime, release, block, over) for block, over in _blocks(siren, period, quarters)] if printed else []
        inside = [one for one in communes() if one.territory == siren]
        context: dict[str, Any] = {
            "siren": siren, "name": name, "period": period, "period_name": short(period), "communes": inside, "departments": DEPARTMENTS,
            "of": sorted({one.department for one in inside}), "tables": found, "shown": tables.shown, "other": next(other for other in territories.territories() if other != siren), "printed": printed,
            "blocks": [(view, shown(view)) for view in blocks if view is not None],
        }  # fmt: skip
        return page(request, "territory.html", **about(release, period), **context)

    return await forms.public_page(request, runtime, f"territoire|{release.release}|{release.published_at}|{siren}|{period}", made)


def _blocks(siren: str, period: str, quarters: tuple[str, ...]) -> tuple[tuple[Block, tuple[str, ...]], ...]:
    """The territory's hours over time, and all territories beside it."""
    return (
        (Block("Heures, trimestre après trimestre", "I01", "", (("ept", siren),)), quarters),
        (Block("Les onze territoires", "I01", "ept"), (period,)),
    )


async def _by_territory(runtime: Runtime, release: Published, period: str) -> View | None:
    """Hours by territory, where the release prints them."""
    return await view_of_block(runtime, release, Block("Heures par territoire", "I01", "ept"), (period,))
