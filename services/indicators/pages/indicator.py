"""« /indicateurs/I01?period=2025&by=public » : one indicator, one table of it with its chart; the same address gives the files."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from kit.problems import Problem
from kit.web.parameters import reads
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.indicators.catalogue import definitions
from services.indicators.catalogue.answers import Cell
from services.indicators.catalogue.dimensions import BY_NAME
from services.indicators.catalogue.territories import territories
from services.indicators.pages import tables
from services.indicators.pages.request import about, newest
from services.indicators.release import store
from services.indicators.release.store import PrintedCell, Published
from services.indicators.routes.public import public_pool
from services.indicators.routes.questions import indicator_of
from services.indicators.views import forms, sentences
from services.indicators.views.view import OVER_TIME, View, short

router = APIRouter(include_in_schema=False)
FORMS: Final = (
    ("csv", "CSV"), ("excel.csv", "CSV pour Excel"), ("xlsx", "XLSX"), ("json", "JSON"), ("svg", "SVG"), ("png", "PNG"),
    ("zip", "ZIP (tout, avec licence)"),
)  # fmt: skip


@router.get("/indicateurs")
async def catalogue(request: Request, _: CallerDep) -> HTMLResponse:
    return page(request, "indicators.html", indicators=definitions.ALL)


@router.get("/indicateurs/{name}")
@reads(None)
async def indicator(request: Request, runtime: RuntimeDep, _: CallerDep, name: str) -> Response:
    name, _dot, form = name.partition(".")
    found = indicator_of(name)
    pool = public_pool(runtime)
    if form:
        return await forms.as_form(request, runtime, pool, found, form, page=True)
    release = await newest(runtime)
    if release is None or not release.years:
        return page(request, "before_first_release.html")
    release = await forms.release_of(runtime, pool, request.query_params.multi_items())
    asked = forms.question(request, runtime, found, release, page=True)

    async def made() -> HTMLResponse:
        try:
            view = await forms.view_of(runtime, pool, release, asked)
        except Problem as problem:
            if problem.code != "NOT_PUBLISHED" or request.url.query:
                raise
            return page(request, "indicator_unpublished.html", indicator=found, release=release)
        printed = await store.splits(pool, release.release)
        own = asked.pairs == forms.usual(runtime, found, release).pairs
        return page(
            request, "indicator.html", **shown(view), **about(release, view.periods[-1]), choices=_choices(view, release, printed),
            address=request.url.path if own else view.address(),
        )  # fmt: skip

    return await forms.public_page(request, runtime, f"{release.release}|{release.published_at}|{request.url.path}|{asked.pairs}", made)


def shown(view: View, *, lasting: str | None = None) -> dict[str, Any]:
    """What the templates need to show a view: its table in words, its sentence, its files. `lasting`: the release that the files stay bound to."""
    bound = {} if lasting is None else {"release": lasting}
    return {
        "view": view,
        "indicator": view.indicator,
        "sentence": sentences.of(view),
        "rows": [(line.label, _place(view, line.codes), [_cell(view, cell) for cell in line.cells]) for line in _lines(view)],
        "downloads": [(label, view.address(form, **bound)) for form, label in FORMS],
    }


def _lines(view: View) -> list[Any]:
    """Rows that are empty throughout are left out where a dimension has many codes, but not all of them: that there is nothing is said, row by
    row. A series over time has every period."""
    lines = list(view.grid.lines)
    if view.grid.row_name == OVER_TIME or any(split.complete or split.time for split in view.splits):
        return lines
    return [line for line in lines if any(cell.status == "secret" or cell.value for cell in line.cells)] or lines


def _place(view: View, codes: tuple[str, ...]) -> str | None:
    """A department's row, or a territory's, leads to its page."""
    if len(codes) != 1:
        return None
    if view.grid.row_name == BY_NAME["ept"].label:
        return f"/territoires/{codes[0]}" if codes[0] in territories() else None
    return f"/departements/{codes[0]}" if view.grid.row_name == BY_NAME["department"].label else None


def _cell(view: View, cell: Cell) -> Any:
    value = None if cell.value is None else f"{cell.value:f}"
    return tables.shown(view.indicator.id, PrintedCell(cell.codes, value, cell.status, cell.mark), sensitive=view.sensitive)


def _choices(view: View, release: Published, printed: dict[str, list[str]]) -> dict[str, Any]:
    """What the form offers: only tables that the release prints, and the split that is shown, which an address may have written otherwise."""
    splits = [split for split in printed.get(view.indicator.id, ()) if len(split.split(",")) <= 2]
    by = [(split, _in_words(split)) for split in splits if split]
    time = [("quarter", "trimestre"), ("year", "année")] if "" in splits else []
    shown_here = ",".join(view.asked.question.by)
    if shown_here and shown_here not in {split for split, _ in (*by, *time)}:
        by.insert(0, (shown_here, _in_words(shown_here)))
    return {
        "periods": [(period, short(period)) for period in reversed(release.periods)],
        "by": [*by, *time],
        "departments": list(BY_NAME["department"].codes.items()) if any("department" in split for split in splits) else [],
        "links": [(short(period), urlencode([("period", period)])) for period in release.years],
    }


def _in_words(split: str) -> str:
    return " et ".join(BY_NAME[name].label.lower() for name in split.split(","))
