"""« /integrer » : a published table on somebody else's page, without a script: a frame, a picture, or oEmbed."""

from __future__ import annotations

import html
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, quote, urlsplit

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from kit.errors import LineError, Refused
from kit.problems import Problem
from kit.service import Runtime
from kit.web.layers import POLICY
from kit.web.parameters import reads
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.zones import PARIS
from services.indicators.pages.indicator import shown
from services.indicators.release.store import Published
from services.indicators.routes.public import public_pool
from services.indicators.routes.questions import indicator_of
from services.indicators.views import forms
from services.indicators.views.asking import Asked, asked
from services.indicators.views.shelf import ANYWHERE, PUBLIC
from services.indicators.views.view import View

router = APIRouter(include_in_schema=False)
ANY_FRAME: Final = POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
WIDTH: Final = 680
HEIGHT: Final = 620
EXAMPLE: Final = "/indicateurs/I01?by=department"


@router.get("/integrer")
async def how_to(request: Request, runtime: RuntimeDep, _: CallerDep, url: Annotated[str, Query(max_length=2_000)] = EXAMPLE) -> Response:
    view = await _view_at(runtime, url)
    context = {
        **shown(view),
        "frame": frame(view),
        "picture": picture(view),
        "oembed": discovered(view),
    }
    return page(request, "embed_code.html", **context)


@router.get("/integrer/oembed")
async def oembed(
    runtime: RuntimeDep, url: Annotated[str, Query(max_length=2_000)], format: str = "json",  # noqa: A002  oEmbed's names
    maxwidth: Annotated[int | None, Query(ge=1)] = None, maxheight: Annotated[int | None, Query(ge=1)] = None,
) -> Response:  # fmt: skip
    """oEmbed 1.0, type `rich`, no larger than asked. Only JSON, as the standard allows (501 otherwise)."""
    if format != "json":
        raise Problem(501, "UNKNOWN_FORMAT", "oEmbed n’est proposé qu’en JSON")
    view, height = await _view_at(runtime, url), min(HEIGHT, maxheight or HEIGHT)
    body: dict[str, Any] = {
        "version": "1.0", "type": "rich", "title": view.title, "provider_name": "MACS", "provider_url": view.site,
        "html": frame(view, height), "width": min(WIDTH, maxwidth or WIDTH), "height": height, "cache_age": 3600,
    }  # fmt: skip
    return JSONResponse(body, headers={"Cache-Control": PUBLIC, **ANYWHERE})


@router.get("/integrer/{name}")
@reads(None)
async def embedded(request: Request, runtime: RuntimeDep, _: CallerDep, name: str) -> Response:
    """What stands inside the frame: chart, table, source and the link back. The only page that other sites may frame."""
    url = f"/indicateurs/{name}?{request.url.query}"
    release, found = await _asked_at(runtime, url)
    headers = {"Content-Security-Policy": ANY_FRAME, **ANYWHERE}

    async def made() -> HTMLResponse:
        view = await forms.view_of(runtime, public_pool(runtime), release, found)
        return page(request, "embedded.html", headers=headers, **shown(view))

    key = f"{release.release}|{release.published_at}|integrer|{found.question.indicator.id}|{found.pairs}"
    return await forms.public_page(request, runtime, key, made, headers=headers)


def discovered(view: View) -> str:
    """Where tools that know oEmbed ask; a table's page names it (`link rel="alternate"`)."""
    return f"{view.site}/integrer/oembed?url={quote(view.site + view.address(), safe='')}"


def frame(view: View, height: int = HEIGHT) -> str:
    """The code to paste: an iframe as wide as its place."""
    address = html.escape(f"{view.site}/integrer/{view.indicator.id}?{view.query}")
    title = html.escape(view.title)
    return f'<iframe src="{address}" title="{title}" width="100%" height="{height}" loading="lazy"></iframe>'


def picture(view: View) -> str:
    """The code to paste: a picture with its link."""
    wide, narrow = (html.escape(view.site + view.address("svg", **more)) for more in ({}, {"width": "narrow"}))
    page_address, title = html.escape(view.site + view.address()), html.escape(f"{view.title}. {view.source}")
    return (
        f'<a href="{page_address}"><picture><source media="(max-width: 40rem)" srcset="{narrow}">'
        f'<img src="{wide}" alt="{title}" loading="lazy"></picture></a>'
    )


async def _view_at(runtime: Runtime, url: str) -> View:
    release, found = await _asked_at(runtime, url)
    return await forms.view_of(runtime, public_pool(runtime), release, found)


async def _asked_at(runtime: Runtime, url: str) -> tuple[Published, Asked]:
    """The question of one of our addresses. Raises Refused for an address that is none: nothing else is ever fetched or framed."""
    parts = urlsplit(url)
    place, _, name = parts.path.rpartition("/")
    ours = not parts.netloc or f"{parts.scheme}://{parts.netloc}" == runtime.settings.gateway.rstrip("/")
    if not ours or place != "/indicateurs":
        error = LineError(column="url", value=url[:100], code="ADDRESS", message="Ce n’est pas l’adresse d’un tableau", example=EXAMPLE)
        raise Refused([error], code="UNKNOWN_PARAMETER", title="Rien à intégrer à cette adresse")
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    release = await forms.release_of(runtime, public_pool(runtime), pairs)
    today = runtime.clock().astimezone(PARIS).date()
    return release, asked(indicator_of(name.split(".")[0]), pairs, release, today, page=True)
