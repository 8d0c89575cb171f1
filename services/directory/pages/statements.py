"""What the law asks every public site to say: accessibility, legal notice."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kit.web.render import page
from kit.web.request import CallerDep

router = APIRouter(include_in_schema=False)


@router.get("/accessibilite")
async def accessibility(request: Request, _caller: CallerDep) -> Response:
    return page(request, "accessibilite.html")


@router.get("/mentions")
async def legal(request: Request, _caller: CallerDep) -> Response:
    return page(request, "mentions.html")
