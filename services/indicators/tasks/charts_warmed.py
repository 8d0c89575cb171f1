"""The renderer of charts draws each kind before a reader asks: the first drawings of a kind take it two to three times as long as later ones."""

from __future__ import annotations

import contextlib
from typing import Final

from kit.errors import Refused
from kit.postgres import TRANSIENT, Pool
from kit.problems import Problem
from kit.service import Runtime
from schemas.zones import PARIS
from services.indicators.catalogue.definitions import BY_ID
from services.indicators.release import newest
from services.indicators.release.store import Published
from services.indicators.routes.public import public_pool
from services.indicators.views import charts, forms
from services.indicators.views.asking import Pairs, asked
from services.indicators.views.painter import NotPainted

INDICATOR: Final = "I01"
YEARS: Final = 2
_OF_A_YEAR: Final = ("department", "public", "modality", "department,modality")
"""A map, long and short bars, tints."""
_OVER_TIME: Final = ("", "department")
"""A series and lines, by quarter."""


async def charts_warmed(runtime: Runtime) -> None:
    """Once, at the start. What is drawn stays on the shelf; a failure is told to who asks for a chart."""
    with contextlib.suppress(NotPainted):
        await forms.painter_of(runtime).warm()
    pool = public_pool(runtime)
    with contextlib.suppress(*TRANSIENT):
        if release := await newest.newest(runtime, pool):
            for pairs in kinds(release):
                for width in charts.WIDTHS:
                    await _draw(runtime, pool, release, pairs, width)


def kinds(release: Published) -> list[Pairs]:
    """Addresses of each kind of chart, of the newest years of a release."""
    years = release.years[-YEARS:]
    single = [(("period", year), ("by", by)) for year in years for by in _OF_A_YEAR]
    series = [(("from", f"{year}-Q1"), ("to", f"{year}-Q4"), ("by", by)) for year in years for by in _OVER_TIME]
    return [*single, *series]


async def _draw(runtime: Runtime, pool: Pool, release: Published, pairs: Pairs, width: charts.Width) -> None:
    """What the release does not print is left out."""
    today = runtime.clock().astimezone(PARIS).date()
    with contextlib.suppress(NotPainted, Refused, Problem):
        await forms.kept(runtime, pool, release, asked(BY_ID[INDICATOR], pairs, release, today, page=True), "svg", width)
