"""Files by HTTP: hours become a filing at once, procurement data an import that runs beside."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from starlette.datastructures import FormData, UploadFile

from kit import idempotency
from kit.errors import LineError, Refused
from kit.identity import Caller
from kit.postgres import Connection
from kit.preconditions import etag
from kit.problems import Problem
from kit.service import Runtime
from kit.web.limits import check_json
from kit.web.request import RuntimeDep
from schemas.periods import Period
from services.ingest import by_two
from services.ingest.access import declarant_of
from services.ingest.acting import CallerDep
from services.ingest.decp import jobs
from services.ingest.decp.receiving import LARGEST, form_of, receive
from services.ingest.files.reading import FileOfHours, read_hours
from services.ingest.files.table import LARGEST_FILE
from services.ingest.intake import Intake
from services.ingest.replacing import kept_of, replacing_of
from services.ingest.routes.declarations import PRIVATE
from services.ingest.routes.receipt import answer_of, remarked
from services.ingest.rules.differences import Replacing
from services.ingest.rules.times import NoDate, period_of
from services.ingest.sources import Declarant
from services.ingest.store import cursors, filings
from services.ingest.store.filings import committed
from services.ingest.throttle import Throttled

ROUTE: Final = "POST /api/v1/imports"
BODY_LIMIT: Final = LARGEST + 1024 * 1024
"""The file and what multipart puts around it."""
router = APIRouter(prefix="/api/v1/imports", tags=["imports"], dependencies=[Throttled])

_FORM: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "type"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "type": {"type": "string", "enum": ["hours", "decp"]},
                        "mode": {"type": "string", "enum": ["all", "partial"], "default": "all"},
                        "period": {"type": "string", "description": "period of rows in a file without that column"},
                        "replaces": {
                            "type": "string",
                            "description": "JSON object {from, to, gone, filing}: the file stands for everything declared in these months, both "
                            "included, or with filing for that declaration alone; gone is keep or withdraw: what becomes of earlier lines "
                            "that it does not say",
                        },
                        "columns": {"type": "string", "description": "JSON object: header → field name, or null to leave the column out"},
                    },
                }
            }
        },
    }
}


@router.post("", status_code=202, openapi_extra=_FORM)
async def take(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """Take a file in. Hours answer like a declaration; procurement data (the team's) answer with the import to ask about."""
    caller.require("declarant", "facilitator", "team", "operator")
    async with form_of(request, max_fields=10) as form:
        file, kind = form.get("file"), form.get("type", "hours")
        if not isinstance(file, UploadFile):
            raise _refused("file", "FILE_MISSING", "Joignez le fichier dans le champ « file ».")
        if kind == "hours":
            return await _hours(request, runtime, caller, form, file)
        if kind == "decp":
            return await _decp(runtime, caller, file)
    raise _refused("type", "TYPE", "Le type vaut « hours » (heures) ou « decp » (marchés).", value=str(kind)[:40], example="hours")


@router.get("")
async def listed(
    runtime: RuntimeDep,
    caller: CallerDep,
    cursor: Annotated[str | None, Query(max_length=300)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Imports of procurement data, newest first; `next` goes on where the page ends."""
    caller.require("team", "operator")
    before = cursors.read(cursor, datetime.fromisoformat, UUID) if cursor else None
    async with runtime.pool.acquire() as connection:
        items = await jobs.recent(connection, limit + 1, before)
    last = items[limit - 1] if len(items) > limit else None
    following = cursors.write(last["created_at"].isoformat(), last["import_id"]) if last else None
    shown = [{"import": item.pop("import_id"), **item} for item in items[:limit]]
    return JSONResponse(jsonable_encoder({"items": shown, "next": following}), headers=PRIVATE)


@router.get("/{import_id}")
async def state(runtime: RuntimeDep, caller: CallerDep, import_id: UUID) -> Response:
    """How far an import is, and its four outcomes: they add up to `read`."""
    caller.require("team", "operator")
    async with runtime.pool.acquire() as connection:
        found = await jobs.state_of(connection, import_id)
    if found is None:
        raise Problem(404, "UNKNOWN_IMPORT", "Cet import n’existe pas")
    return JSONResponse(jsonable_encoder(found), headers=PRIVATE)


@router.post("/{import_id}/try-again", status_code=202)
async def try_again(runtime: RuntimeDep, caller: CallerDep, import_id: UUID) -> Response:
    """Begin anew an import that the server could not finish: `kept_until` says until when its file is there, `next_try_at` that it waits."""
    caller.require("team", "operator")
    async with runtime.pool.acquire() as connection:
        begun = await jobs.try_again(connection, import_id, runtime.clock())
        found = await jobs.state_of(connection, import_id)
    if found is None:
        raise Problem(404, "UNKNOWN_IMPORT", "Cet import n’existe pas")
    if not begun:
        raise Problem(
            409, "NOT_TO_BE_TRIED_AGAIN", "Cet import ne se reprend pas",
            "Il est en cours, terminé, ou son fichier n’est plus gardé : envoyez le fichier à nouveau.",
        )  # fmt: skip
    return JSONResponse(jsonable_encoder(found), 202, headers=PRIVATE)


async def _hours(request: Request, runtime: Runtime, caller: Caller, form: FormData, file: UploadFile) -> Response:
    declarant = declarant_of(caller)
    if (file.size or 0) > LARGEST_FILE:
        raise Problem(
            413, "FILE_TOO_LARGE", "Le fichier est trop gros", f"{LARGEST_FILE // 1024 // 1024} Mo au plus ; envoyez-le en plusieurs fois."
        )
    data = await file.read()
    mode, period, columns = _mode(form), _period(form), _columns(form)
    replacing = _replacing(form)
    key = idempotency.key_of(request) if idempotency.HEADER in request.headers else None
    by_two.prepare(len(data))
    read = await asyncio.to_thread(read_hours, data, columns, str(period) if period else None)
    digest = hashlib.sha256(data).hexdigest()
    intake = Intake(runtime, declarant, caller.id, "file", read.lines, mode=mode, period=period, sha256=digest, replacing=replacing)
    fingerprint = json.dumps([digest, mode, str(period), columns, *([kept_of(replacing)] if replacing else [])], sort_keys=True).encode()

    async def work(connection: Connection) -> idempotency.Answer:
        claim = await _claim(connection, declarant, key, fingerprint)
        if claim and claim.replay:
            return claim.replay
        receipt = await filings.accept(connection, await intake.filing(connection), runtime.clock())
        answer = idempotency.Answer.of(202, answer_of(receipt), etag(receipt.revision))
        return await claim.keep(answer) if claim else answer

    answer = await _filed(runtime, intake, read, work)
    runtime.wake_relay()
    return remarked(answer, [*read.notices, *intake.errors])


async def _filed(runtime: Runtime, intake: Intake, read: FileOfHours, work: Any) -> idempotency.Answer:
    """Check beside the transaction when it is long; a refusal also says which columns stayed out."""
    try:
        if intake.long:
            async with runtime.pool.acquire() as connection:
                await intake.check(connection)
        answer: idempotency.Answer = await committed(runtime.pool, work)
        return answer
    except Refused as refused:
        refused.errors[:0] = read.notices
        raise


async def _claim(connection: Connection, declarant: Declarant, key: str | None, fingerprint: bytes) -> idempotency.Claim | None:
    if key is None:
        return None
    return await idempotency.begin(connection, scope=str(declarant.id), route=ROUTE, key=key, body=fingerprint)


async def _decp(runtime: Runtime, caller: Caller, file: UploadFile) -> Response:
    caller.require("team", "operator")
    number = await receive(runtime, caller.id, file)
    links = {"self": f"/api/v1/imports/{number}", "page": f"/declarer/decp/{number}"}
    return JSONResponse({"import": str(number), "links": links}, 202)


def _mode(form: FormData) -> str:
    mode = form.get("mode") or "all"
    if mode not in {"all", "partial"}:
        raise _refused(
            "mode", "MODE", "Le mode vaut « all » (tout ou rien) ou « partial » (les bonnes lignes).", value=str(mode)[:40], example="all"
        )
    return str(mode)


def _period(form: FormData) -> Period | None:
    text = form.get("period")
    if not isinstance(text, str) or not text.strip():
        return None
    try:
        return period_of(text.strip()[:40])
    except NoDate as error:
        raise _refused("period", "PERIOD", f"« {text[:40]} » : {error}.", value=text[:40], example="2019-03") from None


def _columns(form: FormData) -> Mapping[str, str | None] | None:
    text = form.get("columns")
    if not isinstance(text, str) or not text.strip():
        return None
    found = _object(text)
    if found is None or not all(value is None or isinstance(value, str) for value in found.values()):
        raise _refused(
            "columns", "COLUMNS", "« columns » est un objet JSON : titre de colonne → champ, ou null.", example='{"H. réal.": "hours"}'
        )
    return found


def _replacing(form: FormData) -> Replacing | None:
    text = form.get("replaces")
    if not isinstance(text, str) or not text.strip():
        return None
    found = _object(text)
    if found is None:
        raise _refused(
            "replaces", "REPLACES", "« replaces » est un objet JSON : from, to, gone.",
            example='{"from": "2019-01", "to": "2019-09", "gone": "withdraw"}',
        )  # fmt: skip
    return replacing_of(found)


def _object(text: str) -> dict[str, Any] | None:
    """The JSON object of a form's field; None for anything else. Raises a 422 problem for what cannot be stored, as in a body of JSON."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    check_json(text.encode("utf-8", "surrogatepass"))
    return found if isinstance(found, dict) else None


def _refused(column: str, code: str, message: str, *, value: str | None = None, example: str | None = None) -> Refused:
    return Refused([LineError(column=column, code=code, value=value, message=message, example=example)], code=code, detail=message)
