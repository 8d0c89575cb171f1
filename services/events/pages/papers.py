"""« Supports et compte rendu » of a meeting: files and links, each for an audience; minutes in versions, internal until published."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import UploadFile

from kit.errors import LineError, Refused
from kit.identity import Caller
from kit.problems import Problem
from kit.service import Runtime
from kit.web import forms
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.events import access
from services.events.pages import typed as read
from services.events.rules import attachments
from services.events.rules import papers as rules
from services.events.rules.attachments import Attachment
from services.events.rules.governance.sittings import check_minutes
from services.events.rules.papers import Paper
from services.events.store import meetings, papers
from services.events.store.governance import sittings
from services.events.store.meetings import Kept
from services.events.take_home import files

router = APIRouter(include_in_schema=False)
WHERE = "/agenda/{meeting_id}/documents"
BODY_LIMIT: Final = attachments.LARGEST + 1024 * 1024


@router.get(WHERE)
async def see(request: Request, meeting_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    return await _page(request, runtime, await _kept(runtime, caller, meeting_id), {}, ())


@router.post(WHERE + "/supports")
async def add_link(request: Request, meeting_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await _kept(runtime, caller, meeting_id)
    typed = await forms.fields(request)
    paper = Paper(typed.get("title", ""), typed.get("audience", "NETWORK"), typed.get("url", ""))
    return await _added(request, runtime, caller, kept, paper, None, typed)


@router.post(WHERE + "/fichiers")
async def add_file(request: Request, meeting_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """The title is the file's name where none is given."""
    kept = await _kept(runtime, caller, meeting_id)
    name, data, typed = await _uploaded(request)
    try:
        attached = await asyncio.to_thread(attachments.read, name, data)
    except Refused as refused:
        return await _page(request, runtime, kept, typed, refused.errors)
    paper = Paper(typed.get("file_title") or attached.name, typed.get("file_audience", "NETWORK"))
    return await _added(request, runtime, caller, kept, paper, attached, typed)


@router.get(WHERE + "/fichiers/{paper_id}")
async def fetch(meeting_id: UUID, paper_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    audience = access.audience(caller)
    file = await papers.content(runtime.pool, meeting_id, paper_id, audience)
    return files.handed_in(file, public=audience == "PUBLIC")


@router.post(WHERE + "/supports/{paper_id}/retirer")
async def remove(meeting_id: UUID, paper_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    await _kept(runtime, caller, meeting_id)
    async with runtime.pool.acquire() as connection, connection.transaction():
        await papers.remove(connection, meeting_id, paper_id, by_name=caller.name, now=runtime.clock())
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


async def _uploaded(request: Request) -> tuple[str, bytes, dict[str, str]]:
    """Name, content (a byte more than allowed at most) and the text fields of the form."""
    async with request.form(max_files=1, max_fields=10) as form:
        file = form.get("file")
        data = await file.read(attachments.LARGEST + 1) if isinstance(file, UploadFile) else b""
        name = file.filename or "" if isinstance(file, UploadFile) else ""
        typed = {key: value.strip()[:500] for key, value in form.multi_items() if isinstance(value, str) and "\x00" not in value}
    return name, data, typed


async def _added(
    request: Request, runtime: Runtime, caller: Caller, kept: Kept, paper: Paper, attached: Attachment | None, typed: Mapping[str, str]
) -> Response:  # fmt: skip
    meeting_id = kept.meeting_id
    try:
        async with runtime.pool.acquire() as connection, connection.transaction():
            await meetings.locked(connection, meeting_id)
            rules.check(paper, len(await papers.of_meeting(connection, meeting_id, "NETWORK")))
            await papers.add(connection, meeting_id, paper, attached, by_name=caller.name, now=runtime.clock())
    except Refused as refused:
        errors = refused.errors if attached is None else [_beside_the_file(error) for error in refused.errors]
        return await _page(request, runtime, kept, typed, errors)
    return RedirectResponse(f"/agenda/{meeting_id}/documents", 303)


def _beside_the_file(error: LineError) -> LineError:
    """The form of files has its own names, so that an error is shown beside the field that was typed."""
    return error.model_copy(update={"column": f"file_{error.column}"})


async def _kept(runtime: Runtime, caller: Caller, meeting_id: UUID) -> Kept:
    kept = await meetings.get(runtime.pool, meeting_id)
    access.organiser(caller, kept.plan.department)
    return kept


async def _page(
    request: Request, runtime: Runtime, kept: Kept, typed: Mapping[str, str], errors: Sequence[LineError], *, overtaken: bool = False
) -> Response:
    return page(
        request, "events/papers.html", status_code=412 if overtaken else 422 if errors else 200, kept=kept, plan=kept.plan, typed=typed,
        errors=forms.by_field(errors), overtaken=overtaken, papers=await papers.of_meeting(runtime.pool, kept.meeting_id, "NETWORK"),
        removed=await papers.removed(runtime.pool, kept.meeting_id), audiences=rules.AUDIENCES, accept=attachments.ACCEPT,
        kinds=attachments.KINDS, largest=attachments.LARGEST // 1024**2,
        versions=await sittings.minutes(runtime.pool, kept.meeting_id),
    )  # fmt: skip
