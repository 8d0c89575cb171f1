"""« /methode » : what is counted, how, and how it is protected; made from the catalogue and from the rules in force."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.publics import PUBLICS, SENSITIVE
from services.indicators.catalogue import definitions, dimensions
from services.indicators.catalogue.definitions import FTE_HOURS
from services.indicators.pages.request import MASKED, newest
from services.indicators.release.disclosure import RULES

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
        fte_hours=FTE_HOURS,
        masked=MASKED,
        release=await newest(runtime),
    )
