"""Plan, read, move and cancel meetings."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, NaiveDatetime

from kit.preconditions import ExpectedRevision, etag
from kit.web.instants import Day
from kit.web.request import CallerDep, RuntimeDep
from schemas.zones import PARIS, PARIS_NAME
from services.events import access, organising
from services.events.rules.meetings import Plan, PlannedSession, keeping
from services.events.store import meetings, seats
from services.events.store.meetings import Kept

router = APIRouter(prefix="/api/v1/meetings", tags=["réunions"])


class SessionBody(BaseModel):
    """A part of a meeting; `id` names an existing one."""

    model_config = ConfigDict(extra="ignore")

    id: UUID | None = None
    name: str
    kind: str = "ATELIER"
    capacity: int | None = None
    starts_at: NaiveDatetime | None = None
    ends_at: NaiveDatetime | None = None
    place: str | None = Field(default=None, max_length=200)
    travel_minutes: int | None = None


class MeetingBody(BaseModel):
    """A meeting as its organiser wants it. Times are local, without offset."""

    model_config = ConfigDict(extra="ignore")

    kind: str
    title: str
    theme: str | None = None
    department: str | None = None
    starts_at: NaiveDatetime
    ends_at: NaiveDatetime
    zone: str = PARIS_NAME
    place: str
    access: str | None = None
    sessions: list[SessionBody] = Field(default_factory=list)
    to_prepare: str | None = Field(default=None, max_length=500)
    answer_by: Day | None = None
    contact: str | None = Field(default=None, max_length=200)
    reason: str | None = Field(default=None, max_length=500)

    def plan(self) -> Plan:
        return Plan(
            kind=self.kind,
            title=self.title.strip(),
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            place=self.place.strip(),
            theme=self.theme,
            department=self.department,
            access=self.access,
            zone=self.zone,
            sessions=tuple(
                PlannedSession(s.name.strip(), s.kind, s.capacity, s.id, s.starts_at, s.ends_at, s.place, s.travel_minutes)
                for s in self.sessions
            ),
            to_prepare=self.to_prepare,
            answer_by=self.answer_by,
            contact=self.contact,
        )


class Reason(BaseModel):
    """Why a meeting or a registration ends; people are told."""

    reason: str = Field(min_length=1, max_length=500)


@router.post("", status_code=201, summary="Planifier une réunion")
async def plan(
    request: Request, body: MeetingBody, runtime: RuntimeDep, caller: CallerDep, idempotency_key: Annotated[str | None, Header()] = None
) -> Response:
    access.organiser(caller, body.department)
    return await organising.plan_once(runtime, caller, request, body.plan(), idempotency_key, answer)


@router.get("", summary="Les réunions à venir")
async def upcoming(
    runtime: RuntimeDep, department: str | None = None, kind: str | None = None, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> dict[str, Any]:
    now = runtime.clock().astimezone(PARIS).replace(tzinfo=None)
    found = await meetings.upcoming(runtime.pool, now, department=department, kind=kind, limit=limit)
    return {"items": [answer(kept) for kept in found]}


@router.get("/{meeting_id}", summary="Une réunion")
async def one(meeting_id: UUID, runtime: RuntimeDep, response: Response) -> dict[str, Any]:
    kept = await meetings.get(runtime.pool, meeting_id)
    response.headers.update(etag(kept.revision))
    return answer(kept, await seats.counts(runtime.pool, meeting_id))


@router.put("/{meeting_id}", summary="Changer une réunion")
async def change(meeting_id: UUID, body: MeetingBody, runtime: RuntimeDep, caller: CallerDep, revision: ExpectedRevision) -> Response:
    before = (await meetings.get(runtime.pool, meeting_id)).plan
    access.organiser(caller, before.department)
    access.organiser(caller, body.department)
    kept = await organising.change(runtime, caller, meeting_id, revision, keeping(before, body.plan()), body.reason)
    return JSONResponse(answer(kept), headers=etag(kept.revision))


@router.delete("/{meeting_id}", summary="Annuler une réunion")
async def cancel(meeting_id: UUID, body: Reason, runtime: RuntimeDep, caller: CallerDep, revision: ExpectedRevision) -> Response:
    access.organiser(caller, (await meetings.get(runtime.pool, meeting_id)).plan.department)
    kept = await organising.cancel(runtime, caller, meeting_id, revision, body.reason)
    return JSONResponse(answer(kept), headers=etag(kept.revision))


@router.get("/{meeting_id}/history", summary="Toutes les versions d’une réunion")
async def history(meeting_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> dict[str, Any]:
    access.organiser(caller, (await meetings.get(runtime.pool, meeting_id)).plan.department)
    return {"items": await meetings.history(runtime.pool, meeting_id)}


def answer(kept: Kept, counts: dict[UUID, tuple[int, int]] | None = None) -> dict[str, Any]:
    """A meeting in the API's words; with `counts`, the seats taken and the people waiting."""
    plan_ = kept.plan
    return {
        "id": str(kept.meeting_id),
        "revision": kept.revision,
        "sequence": kept.sequence,
        "state": kept.state,
        "kind": plan_.kind,
        "title": plan_.title,
        "theme": plan_.theme,
        "department": plan_.department,
        "starts_at": local(plan_.starts_at),
        "ends_at": local(plan_.ends_at),
        "zone": plan_.zone,
        "place": plan_.place,
        "access": plan_.access,
        "reason": kept.reason,
        "sessions": [_session(session, (counts or {}).get(session.session_id or UUID(int=0))) for session in plan_.sessions],
    }


def _session(session: PlannedSession, counted: tuple[int, int] | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": str(session.session_id),
        "name": session.name,
        "kind": session.kind,
        "capacity": session.capacity,
        "starts_at": local(session.starts_at) if session.starts_at else None,
        "ends_at": local(session.ends_at) if session.ends_at else None,
        "place": session.place,
        "travel_minutes": session.travel_minutes,
    }
    if counted is not None:
        found |= {"taken": counted[0], "waiting": counted[1]}
    return found


def local(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")
