"""Register without an account, read the list, give a seat back."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, Field

from kit.problems import Problem
from kit.web.request import CallerDep, RuntimeDep
from services.events import access, registering
from services.events.routes.meetings import Reason
from services.events.rules.registrations import Applicant
from services.events.store import meetings, seats
from services.events.store.seats import Seat

router = APIRouter(prefix="/api/v1/meetings/{meeting_id}/sessions/{session_id}/registrations", tags=["inscriptions"])


class RegistrationBody(BaseModel):
    """The professional who wants a seat. `role` is a code of the participants' vocabulary."""

    name: str = Field(max_length=1000)
    email: str = Field(max_length=1000)
    organisation: str = Field(default="", max_length=1000)
    role: str = "BUYER"


@router.post("", status_code=201, summary="S’inscrire")
async def register(
    request: Request,
    meeting_id: UUID,
    session_id: UUID,
    body: RegistrationBody,
    runtime: RuntimeDep,
    _key: Annotated[str | None, Header(alias="Idempotency-Key")] = None,  # for the API document; kit.idempotency reads it
) -> Response:
    applicant = Applicant(body.name.strip(), body.email.strip(), body.organisation.strip(), body.role)
    return await registering.register_once(runtime, request, meeting_id, session_id, applicant, answer)


@router.get("", summary="La liste des inscrits")
async def listed(meeting_id: UUID, session_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> dict[str, Any]:
    kept = await meetings.get(runtime.pool, meeting_id)
    access.organiser(caller, kept.plan.department)
    if session_id not in {session.session_id for session in kept.plan.sessions}:
        raise Problem(404, "UNKNOWN_SESSION", "Cette séance n’existe pas")
    return {"items": [answer(seat) | contact(seat) for seat in await seats.of_session(runtime.pool, session_id)]}


@router.delete("/{registration_id}", summary="Annuler une inscription")
async def give_up(
    meeting_id: UUID, session_id: UUID, registration_id: UUID, body: Reason, runtime: RuntimeDep, caller: CallerDep
) -> dict[str, Any]:
    access.organiser(caller, (await meetings.get(runtime.pool, meeting_id)).plan.department)
    seat = await seats.get(runtime.pool, registration_id)
    if (seat.meeting_id, seat.session_id) != (meeting_id, session_id):
        raise Problem(404, "UNKNOWN_REGISTRATION", "Cette inscription n’existe pas")
    return answer(await registering.give_up(runtime, registration_id, body.reason))


def answer(seat: Seat) -> dict[str, Any]:
    """What the person who registered may know; no name of anybody else."""
    return {
        "id": str(seat.registration_id),
        "state": seat.state,
        "position": seat.position,
        "offered_until": seat.offered_until.isoformat() if seat.offered_until else None,
    }


def contact(seat: Seat) -> dict[str, Any]:
    """What the organiser needs for the attendance list."""
    who = seat.applicant
    return {
        "name": who.name,
        "email": who.email,
        "organisation": who.organisation,
        "role": who.role,
        "registered_at": seat.registered_at.isoformat(),
    }
