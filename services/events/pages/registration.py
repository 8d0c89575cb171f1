"""The page behind the secret link: see, confirm or give back a seat. A GET changes nothing, since mail scanners follow links."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.events import registering
from services.events.organising import links_of
from services.events.rules.meetings import begins
from services.events.rules.papers import AUDIENCES
from services.events.store import meetings, papers, seats
from services.events.store.governance import sittings
from services.events.take_home import files

router = APIRouter(include_in_schema=False)
WHERE = "/agenda/inscription/{registration_id}/{code}"


@router.get(WHERE)
async def see(request: Request, registration_id: UUID, code: str, runtime: RuntimeDep, _caller: CallerDep) -> Response:
    links_of(runtime).check(registration_id, code)
    seat = await seats.get(runtime.pool, registration_id)
    kept = await meetings.get(runtime.pool, seat.meeting_id)
    session = next((found for found in kept.plan.sessions if found.session_id == seat.session_id), None)
    headers = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
    path = links_of(runtime).path(registration_id)
    entitled = seat.state == "confirmed"
    return page(
        request, "events/registration.html", headers=headers, seat=seat, kept=kept, plan=kept.plan, session=session, path=path,
        papers=await papers.of_meeting(runtime.pool, kept.meeting_id, "PARTICIPANTS" if entitled else "PUBLIC"), audiences=AUDIENCES,
        minutes=(await sittings.minutes(runtime.pool, kept.meeting_id, published_only=True))[:1],
        over=runtime.clock() >= begins(kept.plan.starts_at, kept.plan.zone),
    )  # fmt: skip


@router.get(WHERE + "/fichiers/{paper_id}")
async def fetch(registration_id: UUID, code: str, paper_id: UUID, runtime: RuntimeDep) -> Response:
    """A support, to somebody with a seat."""
    links_of(runtime).check(registration_id, code)
    seat = await seats.get(runtime.pool, registration_id)
    audience = "PARTICIPANTS" if seat.state == "confirmed" else "PUBLIC"
    return files.handed_in(await papers.content(runtime.pool, seat.meeting_id, paper_id, audience), public=False)


@router.post(WHERE + "/annuler")
async def give_up(registration_id: UUID, code: str, runtime: RuntimeDep) -> Response:
    links_of(runtime).check(registration_id, code)
    await registering.give_up(runtime, registration_id, "Désistement")
    return RedirectResponse(links_of(runtime).path(registration_id), 303)


@router.post(WHERE + "/confirmer")
async def accept(registration_id: UUID, code: str, runtime: RuntimeDep) -> Response:
    links_of(runtime).check(registration_id, code)
    await registering.accept(runtime, registration_id)
    return RedirectResponse(links_of(runtime).path(registration_id), 303)
