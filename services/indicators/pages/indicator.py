"""« /indicateurs/I01 » : one indicator, its definition, its published tables and their files."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.indicators.catalogue import definitions
from services.indicators.catalogue.dimensions import BY_NAME
from services.indicators.pages import tables
from services.indicators.pages.request import about, newest, year_of
from services.indicators.pages.tables import Tables
from services.indicators.routes.public import public_pool
from services.indicators.routes.questions import indicator_of

router = APIRouter(include_in_schema=False)
SPLITS = ("", "department", "public", "modality", "sex")


@router.get("/indicateurs")
async def catalogue(request: Request, _: CallerDep) -> HTMLResponse:
    return page(request, "indicators.html", indicators=definitions.ALL)


@router.get("/indicateurs/{name}")
async def indicator(
    request: Request, runtime: RuntimeDep, _: CallerDep, name: str, annee: Annotated[str | None, Query()] = None
) -> HTMLResponse:
    found = indicator_of(name)
    release = await newest(runtime)
    if release is None or not release.years:
        return page(request, "before_first_release.html")
    year = year_of(release, annee)
    periods = (year, *release.quarters_of(year))
    read = await tables.read(public_pool(runtime), release, dict.fromkeys(periods, SPLITS))
    return page(
        request,
        "indicator.html",
        **about(release, year),
        tables=read,
        indicator=found,
        periods=periods,
        total=tables.shown(found.id, read.cell(found.id, year), unit=True),
        splits=[table for split in SPLITS[1:] if (table := _table(read, found.id, periods, split))],
    )


def _table(read: Tables, name: str, periods: tuple[str, ...], split: str) -> dict[str, Any] | None:
    """A published split over the year and its quarters; None when the indicator has none. Rows that are empty throughout are left out."""
    codes = [code for code in BY_NAME[split].codes if any((name, period, split, (code,)) in read.cells for period in periods)]
    if not codes:
        return None
    complete = BY_NAME[split].complete
    rows = [
        (BY_NAME[split].label_of(code), [read.shown(name, period, split, code) for period in periods])
        for code in codes
        if complete or any(_says_something(read, name, period, split, code) for period in periods)
    ]
    return {"name": split, "label": BY_NAME[split].label, "rows": rows}


def _says_something(read: Tables, name: str, period: str, split: str, code: str) -> bool:
    return read.cell(name, period, split, code).status == "secret" or bool(read.value(name, period, split, code))
