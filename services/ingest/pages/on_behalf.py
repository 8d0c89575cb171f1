"""« /declarer/pour-le-compte »: a facilitator chooses whom it declares for, or goes back to its own organisation."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from kit.problems import Problem
from kit.web import forms
from kit.web.render import page
from kit.web.request import CallerDep as OwnCallerDep
from kit.web.request import RuntimeDep
from services.ingest.acting import COOKIE, PATH, CallerDep, may_speak_for, represented_by

router = APIRouter(include_in_schema=False)


@router.get("/declarer/pour-le-compte")
async def choose(
    request: Request, runtime: RuntimeDep, own: OwnCallerDep, caller: CallerDep, q: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    own.require("facilitator")
    async with runtime.pool.acquire() as connection:
        items = await represented_by(connection, own, q.strip())
    return page(request, "declarer_pour.html", items=items, q=q, represented=getattr(caller, "represented", ""))


@router.post("/declarer/pour-le-compte")
async def take(request: Request, runtime: RuntimeDep, own: OwnCallerDep) -> Response:
    """From now on, until it is changed or the browser closes."""
    own.require("facilitator")
    siret = (await forms.fields(request)).get("siret", "")
    answer = RedirectResponse("/declarer", 303)
    if not siret:
        answer.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="lax")
        return answer
    async with runtime.pool.acquire() as connection:
        if not await may_speak_for(connection, own, siret):
            raise Problem(403, "NOT_ON_BEHALF", "Vous ne pouvez pas déclarer pour cette organisation")
    answer.set_cookie(COOKIE, siret, path=PATH, httponly=True, samesite="lax", secure=request.url.scheme == "https")
    return answer
