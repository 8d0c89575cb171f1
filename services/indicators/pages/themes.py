"""« /themes » and « /themes/femmes » : the network's subjects, each a page of published tables with its note on method."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from kit.problems import Problem
from kit.service import Runtime
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.indicators.catalogue import themes
from services.indicators.catalogue.themes import Block, Theme
from services.indicators.pages import tables
from services.indicators.pages.blocks import view_of_block
from services.indicators.pages.indicator import shown
from services.indicators.pages.request import about, newest, year_of
from services.indicators.release.store import PrintedCell, Published
from services.indicators.views import forms, mobility

router = APIRouter(include_in_schema=False)
QUARTERS: Final = 12
Asked = Annotated[str | None, Query()]
"""The year: `annee` in a theme's own addresses, `periode` as the other pages of the observatory write it."""


@router.get("/themes")
async def all_themes(request: Request, runtime: RuntimeDep, _: CallerDep, annee: Asked = None, periode: Asked = None) -> Response:
    release = await newest(runtime)
    if release is None or not release.years:
        return page(request, "before_first_release.html")
    year = year_of(release, periode or annee)

    async def made() -> HTMLResponse:
        cards = [(theme, await _figure(runtime, release, theme, year)) for theme in themes.ALL]
        return page(request, "themes.html", **about(release, year), cards=cards)

    return await forms.public_page(request, runtime, f"{release.release}|{release.published_at}|themes|{year}", made)


@router.get("/themes/{slug}")
async def one_theme(
    request: Request, runtime: RuntimeDep, _: CallerDep, slug: str, annee: Asked = None, periode: Asked = None
) -> Response:  # fmt: skip
    theme = themes.BY_SLUG.get(slug)
    if theme is None:
        raise Problem(404, "UNKNOWN_THEME", "Ce thème n’existe pas", f"Thèmes : {', '.join(themes.BY_SLUG)}.")
    release = await newest(runtime)
    if release is None or not release.years:
        return page(request, "before_first_release.html")
    year = year_of(release, periode or annee)

    async def made() -> HTMLResponse:
        blocks = [(block, await _block(runtime, release, block, year)) for block in theme.blocks]
        context = {"theme": theme, "blocks": blocks, "figure": await _figure(runtime, release, theme, year)}
        return page(request, "theme.html", **about(release, year), **context)

    return await forms.public_page(request, runtime, f"{release.release}|{release.published_at}|themes/{slug}|{year}", made)


async def _block(runtime: Runtime, release: Published, block: Block, year: str) -> dict[str, Any] | None:
    view = await view_of_block(runtime, release, block, _periods(release, block, year))
    return None if view is None else shown(view)


async def _figure(runtime: Runtime, release: Published, theme: Theme, year: str) -> Any:
    """The theme's figure for the region, with its unit; nothing where the release does not print it."""
    if theme.figure.by:
        return await mobility.figure(theme.figure, lambda block: view_of_block(runtime, release, block, (year,)))
    view = await view_of_block(runtime, release, theme.figure, (year,))
    if view is None or not view.cells:
        return None
    cell = view.cells[0]
    return tables.shown(theme.figure.indicator, PrintedCell((), None if cell.value is None else f"{cell.value:f}", cell.status), unit=True)


def _periods(release: Published, block: Block, year: str) -> tuple[str, ...]:
    quarters = tuple(period for period in release.periods if "-Q" in period)
    return quarters[-QUARTERS:] if block.over == "quarters" else (year,)
