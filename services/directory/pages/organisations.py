"""The list of organisations, for the team and the coordinations."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from kit.web.forms import choices
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.directory.rules.entities import KINDS
from services.directory.store import organisations

router = APIRouter(include_in_schema=False)
_SHOWN: Final = 100


@router.get("/annuaire/organisations")
async def listed(
    request: Request,
    runtime: RuntimeDep,
    caller: CallerDep,
    q: Annotated[str, Query(max_length=100)] = "",
    type: str = "",  # noqa: A002
) -> Response:
    caller.require("team", "operator", "coordinator")
    kind = type if type in KINDS else ""
    found = await organisations.search(runtime.pool, q, kinds=[kind] if kind else [], limit=_SHOWN + 1)
    return page(
        request, "organisations.html", found=found[:_SHOWN], more=len(found) > _SHOWN, q=q, kind=kind, kinds=KINDS,
        options=choices(KINDS, blank="Tous les types"),
    )  # fmt: skip
