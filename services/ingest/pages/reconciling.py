"""« /declarer/a-rapprocher »: for the coordination, persons' months that count from several declarants."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse, RedirectResponse

from kit.identity import Caller
from kit.problems import Problem
from kit.web import forms
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.message import Department
from schemas.periods import Period
from services.ingest.store.reconciling import MOST, reconciliations, settle
from services.ingest.throttle import Throttled

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1/reconciliations", tags=["reconciliations"], dependencies=[Throttled])


@router.get("/declarer/a-rapprocher")
async def listed(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """Those of the caller's departments; the team sees all."""
    departments = _departments(caller)
    async with runtime.pool.acquire() as connection:
        items = await reconciliations(connection, departments)
    for item in items:
        item["month"] = Period.month(item["period_start"].year, item["period_start"].month)
    return page(request, "declarer_rapprocher.html", items=items, departments=departments, most=MOST)


@router.post("/declarer/a-rapprocher")
async def settled(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """It was looked into."""
    departments, found = _departments(caller), _id((await forms.fields(request)).get("id", ""))
    async with runtime.pool.acquire() as connection:
        if found is None or not await settle(connection, found, departments, caller.id, runtime.clock()):
            raise Problem(
                404, "UNKNOWN_RECONCILIATION", "Ce rapprochement n’existe plus", "Une des déclarations a sans doute été corrigée."
            )
    return RedirectResponse("/declarer/a-rapprocher", 303)


@api.get("")
async def read(runtime: RuntimeDep, caller: CallerDep, department: Annotated[Department | None, Query()] = None) -> Response:
    """Persons' months that count from several declarants (V13), and whether they exceed a month (V08). Persons are not named; 200 at most."""
    allowed = _departments(caller)
    if department is not None and allowed is not None and department not in allowed:
        raise Problem(403, "DEPARTMENT", "Ce département n’est pas le vôtre")
    async with runtime.pool.acquire() as connection:
        items: list[dict[str, Any]] = await reconciliations(connection, [department] if department else allowed)
    return JSONResponse(jsonable_encoder({"items": items}), headers={"Cache-Control": "private, no-store"})


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _departments(caller: Caller) -> list[str] | None:
    """The departments that a coordinator follows; None for the team, which follows all."""
    caller.require("coordinator", "team")
    return None if caller.has("team") else sorted(caller.departments)
