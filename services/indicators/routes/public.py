"""The public face: published tables only, the same answer for everybody, read with a role that can read nothing else."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from kit.postgres import Pool, open_pool
from kit.service import Runtime
from kit.web.parameters import reads
from kit.web.request import RuntimeDep
from services.indicators.catalogue import definitions
from services.indicators.catalogue.definitions import Indicator
from services.indicators.release import newest
from services.indicators.routes.questions import DOCUMENTED, indicator_of
from services.indicators.views import forms

router = APIRouter(prefix="/api/v1/indicators", tags=["indicators"])
PUBLIC: Final = "public, max-age=60"


async def open_public(runtime: Runtime) -> None:
    """The pool of the public face. Its role can read published tables only: no mistake here can show a fact."""
    dsn = runtime.settings.database_public or runtime.settings.database
    runtime.state["public"] = await open_pool(dsn, size=6, application_name="indicators-public")


async def close_public(runtime: Runtime) -> None:
    await forms.painter_of(runtime).close()
    pool: Pool | None = runtime.state.pop("public", None)
    if pool is not None:
        await pool.close()


def public_pool(runtime: Runtime) -> Pool:
    pool: Pool = runtime.state["public"]
    return pool


@router.get("")
async def catalogue(request: Request, runtime: RuntimeDep) -> Response:
    """Every indicator with its definition, formula and dimensions, and the release that is shown."""
    release = await newest.newest(runtime, public_pool(runtime))
    number = release.release if release else None
    body = {"release": number, "periods": release.periods if release else [], "items": [_described(found) for found in definitions.ALL]}
    return _public(request, number or "none", JSONResponse(body))


@router.get("/{indicator}", openapi_extra=DOCUMENTED)
@reads(None)
async def figures(indicator: str, request: Request, runtime: RuntimeDep) -> Response:
    """Published figures. After the id `.csv`, `.excel.csv`, `.xlsx`, `.json`, `.zip` give a file, `.svg`, `.png`, `.vl.json` the chart."""
    name, _, form = indicator.partition(".")
    return await forms.as_form(request, runtime, public_pool(runtime), indicator_of(name), form or "json", page=False)


def _public(request: Request, release: str, response: Response) -> Response:
    """Everybody may keep the answer; it changes with the release only."""
    address = hashlib.sha256(f"{request.url.path}?{request.url.query}".encode()).hexdigest()[:16]
    headers = {"Cache-Control": PUBLIC, "ETag": f'"{release}-{address}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return response


def _described(found: Indicator) -> dict[str, Any]:
    described: dict[str, Any] = {
        "id": found.id,
        "name": found.name,
        "definition": found.definition,
        "formula": found.formula,
        "unit": found.unit,
        "dimensions": list(found.dimensions),
        "additive": found.additive,
        "source": found.source,
        "first_edition": found.first_edition,
        "reason": found.not_collected,
    }
    return {**described, "divisor": found.divisor} if found.divisor else described
