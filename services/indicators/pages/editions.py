"""« /editions » : the published editions, what each says and does not say, its documents and corrigenda."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from kit.geography.departments import all_departments
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.places import DEPARTMENTS
from services.indicators.catalogue import themes
from services.indicators.panorama import documents
from services.indicators.panorama.sentences import ready
from services.indicators.panorama.sheet import ranking, sheet
from services.indicators.panorama.source import Source, of_edition
from services.indicators.routes.public import public_pool
from services.indicators.store import editions
from services.indicators.views import forms, sentences
from services.indicators.views.view import View

router = APIRouter(include_in_schema=False)


@router.get("/editions")
async def listed(request: Request, runtime: RuntimeDep, _: CallerDep) -> Response:
    found = await editions.issued(public_pool(runtime))

    async def made() -> HTMLResponse:
        corrigenda = {one.edition: len(await editions.corrigenda(public_pool(runtime), one.edition)) for one in found}
        return page(request, "editions.html", editions=found, corrigenda=corrigenda)

    key = "|".join(("editions", *(one.edition for one in found)))
    return await forms.public_page(request, runtime, key, made, seconds=60)


@router.get("/editions/{number}")
async def edition(request: Request, runtime: RuntimeDep, _: CallerDep, number: str) -> Response:
    source = await of_edition(runtime, number)

    async def made() -> HTMLResponse:
        tables = await source.tables()
        region = sheet(source, tables, None)
        return page(
            request,
            "edition.html",
            edition=source.issued,
            source=source,
            region=region,
            sentences=ready(region),
            ranking=ranking(tables, source.year),
            places=all_departments().values(),
            covered=sum((share := source.issued.share(code)) is not None and share >= source.issued.least_share for code in DEPARTMENTS),
            corrigenda=await editions.corrigenda(source.pool, number),
            charts=[(view, sentences.of(view)) for view in await _charts(source) if view is not None],
            themes=themes.ALL,
        )

    return await forms.public_page(request, runtime, f"edition|{number}", made, seconds=60)


async def _charts(source: Source) -> list[View | None]:
    """The map of the year, and the quarters."""
    by_department = await source.view("I01", [("period", source.year), ("by", "department")])
    return [by_department, await source.view("I01", [("period", period) for period in source.quarters]) if source.quarters else None]


@router.get("/editions/{number}/panorama.pdf")
async def panorama(request: Request, runtime: RuntimeDep, _: CallerDep, number: str) -> Response:
    """The whole panorama. A 404 problem for an edition that is not published."""
    return await documents.published(request, runtime, await of_edition(runtime, number), documents.PANORAMA)


@router.get("/editions/{number}/departements/{file}")
async def department(request: Request, runtime: RuntimeDep, _: CallerDep, number: str, file: str) -> Response:
    """`93.pdf` or `93.docx`."""
    return await documents.published(request, runtime, await of_edition(runtime, number), f"departements/{file}")
