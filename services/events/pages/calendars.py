"""« Mes agendas » : addresses that the planner may read busy times from."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from kit.errors import LineError, Refused
from kit.identity import Caller
from kit.problems import Problem
from kit.web import forms
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.events import importing
from services.events.store import calendars

router = APIRouter(include_in_schema=False)
WHERE = "/calendriers/mes-agendas"


@router.get(WHERE)
async def see(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    return await _page(request, runtime, _person(caller), "", ())


@router.post(WHERE)
async def add(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    person, typed = _person(caller), await forms.fields(request)
    try:
        await importing.add(runtime, person, typed.get("url", ""))
    except Refused as refused:
        return await _page(request, runtime, person, typed.get("url", ""), refused.errors)
    return RedirectResponse(WHERE, 303)


@router.post(WHERE + "/{calendar_id}/retirer")
async def remove(calendar_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    person = _person(caller)
    async with runtime.pool.acquire() as connection, connection.transaction():
        await calendars.remove(connection, person, calendar_id)
    return RedirectResponse(WHERE, 303)


def _person(caller: Caller) -> UUID:
    """Raises 401, 403 for who plans nothing, 403 for a key without a person: a calendar is somebody's."""
    caller.require("team", "coordinator", "facilitator")
    if caller.person is None:
        raise Problem(
            403, "NO_PERSON", "Cette clé n’est celle de personne", "Connectez-vous avec votre compte : un agenda est celui d’une personne."
        )
    return caller.person


async def _page(request: Request, runtime: RuntimeDep, person: UUID, url: str, errors: Sequence[LineError]) -> Response:
    return page(
        request, "events/calendars.html", status_code=422 if errors else 200, headers={"Cache-Control": "private, no-store"},
        calendars=await calendars.of_person(runtime.pool, person), url=url, errors=forms.by_field(errors), most=calendars.MOST,
    )  # fmt: skip
