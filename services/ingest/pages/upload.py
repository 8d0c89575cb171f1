"""« /declarer/import »: a file is chosen, read and checked; sent at once when nothing is in the way, else it waits for its author."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile

from kit.errors import Refused
from kit.identity import Caller
from kit.postgres import Connection
from kit.service import Runtime
from kit.web.request import RuntimeDep
from schemas.zones import PARIS
from services.ingest.access import declarant_of
from services.ingest.acting import CallerDep
from services.ingest.files.answers import carried_over
from services.ingest.files.model import MODEL_NAME, model_workbook, sample_workbook
from services.ingest.files.reading import FileOfHours, look
from services.ingest.files.table import LARGEST_FILE
from services.ingest.intake import Intake
from services.ingest.pages.import_found import Review, found_in, shown
from services.ingest.pages.import_review import first_answers
from services.ingest.rules.coverage import ran_lately
from services.ingest.settings import spool
from services.ingest.store import filings
from services.ingest.store.filings import committed
from services.ingest.store.layouts import remembered
from services.ingest.store.same_file import made_meanwhile
from services.ingest.store.search import Question, search
from services.ingest.store.spool import sent, waiting

router = APIRouter(include_in_schema=False)
_LOOKED_AT: Final = 200
"""Contracts among which the example finds two that ran lately."""
BODY_LIMIT: Final = LARGEST_FILE + 1024 * 1024
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Upload:
    """What the form sent."""

    name: str
    data: bytes
    mode: str
    send: bool
    again: bool


@router.get("/declarer/import")
async def begin(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """A file to choose, after those that were chosen and not yet sent."""
    async with runtime.pool.acquire() as connection:
        return shown(request, waiting=await waiting(connection, declarant_of(caller).id, runtime.clock()))


@router.get("/declarer/import/modele.xlsx")
async def model(caller: CallerDep) -> Response:
    """An empty workbook with our headers, the lists of codes as drop-downs, and a sheet that explains each column."""
    declarant_of(caller)
    return _download(await asyncio.to_thread(model_workbook), MODEL_NAME)


@router.get("/declarer/import/exemple.xlsx")
async def sample(runtime: RuntimeDep, caller: CallerDep) -> Response:
    """The same workbook with a few fictional lines that pass every check: on the declarant's own contracts, in quarters in which they ran."""
    declarant = declarant_of(caller)
    async with runtime.pool.acquire() as connection:
        contracts, _ = await search(connection, Question(declarant, limit=_LOOKED_AT))
    found = ran_lately(contracts, runtime.clock().astimezone(PARIS).date())[:2]
    return _download(await asyncio.to_thread(sample_workbook, *found), "exemple-heures.xlsx")


@router.post("/declarer/import")
async def take(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """Check the file; send it when that was asked for and nothing is to be answered or corrected."""
    declarant_of(caller)
    upload = await _uploaded(request)
    if upload is None:
        return shown(request, missing=True, status_code=422)
    try:
        review = await _waiting(runtime, caller, upload)
    except Refused as refused:
        return await _unreadable(request, runtime, caller, upload, refused)
    asked = bool(review.questions) or bool(review.answers.get("later") and review.given)  # what was said of other months is shown first
    clear = not review.stopped and not asked and not review.is_example and (review.earlier is None or upload.again)
    if upload.send and clear and review.intake:
        return await _sent(runtime, review, review.intake, again=upload.again)
    return shown(request, review, status_code=422 if upload.send and review.stopped else 200, refused=upload.send and review.stopped)


async def _unreadable(request: Request, runtime: Runtime, caller: Caller, upload: Upload, refused: Refused) -> Response:
    """A text in an encoding that nobody can guess is kept for its author, who may know it; any other refusal ends here."""
    review = Review(upload.name, errors=refused.errors, unreadable=True, status=refused.status)
    if review.encoding_asked:
        review.answers = {**first_answers(None), "mode": upload.mode}
        owner = declarant_of(caller).id
        async with runtime.pool.acquire() as connection:
            review.file_id = await spool(runtime).put(connection, owner, upload.name, upload.data, review.answers, runtime.clock())
    return shown(request, review)


async def _waiting(runtime: Runtime, caller: Caller, upload: Upload) -> Review:
    """The file read with what its layout is known for, and kept for its author; one that waits already goes on with the answers given so far. A
    file that clears at once needs no keeping."""
    owner, now = declarant_of(caller).id, runtime.clock()
    seen = await asyncio.to_thread(look, upload.data)
    async with runtime.pool.acquire() as connection:
        kept = await spool(runtime).same(connection, owner, upload.name, upload.data, now)
        answers = kept.answers if kept else await _known(connection, owner, seen)
    review = await found_in(runtime, caller, upload.name, upload.data, {**answers, "mode": upload.mode})
    if kept:
        review.file_id = kept.id
        async with runtime.pool.acquire() as connection:
            await spool(runtime).answer(connection, kept.id, review.answers)
    elif not upload.send or review.stopped or review.questions or review.is_example or review.earlier or review.answers.get("later"):
        async with runtime.pool.acquire() as connection:
            review.file_id = await spool(runtime).put(connection, owner, upload.name, upload.data, review.answers, now)
    return review


async def _known(connection: Connection, owner: UUID, seen: FileOfHours) -> dict[str, Any]:
    """The answers of the last file with these titles, else of the last one with these but for its periods."""
    found, later = await remembered(connection, owner, seen.layout), False
    if found is None and seen.series:
        found = await remembered(connection, owner, seen.series)
        later = found is not None
    if found is not None:
        found = {**found, "columns": carried_over(found.get("columns") or {}, [guess.header for guess in seen.columns])}
    return first_answers(found, seen.facts.encoding, later=later)


async def _sent(runtime: Runtime, review: Review, intake: Intake, *, again: bool) -> Response:
    """The filing; a file that waited for it waits no more."""

    async def work(connection: Connection) -> str:
        if not again and (number := await made_meanwhile(connection, intake.declarant.id, intake.sha256)):
            return number
        number = (await filings.accept(connection, await intake.filing(connection), runtime.clock())).number
        if review.file_id:
            await sent(connection, review.file_id, intake.declarant.id, number)
        return number

    number = await committed(runtime.pool, work)
    runtime.wake_relay()
    return RedirectResponse(f"/declarer/recu/{number}", 303)


async def _uploaded(request: Request) -> Upload | None:
    async with request.form(max_files=1, max_fields=10) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            return None
        mode = "partial" if form.get("mode") == "partial" else "all"
        data = await file.read(LARGEST_FILE + 1)
        name = Path(file.filename.replace("\\", "/")).name[:120]
        return Upload(name, data, mode, form.get("action") == "send", form.get("again") == "oui")


def _download(content: bytes, name: str) -> Response:
    return Response(content, media_type=_XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})
