"""« /etudes » and « /editions/2026-1/etudes/femmes » : thematic studies, each a page and a PDF of what one edition prints."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from kit.problems import Problem
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.indicators.catalogue import themes
from services.indicators.pages.indicator import shown
from services.indicators.panorama import documents
from services.indicators.panorama.source import cited, of_edition
from services.indicators.panorama.studies import study
from services.indicators.release.disclosure import NOT_NIL
from services.indicators.routes.public import public_pool
from services.indicators.store import editions
from services.indicators.views import forms

router = APIRouter(include_in_schema=False)
SECONDS: Final = 60


@router.get("/etudes")
async def listed(request: Request, runtime: RuntimeDep, _: CallerDep) -> Response:
    """Every study of every edition, newest first."""
    found = await editions.issued(public_pool(runtime))

    async def made() -> HTMLResponse:
        return page(request, "studies.html", editions=found, themes=themes.ALL)

    return await forms.public_page(request, runtime, "|".join(("etudes", *(one.edition for one in found))), made, seconds=SECONDS)


@router.get("/etudes/{slug}")
async def newest(runtime: RuntimeDep, _: CallerDep, slug: str) -> Response:
    """The study of a theme in the newest edition."""
    found = await editions.issued(public_pool(runtime))
    if slug not in themes.BY_SLUG or not found:
        raise Problem(404, "UNKNOWN_THEME", "Cette étude n’existe pas", f"Études : {', '.join(themes.BY_SLUG)}. Voir /etudes.")
    return RedirectResponse(f"/editions/{found[0].edition}/etudes/{slug}", 307)


@router.get("/editions/{number}/etudes/{name}")
async def one(request: Request, runtime: RuntimeDep, _: CallerDep, number: str, name: str) -> Response:
    """`femmes`, or `femmes.pdf`."""
    source = await of_edition(runtime, number)
    if name.endswith(".pdf"):
        return await documents.published(request, runtime, source, f"etudes/{name}")

    async def made() -> HTMLResponse:
        found = await study(source, name)
        parts = [(part, shown(part.view, lasting=source.issued.release) if part.view else None) for part in found.parts]
        citation = cited(source.issued, source.site, found.theme.title, found.path)
        corrigenda = await editions.corrigenda(source.pool, number)
        return page(
            request, "study.html", study=found, parts=parts, source=source, edition=source.issued, citation=citation, corrigenda=corrigenda,
            not_nil=NOT_NIL,
        )  # fmt: skip

    return await forms.public_page(request, runtime, f"edition|{number}|etudes|{name}", made, seconds=SECONDS)
