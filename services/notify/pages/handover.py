"""« Dossier de passation »: what a department has under way, on one page, and its meetings as one calendar file."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from kit.identity import Caller
from kit.problems import Problem
from kit.service import Runtime
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.notify.dispatch import handovers
from services.notify.rules import calendar as ical
from services.notify.rules import handover, meeting_letters, wording
from services.notify.rules.handover import Estate
from services.notify.rules.workdays import paris_day
from services.notify.settings import SENDER, mail_server

router = APIRouter(include_in_schema=False)


@router.get("/coordination/passation")
async def show(
    request: Request, runtime: RuntimeDep, caller: CallerDep, departement: Annotated[str, Query(max_length=3)] = ""
) -> HTMLResponse:
    code, estate = await _estate(runtime, caller, departement)
    today = paris_day(runtime.clock())
    meetings = [
        (meeting_letters.name_of(m), meeting_letters.when(m), handover.place_of(m, estate), m.page or f"/agenda/{m.meeting_id}")
        for m in estate.meetings
    ]
    return page(
        request,
        "passation.html",
        code=code,
        name=wording.department(code),
        term=estate.term,
        before=estate.before,
        until=estate.before.ends_on + handover.BEHIND - timedelta(days=1) if estate.before and estate.before.ends_on else None,
        today=today,
        said=handover.paragraphs(estate, today),
        meetings=meetings,
        actions=estate.actions,
        diagnostic=estate.diagnostic,
    )


@router.get("/coordination/passation.ics")
async def calendar(runtime: RuntimeDep, caller: CallerDep, departement: Annotated[str, Query(max_length=3)] = "") -> Response:
    """The meetings to come with the identities of their invitations: an agenda that has them already shows nothing twice."""
    code, estate = await _estate(runtime, caller, departement)
    server = mail_server(runtime.settings)
    entries = [meeting_letters.entry(m, cancelled=False) for m in estate.meetings]
    data = ical.several(entries, stamped=runtime.clock(), organizer=server.sender if server else SENDER)
    headers = {"Content-Disposition": f'attachment; filename="passation-{code}.ics"', "Cache-Control": "private, no-store"}
    return Response(data, media_type="text/calendar; charset=utf-8", headers=headers)


async def _estate(runtime: Runtime, caller: Caller, code: str) -> tuple[str, Estate]:
    """The department's file for the team, its coordination, its successor and, for thirty days, its predecessor."""
    caller.require("coordinator", "team", "operator")
    now = runtime.clock()
    today = paris_day(now)
    async with runtime.pool.acquire() as connection:
        code = code or min(caller.departments, default="") or await handovers.department_ahead(connection, caller.person, today)
        found = await handovers.of_department(connection, code, today, now)
        may = (
            caller.has("team", "operator")
            or code in caller.departments
            or (caller.person is not None and await handovers.may_read(connection, caller.person, code, today))
        )
    if not may:
        raise Problem(403, "FORBIDDEN", "Ce dossier n’est pas celui de votre département")
    if found is None:
        raise Problem(404, "NO_MANDATE", "Aucun mandat n’est enregistré pour ce département")
    return code, found
