"""The public agenda as a calendar to subscribe to."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from kit.web.request import RuntimeDep
from services.events import calendars
from services.events.rules.meetings import PARIS
from services.events.settings import AGENDA_DAYS_KEPT
from services.events.store import meetings

router = APIRouter(tags=["agenda"])
MEDIA_TYPE = "text/calendar; charset=utf-8"


@router.get("/api/v1/agenda.ics", summary="L’agenda public à suivre depuis son logiciel")
async def feed(request: Request, runtime: RuntimeDep, department: str | None = None) -> Response:
    now = runtime.clock()
    since = now.astimezone(ZoneInfo(PARIS)).replace(tzinfo=None) - timedelta(days=AGENDA_DAYS_KEPT)
    found = await meetings.upcoming(runtime.pool, since, department=department, kind=None, limit=500)
    version = hashlib.sha256("".join(f"{kept.meeting_id}{kept.revision}" for kept in found).encode()).hexdigest()[:16]
    headers = {"ETag": f'"{version}"', "Cache-Control": "public, max-age=300"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(
        calendars.feed(found, name="Agenda de la MACS", gateway=runtime.settings.gateway, stamp=now), media_type=MEDIA_TYPE, headers=headers
    )


@router.get("/agenda/{meeting_id}/reunion.ics", include_in_schema=False)
async def one(meeting_id: UUID, runtime: RuntimeDep) -> Response:
    kept = await meetings.get(runtime.pool, meeting_id)
    content = calendars.feed([kept], name=kept.plan.title, gateway=runtime.settings.gateway, stamp=runtime.clock())
    return Response(content, media_type=MEDIA_TYPE, headers={"Content-Disposition": 'attachment; filename="reunion.ics"'})
