"""« Calendriers »: addresses that one's software follows, for oneself or a department; and what stands at those addresses."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from kit import registry
from kit.identity import Caller
from kit.problems import Problem
from kit.service import Runtime
from kit.web import forms
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.places import DEPARTMENTS
from services.events import calendars, governing
from services.events.organising import links_of, today
from services.events.secret_links import FEED
from services.events.settings import AGENDA_DAYS_KEPT
from services.events.store import feeds, meetings
from services.events.store.feeds import Feed

router = APIRouter(include_in_schema=False)


@router.get("/calendriers")
async def listed(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """The public agenda for everybody; the own addresses for a person of the annuaire."""
    mine = await feeds.of_person(runtime.pool, caller.person) if caller.person else []
    good = [(feed, _address(runtime, feed), await feeds.still_good(runtime.pool, feed, today(runtime))) for feed in mine]
    offered = sorted(DEPARTMENTS if caller.has("team") else caller.departments - caller.reads)
    return page(
        request, "events/feeds.html", feeds=good, person=caller.person, departments=DEPARTMENTS, public=f"{runtime.settings.gateway}/api/v1/agenda.ics",
        offered=[(code, DEPARTMENTS[code]) for code in offered if code in DEPARTMENTS],
        own=any(feed.department is None for feed, _, _ in good),
    )  # fmt: skip


@router.post("/calendriers")
async def make(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """A new address; a former one of the same kind stops at once."""
    person = _person(caller)
    department = (await forms.fields(request)).get("department") or None
    if department is not None and (department not in DEPARTMENTS or not (caller.has("team") or department in caller.departments)):
        raise Problem(403, "FORBIDDEN", "Ce calendrier n’est pas le vôtre", "Vous suivez le calendrier de votre département.")
    async with runtime.pool.acquire() as connection, connection.transaction():
        await feeds.make(connection, person, department, runtime.clock())
    return RedirectResponse("/calendriers", 303)


@router.post("/calendriers/{feed_id}/revoquer")
async def revoke(feed_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    async with runtime.pool.acquire() as connection, connection.transaction():
        await feeds.revoke(connection, feed_id, _person(caller), runtime.clock())
    return RedirectResponse("/calendriers", 303)


@router.get("/calendriers/{feed_id}/{code}.ics")
async def followed(request: Request, feed_id: UUID, code: str, runtime: RuntimeDep) -> Response:
    """The address that software reads: the secret in it is the only credential. 410 once it was revoked or the mandate has ended."""
    links_of(runtime).check(feed_id, code, FEED)
    feed = await feeds.get(runtime.pool, feed_id)
    now = runtime.clock()
    if not await feeds.still_good(runtime.pool, feed, today(runtime)):
        said = f"Ce calendrier n'est plus servi : il a été révoqué, ou la coordination a changé.\nNouvelle adresse : {runtime.settings.gateway}/calendriers\n"
        return PlainTextResponse(said, 410, headers={"Cache-Control": "private, no-store"})
    since = governing.wall_clock(runtime) - timedelta(days=AGENDA_DAYS_KEPT)
    departments = [feed.department] if feed.department else await _coordinated(runtime, feed.person_id)
    if feed.department:
        name, ids = f"MACS, {DEPARTMENTS[feed.department]}", await feeds.meetings_of_department(runtime.pool, feed.department, since)
    else:
        name, ids = "MACS, mon calendrier", await feeds.meetings_of_person(runtime.pool, feed.person_id, since)
    found = await meetings.of_ids(runtime.pool, ids)
    deadlines = await feeds.public_deadlines(runtime.pool, ids, today(runtime))
    deadlines += await feeds.own_deadlines(runtime.pool, None if feed.department else feed.person_id, departments)
    await feeds.was_read(runtime.pool, feed_id, now)
    return calendars.answer(request, found, deadlines, name=name, gateway=runtime.settings.gateway, stamp=now, shared=False)


async def _coordinated(runtime: Runtime, person_id: UUID) -> list[str]:
    async with runtime.pool.acquire() as connection:
        return sorted(await registry.departments_of(connection, person_id, today(runtime)))


def _person(caller: Caller) -> UUID:
    caller.require()
    if caller.person is None:
        raise Problem(403, "NO_PERSON", "Un calendrier appartient à une personne", "Connectez-vous avec votre compte.")
    return caller.person


def _address(runtime: Runtime, feed: Feed) -> str:
    return f"{runtime.settings.gateway}/calendriers/{feed.feed_id}/{links_of(runtime).code(feed.feed_id, FEED)}.ics"
