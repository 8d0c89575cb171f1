"""« /methode » and « /donnees » : what is counted, how it is protected, and what may be taken home; made from the catalogue."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.publics import PUBLICS, SENSITIVE
from services.indicators.catalogue import definitions, dimensions
from services.indicators.catalogue.parameters import FULL_TIME_HOURS, USUAL, Parameter
from services.indicators.pages.request import MASKED, newest, year_of
from services.indicators.release import store
from services.indicators.release.disclosure import RULES
from services.indicators.release.store import Published
from services.indicators.release.tables import DIMENSIONS
from services.indicators.routes.public import public_pool
from services.indicators.views import forms
from services.indicators.views.view import standing

router = APIRouter(include_in_schema=False)


@router.get("/methode")
async def method(request: Request, runtime: RuntimeDep, _: CallerDep) -> HTMLResponse:
    return page(
        request,
        "method.html",
        indicators=definitions.ALL,
        dimensions=[dimension for dimension in dimensions.ALL if not dimension.time],
        rules=RULES,
        largest_percent=int(RULES.largest_share * 100),
        sensitive=[PUBLICS[code] for code in sorted(SENSITIVE)],
        full_time=_full_time(await newest(runtime)),
        masked=MASKED,
        release=await newest(runtime),
    )


def _full_time(release: Published | None) -> list[Parameter]:
    """The hours of a full-time year, each with the first day from which it holds."""
    known = release.parameters if release else USUAL
    return [parameter for parameter in known.all if parameter.name == FULL_TIME_HOURS]


@router.get("/donnees")
async def open_data(request: Request, runtime: RuntimeDep, _: CallerDep) -> Response:
    release = await newest(runtime)

    async def made() -> HTMLResponse:
        printed = await store.splits(public_pool(runtime), release.release) if release else {}
        return page(
            request,
            "open_data.html",
            release=release,
            standing=standing(release) if release else "",
            year=year_of(release, None) if release and release.years else None,
            rows=[(found, [(split, _in_words(split)) for split in printed.get(found.id, ())]) for found in definitions.ALL],
            dimensions=[dimension for dimension in dimensions.ALL if dimension.name in DIMENSIONS],
        )

    if release is None:
        return await made()
    return await forms.public_page(request, runtime, f"{release.release}|{release.published_at}|donnees", made)


def _in_words(split: str) -> str:
    return " × ".join(dimensions.BY_NAME[name].label.lower() for name in split.split(",")) if split else "région"
