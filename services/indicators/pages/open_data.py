"""« /donnees » : each published indicator as a data set with a stable address, its Table Schema, and the catalogue that portals harvest."""

from __future__ import annotations

import asyncio
import json
from importlib.resources import files
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from kit.errors import LineError, Refused
from kit.problems import Problem
from kit.service import Runtime
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.indicators import reference
from services.indicators.catalogue.definitions import Indicator
from services.indicators.catalogue.dimensions import ALL, BY_NAME
from services.indicators.pages import dcat
from services.indicators.pages.request import year_of
from services.indicators.release import store
from services.indicators.release.store import Published
from services.indicators.routes.public import public_pool
from services.indicators.routes.questions import indicator_of
from services.indicators.views import datasets, forms
from services.indicators.views.datasets import DataSet
from services.indicators.views.shelf import ANYWHERE, Kept, answer
from services.indicators.views.view import standing

router = APIRouter(include_in_schema=False)
MOST_A_PAGE: Final = 100
PREVIEWED: Final = 5


@router.get("/donnees/catalogue.{form}")
async def catalogue(
    request: Request,
    runtime: RuntimeDep,
    form: str,
    number: Annotated[int, Query(alias="page", ge=1, le=1000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=MOST_A_PAGE)] = 20,
) -> Response:
    """DCAT-AP in JSON-LD, Turtle or RDF/XML, a page at a time (Hydra)."""
    if form not in dcat.FORMS:
        raise Problem(404, "UNKNOWN_FORMAT", "Ce format n’est pas proposé", f"Formats : {', '.join('.' + known for known in dcat.FORMS)}.")
    pool = public_pool(runtime)
    release = await forms.release_of(runtime, pool, ())
    printed = await _printed(runtime, release)
    pages = max(1, -(-len(printed) // page_size))
    if number > pages:
        error = LineError(column="page", value=str(number), code="TOO_MANY", message=f"Le catalogue a {pages} pages", example="1")
        raise Refused([error], code="UNKNOWN_PARAMETER", title="Cette page du catalogue n’existe pas")

    async def make() -> Kept:
        site = runtime.settings.gateway.rstrip("/")
        here = dcat.Page(site, form, number, pages, page_size, len(printed))
        shown = printed[(number - 1) * page_size : number * page_size]
        text = dcat.written(dcat.catalogue(here, shown, release, fictional=runtime.settings.fictional), form)
        return Kept(text.encode(), dcat.FORMS[form], tuple(ANYWHERE.items()))

    key = f"dcat|{release.release}|{release.published_at}|{form}|{number}|{page_size}"
    return answer(request, *await forms.shelf_of(runtime).get(key, make))


async def _printed(runtime: Runtime, release: Published) -> list[Indicator]:
    """The indicators that a release prints. Asked once for each: it does not change, and the question reads every cell."""
    kept: dict[tuple[str, object], list[Indicator]] = runtime.state.setdefault("printed", {})
    key = release.release, release.published_at
    if key not in kept:
        kept[key] = [indicator_of(name) for name in await store.splits(public_pool(runtime), release.release)]
    return kept[key]


@router.get("/donnees/departements.geojson")
async def outlines(request: Request) -> Response:
    """The eight departments as they are drawn here: outline, code, name, population (RFC 7946, licence inside)."""
    body = files(reference).joinpath("idf.geojson").read_bytes()
    kept = Kept(body, "application/geo+json", (*ANYWHERE.items(), ("Content-Disposition", 'attachment; filename="departements.geojson"')))
    return answer(request, kept, kept.etag)


@router.get("/donnees/{name}")
async def dataset(
    request: Request, runtime: RuntimeDep, _: CallerDep, name: str, number: Annotated[str | None, Query(alias="release")] = None
) -> Response:
    """`I01`: the page of the data set; `I01.csv`, `.excel.csv`, `.xlsx`: every published figure; `I01.schema.json`: its columns."""
    identifier, _dot, form = name.partition(".")
    indicator = indicator_of(identifier)
    if form not in {"", *datasets.FORMS}:
        raise Problem(
            404, "UNKNOWN_FORMAT", "Ce format n’est pas proposé", f"Formats : {', '.join('.' + known for known in datasets.FORMS)}."
        )
    release = await forms.release_of(runtime, public_pool(runtime), () if number is None else (("release", number),))
    if not form:

        async def page_made() -> HTMLResponse:
            data = await _data(runtime, release, indicator)
            return page(request, "data_set.html", **_shown(data))

        return await forms.public_page(request, runtime, _key(release, name), page_made)
    return answer(request, *await kept(runtime, release, indicator, form))


async def kept(runtime: Runtime, release: Published, indicator: Indicator, form: str) -> tuple[Kept, str]:
    """A data set's file from the shelf. Raises a 404 problem where the release has no figure of the indicator."""

    async def made() -> Kept:
        if form == "schema.json":
            return Kept(json.dumps(datasets.schema(), ensure_ascii=False, indent=1).encode(), datasets.FORMS[form], tuple(ANYWHERE.items()))
        data = await _data(runtime, release, indicator)
        body = await asyncio.to_thread(_WRITERS[form], data)
        short = form.replace("excel.csv", "excel")
        file = f"{indicator.id}-{release.release}-complet{'-excel.csv' if short == 'excel' else f'.{form}'}"
        return Kept(body, datasets.FORMS[form], (*ANYWHERE.items(), ("Content-Disposition", f'attachment; filename="{file}"')))

    return await forms.shelf_of(runtime).get(_key(release, f"{indicator.id}.{form}"), made)


def _key(release: Published, name: str) -> str:
    return f"dataset|{release.release}|{release.published_at}|{name}"


_WRITERS: Final = {"csv": datasets.machine_csv, "excel.csv": datasets.spreadsheet_csv, "xlsx": datasets.workbook}


async def _data(runtime: Runtime, release: Published, indicator: Indicator) -> DataSet:
    """Raises a 404 problem where the release has no figure of the indicator."""
    rows = await store.all_cells(public_pool(runtime), release.release, indicator.id)
    if not rows:
        raise Problem(404, "NOT_PUBLISHED", "Cet indicateur n’est pas dans la publication", f"Publication {release.release}.")
    return DataSet(indicator, release, rows, runtime.settings.fictional, runtime.settings.gateway.rstrip("/"))


def _shown(data: DataSet) -> dict[str, Any]:
    """What the page shows: the tables that are in the data set, how many rows each has, a few rows of each."""
    by_split: dict[str, list[store.Row]] = {}
    for row in data.rows:
        by_split.setdefault(row[1], []).append(row)
    used = {name for split in by_split for name in split.split(",") if name}
    year = year_of(data.release, None)
    previews = []
    for split, rows in by_split.items():
        some = [row for row in rows if row[0] == year][:PREVIEWED]
        words = " × ".join(BY_NAME[name].label.lower() for name in split.split(",")) if split else "région entière"
        previews.append((split, words, len(rows), list(data.records(some))))
    return {
        "data": data, "indicator": data.indicator, "release": data.release, "year": year, "fields": datasets.FIELDS, "previews": previews,
        "standing": standing(data.release), "about_data": datasets.about(data), "dimensions": [one for one in ALL if one.name in used],
    }  # fmt: skip
