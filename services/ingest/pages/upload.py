"""« /declarer/import »: a file checked and sent, with everything there is to say about it in one table."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile

from kit.errors import LineError, Refused
from kit.identity import Caller
from kit.postgres import Connection
from kit.service import Runtime
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.ingest.access import declarant_of
from services.ingest.files.model import MODEL_NAME, model_workbook
from services.ingest.files.reading import FileOfHours, read_hours
from services.ingest.files.table import LARGEST_FILE
from services.ingest.intake import Intake
from services.ingest.pages.wording import beside
from services.ingest.store import filings
from services.ingest.store.filings import Receipt, committed

router = APIRouter(include_in_schema=False)
SHOWN_ERRORS: Final = 500
BODY_LIMIT: Final = LARGEST_FILE + 1024 * 1024
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Upload:
    """What the form sent: the file's bytes are held for this request only."""

    name: str
    data: bytes
    mode: str
    send: bool
    again: bool

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Found:
    """What there is to say about an upload; nothing before there is one."""

    upload: Upload | None = None
    read: FileOfHours | None = None
    errors: Sequence[LineError] = ()
    good: int = 0
    blocked: int = 0
    earlier: dict[str, Any] | None = None
    """The filing that the same file already made."""


NOTHING: Final = Found()


@router.get("/declarer/import")
async def begin(request: Request, caller: CallerDep) -> Response:
    declarant_of(caller)
    return _page(request)


@router.get("/declarer/import/modele.xlsx")
async def model(caller: CallerDep) -> Response:
    """An empty workbook with our headers, the lists of codes as drop-downs, and a sheet that explains each column."""
    declarant_of(caller)
    content = await asyncio.to_thread(model_workbook)
    return Response(content, media_type=_XLSX, headers={"Content-Disposition": f'attachment; filename="{MODEL_NAME}"'})


@router.post("/declarer/import")
async def take(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """Check the file; send it when that was asked for and nothing stands against it."""
    declarant = declarant_of(caller)
    upload = await _uploaded(request)
    if upload is None:
        return _page(request, missing=True, status_code=422)
    try:
        read = await asyncio.to_thread(read_hours, upload.data)
    except Refused as refused:
        return _page(request, Found(upload, errors=refused.errors), status_code=refused.status)
    intake = Intake(runtime, declarant, caller.id, "file", read.lines, mode=upload.mode, sha256=upload.sha256)
    async with runtime.pool.acquire() as connection:
        found = await intake.check(connection)
        earlier = await _received_before(connection, caller, upload.sha256)
    stopped = bool(found.blocked) and (upload.mode == "all" or not found.values)
    if not upload.send or stopped or (earlier and not upload.again):
        told = Found(upload, read, [*read.notices, *found.errors], len(found.values), len(found.blocked), earlier)
        return _page(request, told, status_code=422 if upload.send and stopped else 200)
    return await _sent(runtime, intake)


async def _sent(runtime: Runtime, intake: Intake) -> Response:
    async def work(connection: Connection) -> Receipt:
        return await filings.accept(connection, await intake.filing(connection), runtime.clock())

    receipt = await committed(runtime.pool, work)
    runtime.wake_relay()
    return RedirectResponse(f"/declarer/recu/{receipt.number}", 303)


async def _uploaded(request: Request) -> Upload | None:
    async with request.form(max_files=1, max_fields=10) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            return None
        mode = "partial" if form.get("mode") == "partial" else "all"
        data = await file.read(LARGEST_FILE + 1)
        return Upload(file.filename[:120], data, mode, form.get("action") == "send", form.get("again") == "oui")


async def _received_before(connection: Connection, caller: Caller, sha256: str) -> dict[str, Any] | None:
    """The filing that the same file already made, unless it was withdrawn."""
    row = await connection.fetchrow(
        """
        select f.number, r.received_at from filing_revisions r join filings f using (number)
        where r.sha256 = $1 and f.declarant_id = $2 and f.state <> 'withdrawn' order by r.received_at desc limit 1
        """,
        sha256,
        caller.organisation,
    )
    return dict(row) if row else None


def _page(request: Request, found: Found = NOTHING, *, missing: bool = False, status_code: int = 200) -> Response:
    order = {"blocking": 0, "check": 1, "info": 2}
    ranked = sorted(found.errors, key=lambda error: (order[error.severity], error.line or 0))
    return page(
        request,
        "declarer_import.html",
        status_code=status_code,
        upload=found.upload,
        read=found.read,
        errors=ranked[:SHOWN_ERRORS],
        sentences=[beside(error) for error in ranked[:SHOWN_ERRORS]],
        more=max(0, len(ranked) - SHOWN_ERRORS),
        good=found.good,
        blocked=found.blocked,
        earlier=found.earlier,
        missing=missing,
    )
