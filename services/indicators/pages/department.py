"""« /departements/93 » : one department, from the newest release, beside the region; who follows it, what is to come."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from kit import registry
from kit.geography.departments import all_departments
from kit.problems import Problem
from kit.service import Runtime
from kit.web import filters
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.network import MEETINGS
from schemas.zones import PARIS
from services.indicators.catalogue.dimensions import BY_NAME
from services.indicators.catalogue.themes import Block
from services.indicators.pages import charts, tables
from services.indicators.pages.blocks import view_of_block
from services.indicators.pages.request import about, newest, period_of
from services.indicators.pages.tables import Tables
from services.indicators.release.store import Published
from services.indicators.routes.public import public_pool
from services.indicators.store import agenda
from services.indicators.views import forms, sentences
from services.indicators.views.view import short

router = APIRouter(include_in_schema=False)
SPLITS: Final = ("", "department", "department,public", "department,modality", "department,sex")
BLOCKS: Final = ("public", "modality", "sex")
MEETINGS_SHOWN: Final = 5
SECONDS: Final = 60.0
"""The coordination and the agenda may change between two releases."""


@router.get("/departements")
async def departments_list(request: Request, _: CallerDep) -> HTMLResponse:
    return page(request, "departments.html", departments=all_departments().values())


@router.get("/departements/{code}")
async def department(
    request: Request, runtime: RuntimeDep, _: CallerDep, code: str,
    annee: Annotated[str | None, Query()] = None, periode: Annotated[str | None, Query()] = None,
) -> Response:  # fmt: skip
    place = all_departments().get(code)
    if place is None:
        raise Problem(
            404, "UNKNOWN_DEPARTMENT", "Ce département n’est pas en Île-de-France", f"Départements : {', '.join(all_departments())}."
        )
    release = await newest(runtime)
    if release is None or not release.years:
        return page(request, "before_first_release.html")
    period = period_of(release, periode, annee)
    quarters = tuple(found for found in release.periods if "-Q" in found)

    async def made() -> HTMLResponse:
        found = await tables.read(public_pool(runtime), release, {**dict.fromkeys(quarters, SPLITS[:2]), period: SPLITS})
        now = runtime.clock()
        return page(
            request,
            "department.html",
            **about(release, period),
            period=period,
            period_name=short(period),
            tables=found,
            shown=tables.shown,
            place=place,
            holder=await _holder(runtime, code),
            rank=_rank(found, period, code),
            series=charts.series(found, "I01", quarters, code),
            region=charts.series(found, "I01", quarters),
            parts=_parts(found, quarters, code),
            blocks=[await _block(runtime, release, found, period, code, name) for name in BLOCKS],
            meetings=await agenda.coming(runtime.pool, code, now, MEETINGS_SHOWN),
            kinds=MEETINGS,
            contact=runtime.settings.contact,
        )

    key = f"{release.release}|{release.published_at}|{code}|{period}"
    return await forms.public_page(request, runtime, key, made, seconds=SECONDS)


async def _holder(runtime: Runtime, code: str) -> registry.Holder | None:
    """Who coordinates the department today: public, as on the directory's own page. No figure is read here."""
    async with runtime.pool.acquire() as connection:
        return await registry.holder_on(connection, code, runtime.clock().astimezone(PARIS).date())


def _rank(found: Tables, period: str, code: str) -> tuple[int, int] | None:
    """(place, of how many) by hours; None while a department's total is hidden, since places would say something of it."""
    values = {other: found.value("I01", period, "department", other) for other in all_departments()}
    if any(value is None for value in values.values()):
        return None
    own = values[code] or 0
    return 1 + sum((value or 0) > own for value in values.values()), len(values)


def _parts(found: Tables, quarters: tuple[str, ...], code: str) -> dict[str, str]:
    """Quarter → the department's part of the region's hours, where both are published."""
    parts = {}
    for quarter in quarters:
        own, whole = found.value("I01", quarter, "department", code), found.value("I01", quarter)
        if own is not None and whole:
            parts[quarter] = filters.percent(own / whole)
    return parts


async def _block(runtime: Runtime, release: Published, found: Tables, period: str, code: str, split: str) -> dict[str, Any]:
    """A split of the department's hours: rows, the sentence, and the table as its own page with its files."""
    label = BY_NAME[split].label
    view = await view_of_block(runtime, release, Block(label, "I01", split, (("department", code),)), (period,))
    return {
        "split": split, "title": label, "rows": _rows(found, period, code, split), "view": view,
        "sentence": sentences.of(view) if view else "",
    }  # fmt: skip


def _rows(found: Tables, period: str, department: str, split: str) -> list[dict[str, Any]]:
    """Rows of a department's split: label, hours, persons, bar; largest first, hidden ones after, empty ones left out."""
    table = f"department,{split}"
    codes = [key[3][1] for key in found.cells if key[:3] == ("I01", period, table) and key[3][0] == department]
    cells = {code: found.cell("I01", period, table, department, code) for code in codes}
    values = {code: found.value("I01", period, table, department, code) for code in codes}
    widths = charts.share_of_largest(cells)
    kept = [code for code in codes if values[code] or cells[code].status == "secret"]
    kept.sort(key=lambda code: (values[code] is None, -(values[code] or 0), code))
    return [
        {"label": BY_NAME[split].label_of(code), "hours": found.shown("I01", period, table, department, code),
         "persons": found.shown("I05", period, table, department, code), "width": widths.get(code)}
        for code in kept
    ]  # fmt: skip
