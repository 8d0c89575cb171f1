"""« /departements/93 » : one department, from the newest release, beside the region."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from kit import registry
from kit.problems import Problem
from kit.service import Runtime
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.indicators.catalogue.dimensions import BY_NAME
from services.indicators.pages import charts, tables
from services.indicators.pages.departments import all_departments
from services.indicators.pages.request import about, newest, year_of
from services.indicators.pages.tables import Tables
from services.indicators.routes.public import public_pool
from services.indicators.routes.questions import PARIS
from services.indicators.views import forms

router = APIRouter(include_in_schema=False)
SPLITS = ("", "department", "department,public", "department,modality", "department,sex")


@router.get("/departements")
async def departments_list(request: Request, _: CallerDep) -> HTMLResponse:
    return page(request, "departments.html", departments=all_departments().values())


@router.get("/departements/{code}")
async def department(
    request: Request, runtime: RuntimeDep, _: CallerDep, code: str, annee: Annotated[str | None, Query()] = None
) -> Response:
    place = all_departments().get(code)
    if place is None:
        raise Problem(
            404, "UNKNOWN_DEPARTMENT", "Ce département n’est pas en Île-de-France", f"Départements : {', '.join(all_departments())}."
        )
    release = await newest(runtime)
    if release is None or not release.years:
        return page(request, "before_first_release.html")
    year = year_of(release, annee)
    quarters = tuple(period for period in release.periods if "-Q" in period)

    async def made() -> HTMLResponse:
        found = await tables.read(public_pool(runtime), release, {**dict.fromkeys(quarters, SPLITS[:2]), year: SPLITS})
        return page(
            request,
            "department.html",
            **about(release, year),
            tables=found,
            shown=tables.shown,
            place=place,
            holder=await _holder(runtime, code),
            rank=_rank(found, year, code),
            series=charts.series(found, "I01", quarters, code),
            splits=[(BY_NAME[name].label, _rows(found, year, code, name)) for name in ("public", "modality", "sex")],
        )

    # The coordination may change between two releases: the page lives for a minute.
    return await forms.public_page(request, runtime, f"{release.release}|{release.published_at}|{code}|{year}", made, seconds=60)


async def _holder(runtime: Runtime, code: str) -> registry.Holder | None:
    """Who coordinates the department today: public, as on the directory's own page. No figure is read here."""
    async with runtime.pool.acquire() as connection:
        return await registry.holder_on(connection, code, runtime.clock().astimezone(PARIS).date())


def _rank(found: Tables, year: str, code: str) -> tuple[int, int] | None:
    """(place, of how many) by hours; None while a department's total is hidden, since places would say something of it."""
    values = {other: found.value("I01", year, "department", other) for other in all_departments()}
    if any(value is None for value in values.values()):
        return None
    own = values[code] or 0
    return 1 + sum((value or 0) > own for value in values.values()), len(values)


def _rows(found: Tables, year: str, department: str, split: str) -> list[tuple[str, str, str]]:
    """(label, hours, persons) of a department's split, largest first, hidden ones after, empty ones left out."""
    table = f"department,{split}"
    codes = [key[3][1] for key in found.cells if key[:3] == ("I01", year, table) and key[3][0] == department]
    values = {code: found.value("I01", year, table, department, code) for code in codes}
    kept = [code for code in codes if values[code] is None or values[code]]
    kept.sort(key=lambda code: (values[code] is None, -(values[code] or 0), code))
    return [
        (
            BY_NAME[split].label_of(code),
            found.shown("I01", year, table, department, code),
            found.shown("I05", year, table, department, code),
        )
        for code in kept
    ]
