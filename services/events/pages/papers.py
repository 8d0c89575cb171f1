"""« Supports et compte rendu » of a meeting: links to slides, minutes in versions; internal until they are published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from kit.errors import LineError, Refused
from kit.identity import Caller
from kit.problems import Problem
from kit.service import Runtime
from kit.web import forms
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.events import access
from services.events.pages import typed as read
from services.events.rules import papers as rules
from services.events.rules.governance.sittings import check_minutes
from services.events.rules.papers import Link
from services.events.store import meetings, papers
from services.events.store.governance import sittings
from services.events.store.meetings import Kept

router = APIRouter(include_in_schema=False)
WHERE = "/agenda/{meeting_id}/documents"


@router.get(WHERE)
async def see(request: Request, meeting_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    return await _page(request, runtime, await _kept(runtime, caller, meeting_id), {}, ())


@router.post(WHERE + "/supports")
async def add(request: Request, meeting_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await _kept(runtime, caller, meeting_id)
    typed = await forms.fields(request)
    link = Link(typed.get("title", ""), typed.get("url", ""), typed.get("link_published") == "oui")
    try:
        async with runtime.pool.acquire() as connection, connection.transaction():
            await meetings.locked(connection, meeting_id)
            rules.check(link, len(await papers.links(connection, meeting_id, published_only=False)))
            await papers.add(connection, meeting_id, link, by_name=caller.name, now=runtime.clock())
    except Refused as refused:
        return await _page(request, runtime, kept, typed, refused.errors)
    return RedirectResponse(f"/agenda/{meeting_id}/documents", 303)


@router.post(WHERE + "/supports/{link_id}/retirer")
async def remove(meeting_id: UUID, link_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    await _kept(runtime, caller, meeting_id)
    async with runtime.pool.acquire() as connection, connection.transaction():
        await papers.remove(connection, meeting_id, link_id)
    return RedirectResponse(f"/agenda/{meeting_id}/documents", 303)


@router.post(WHERE + "/compte-rendu")
async def write_minutes(request: Request, meeting_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """Somebody else's newer version is shown above one's own text, which stays in its field."""
    kept = await _kept(runtime, caller, meeting_id)
    if kept.plan.page:
        raise Problem(409, "OTHER_PAGE", "Le compte rendu de cette réunion s’écrit sur sa page", kept.plan.page)
    typed = await forms.fields(request)
    try:
        check_minutes(typed.get("text", ""))
        async with runtime.pool.acquire() as connection, connection.transaction():
            await sittings.write_minutes(
                connection, meeting_id, read.revision(typed), typed["text"], published=typed.get("published") == "oui",
                by=(caller.id, caller.name), now=runtime.clock(),
            )  # fmt: skip
    except Refused as refused:
        return await _page(request, runtime, kept, typed, refused.errors)
    except Problem as problem:
        if problem.status != 412:
            raise
        return await _page(request, runtime, kept, typed, (), overtaken=True)
    return RedirectResponse(f"/agenda/{meeting_id}/documents", 303)


async def _kept(runtime: Runtime, caller: Caller, meeting_id: UUID) -> Kept:
    kept = await meetings.get(runtime.pool, meeting_id)
    access.organiser(caller, kept.plan.department)
    return kept


async def _page(
    request: Request, runtime: Runtime, kept: Kept, typed: Mapping[str, str], errors: Sequence[LineError], *, overtaken: bool = False
) -> Response:
    return page(
        request, "events/papers.html", status_code=412 if overtaken else 422 if errors else 200, kept=kept, plan=kept.plan, typed=typed,
        errors=forms.by_field(errors), overtaken=overtaken, links=await papers.links(runtime.pool, kept.meeting_id, published_only=False),
        versions=await sittings.minutes(runtime.pool, kept.meeting_id),
    )  # fmt: skip
