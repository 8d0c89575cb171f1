"""« / » : the region at a glance, from the newest release."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from kit.problems import Problem
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.indicators.catalogue.definitions import BY_ID
from services.indicators.catalogue.dimensions import BY_NAME
from services.indicators.pages import charts, departments, tables
from services.indicators.pages.request import about, newest, year_of
from services.indicators.pages.tables import Tables
from services.indicators.release import store
from services.indicators.routes.public import public_pool
from services.indicators.views import forms

router = APIRouter(include_in_schema=False)
ON_THE_MAP: Final = {"I01": "Heures", "I05": "Personnes", "I07": "Part des femmes"}
TOTAL: Final = ("",)
SPLITS: Final = ("", "department", "public", "modality", "sex")


@router.get("/")
async def home(
    request: Request,
    runtime: RuntimeDep,
    _: CallerDep,
    annee: Annotated[str | None, Query()] = None,
    carte: Annotated[str, Query()] = "I01",
) -> Response:
    release = await newest(runtime)
    if release is None or not release.years:
        return page(request, "before_first_release.html", refusal=await store.refusal(public_pool(runtime)))
    if carte not in ON_THE_MAP:
        raise Problem(404, "UNKNOWN_MAP", "Cette carte n’existe pas", f"Cartes : {', '.join(ON_THE_MAP)}.")
    year = year_of(release, annee)
    quarters = tuple(period for period in release.periods if "-Q" in period)

    async def made() -> HTMLResponse:
        found = await tables.read(public_pool(runtime), release, {**dict.fromkeys(quarters, TOTAL), year: SPLITS})
        return page(
            request,
            "home.html",
            **about(release, year),
            tables=found,
            shown=tables.shown,
            map=charts.choropleth(found, carte, year),
            maps=ON_THE_MAP,
            mapped=BY_ID[carte],
            loupe=departments.loupe(),
            close=departments.CLOSE,
            ranking=_ranking(found, year),
            series=charts.series(found, "I01", quarters),
            publics=_split(found, year, "public"),
            modalities=_split(found, year, "modality"),
        )

    return await forms.public_page(request, runtime, f"{release.release}|{release.published_at}|/|{carte}|{year}", made)


def _ranking(found: Tables, year: str) -> list[tuple[int | None, departments.Department]]:
    """By hours; a hidden value has no rank and stands at the end, in the order of codes."""
    everyone = departments.all_departments()
    known = {code: value for code in everyone if (value := found.value("I01", year, "department", code)) is not None}
    ranked = sorted(known, key=lambda code: (-known[code], code))
    return [(place, everyone[code]) for place, code in enumerate(ranked, 1)] + [
        (None, found_department) for code, found_department in everyone.items() if code not in known
    ]


def _split(found: Tables, year: str, split: str) -> list[dict[str, Any]]:
    """Rows of a split with something in them: label, hours, persons, width of the bar. Largest first, hidden ones after."""
    cells = found.column("I01", year, split)
    widths = charts.share_of_largest(cells)
    order = sorted(cells, key=lambda code: (cells[code].value is None, -(found.value("I01", year, split, code) or 0), code))
    return [
        {"label": BY_NAME[split].label_of(code), "code": code, "hours": found.shown("I01", year, split, code),
         "persons": found.shown("I05", year, split, code), "width": widths.get(code)}
        for code in order
        if cells[code].status == "secret" or found.value("I01", year, split, code)
    ]  # fmt: skip
