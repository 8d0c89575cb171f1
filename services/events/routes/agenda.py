"""The public agenda as a calendar to subscribe to."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter, Request, Response

from kit.errors import LineError, Refused
from kit.web.request import RuntimeDep
from schemas.vocabulary import Vocabulary
from schemas.vocabulary.network import MEETINGS, THEMES
from schemas.vocabulary.places import DEPARTMENTS
from services.events import calendars, governing
from services.events.calendars import MEDIA_TYPE
from services.events.organising import today
from services.events.settings import AGENDA_DAYS_KEPT
from services.events.store import feeds, meetings

router = APIRouter(tags=["agenda"])


@router.get("/api/v1/agenda.ics", summary="L’agenda public à suivre depuis son logiciel")
async def feed(
    request: Request, runtime: RuntimeDep, department: str | None = None, kind: str | None = None, theme: str | None = None
) -> Response:
    errors = [*_unknown("department", department, DEPARTMENTS), *_unknown("kind", kind, MEETINGS), *_unknown("theme", theme, THEMES)]
    if errors:
        raise Refused(errors, code="UNKNOWN_FILTER", title="Ce filtre de l’agenda n’existe pas")
    since = governing.wall_clock(runtime) - timedelta(days=AGENDA_DAYS_KEPT)
    found = await meetings.upcoming(runtime.pool, since, department=department, kind=kind, theme=theme, limit=500)
    deadlines = await feeds.public_deadlines(runtime.pool, [kept.meeting_id for kept in found], today(runtime))
    name = f"Agenda de la MACS, {DEPARTMENTS[department]}" if department else "Agenda de la MACS"
    return calendars.answer(request, found, deadlines, name=name, gateway=runtime.settings.gateway, stamp=runtime.clock(), shared=True)


@router.get("/agenda/{meeting_id}/reunion.ics", include_in_schema=False)
async def one(meeting_id: UUID, runtime: RuntimeDep) -> Response:
    kept = await meetings.get(runtime.pool, meeting_id)
    content = calendars.feed([kept], name=kept.plan.title, gateway=runtime.settings.gateway, stamp=runtime.clock())
    return Response(content, media_type=MEDIA_TYPE, headers={"Content-Disposition": 'attachment; filename="reunion.ics"'})


def _unknown(column: str, value: str | None, known: Vocabulary) -> list[LineError]:
    if value is None or value in known:
        return []
    message = f"Valeur inconnue ; choisissez parmi {', '.join(known)}."
    return [LineError(column=column, code="UNKNOWN_CODE", value=value[:40], message=message, example=next(iter(known)))]
