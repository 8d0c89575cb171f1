"""A file of procurement data on its way in: kept where the worker finds it, and asked for; or refused with nothing left behind."""

from __future__ import annotations

import asyncio
import errno
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

from starlette.datastructures import FormData, UploadFile
from starlette.requests import ClientDisconnect, Request

from kit import telemetry
from kit.problems import Problem
from kit.service import Runtime
from schemas.identifiers import uuid7
from services.ingest.decp import jobs
from services.ingest.decp.importing import folder_of

LARGEST: Final = 300 * 1024 * 1024
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_PIECE: Final = 1 << 20


@asynccontextmanager
async def form_of(request: Request, *, max_fields: int) -> AsyncIterator[FormData]:
    """A form with one file. Raises a 400 problem when the upload is cut off, 507 when there is no room to hold it."""
    try:
        async with request.form(max_files=1, max_fields=max_fields) as form:
            yield form
    except ClientDisconnect:
        raise Problem(400, "CUT_OFF", "L’envoi s’est interrompu", "Rien n’a été enregistré. Envoyez le fichier à nouveau.") from None
    except OSError as error:
        raise no_room(error) from error


async def receive(runtime: Runtime, requested_by: str, file: UploadFile) -> UUID:
    """Keep the file and ask for its import. Raises a 413 problem for one that is too large, 507 when there is no room."""
    if (file.size or 0) > LARGEST:
        raise Problem(413, "FILE_TOO_LARGE", "Le fichier est trop gros", f"{LARGEST // 1024 // 1024} Mo au plus.")
    number = uuid7()
    kept = folder_of(runtime) / str(number)
    try:
        digest = await asyncio.to_thread(_keep, file.file, kept)
    except OSError as error:
        raise no_room(error) from error
    name = Path((file.filename or "").replace("\\", "/")).name[:120]
    asked = jobs.Asked(number, kept.name, name, digest, file.size or 0, requested_by, telemetry.current_traceparent())
    try:
        async with runtime.pool.acquire() as connection:
            await jobs.ask(connection, asked, runtime.clock())
    except BaseException:
        kept.unlink(missing_ok=True)
        raise
    return number


def no_room(error: OSError) -> Exception:
    """A 507 problem where a disk is full; the error itself where it is another one."""
    if error.errno not in _FULL:
        return error
    return Problem(
        507, "NO_ROOM", "Le serveur manque de place pour ce fichier",
        "Rien n’a été enregistré. L’exploitation en est informée ; réessayez plus tard.", headers={"Retry-After": "300"},
    )  # fmt: skip


def _keep(source: BinaryIO, target: Path) -> str:
    """Copy the upload to where the worker finds it; the file's SHA-256. No half file stays behind."""
    source.seek(0)
    digest = hashlib.sha256()
    try:
        with target.open("wb") as copy:
            while piece := source.read(_PIECE):
                digest.update(piece)
                copy.write(piece)
    except OSError:
        target.unlink(missing_ok=True)
        raise
    return digest.hexdigest()
