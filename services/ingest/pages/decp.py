"""« /declarer/decp »: the team imports procurement data and reads what became of every row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile

from kit.problems import Problem
from kit.web.filters import number
from kit.web.render import page
from kit.web.request import RuntimeDep
from services.ingest.acting import CallerDep
from services.ingest.decp import jobs
from services.ingest.decp.receiving import LARGEST, form_of, receive
from services.ingest.decp.tries import MOST
from services.ingest.decp.wording import FLAGS, REASONS, label_of

router = APIRouter(include_in_schema=False)
BODY_LIMIT: Final = LARGEST + 1024 * 1024
SHOWN: Final = 20
"""Rows of each kind that the report names."""


@router.get("/declarer/decp")
async def listed(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """The last imports, and the form for one more."""
    caller.require("team", "operator")
    return await _listing(request, runtime)


@router.post("/declarer/decp")
async def take(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    caller.require("team", "operator")
    async with form_of(request, max_fields=5) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            return await _listing(request, runtime, missing=True)
        asked = await receive(runtime, caller.id, file)
    return RedirectResponse(f"/declarer/decp/{asked}", 303)


@router.get("/declarer/decp/{import_id}")
async def report(request: Request, runtime: RuntimeDep, caller: CallerDep, import_id: UUID) -> Response:
    """The four outcomes, the reasons, what was wrong in what was kept, and rows to look up in the file."""
    caller.require("team", "operator")
    async with runtime.pool.acquire() as connection:
        found = await jobs.state_of(connection, import_id)
        if found is None:
            raise Problem(404, "UNKNOWN_IMPORT", "Cet import n’existe pas")
        aside = await jobs.remarks(connection, import_id, "set_aside", SHOWN)
        twice = await jobs.remarks(connection, import_id, "duplicate", SHOWN)
    label, tone = label_of(found)
    return page(
        request, "decp_rapport.html", found=found, most=MOST, may_try=may_try_again(found, runtime.clock()), label=label, tone=tone, size=_size(found["bytes"]), under_way=found["state"] in {"waiting", "running"},
        reasons=[(REASONS.get(code, code), code, count) for code, count in _most(found["reasons"])],
        flags=[(FLAGS.get(code, code), code, count) for code, count in _most(found["flags"])],
        aside=[{**row, "why": REASONS.get(row["reason"], row["reason"])} for row in aside], twice=twice,
    )  # fmt: skip


@router.post("/declarer/decp/{import_id}")
async def again(runtime: RuntimeDep, caller: CallerDep, import_id: UUID) -> Response:
    """Begin anew an import that the server could not finish; the page says what became of it."""
    caller.require("team", "operator")
    async with runtime.pool.acquire() as connection:
        await jobs.try_again(connection, import_id, runtime.clock())
    return RedirectResponse(f"/declarer/decp/{import_id}", 303)


async def _listing(request: Request, runtime: RuntimeDep, *, missing: bool = False) -> Response:
    async with runtime.pool.acquire() as connection:
        items = await jobs.recent(connection, SHOWN)
    rows = [{**item, "state": label_of(item)} for item in items]
    return page(request, "decp.html", items=rows, missing=missing, status_code=422 if missing else 200)


def may_try_again(found: Mapping[str, Any], now: datetime) -> bool:
    """Whether the server still has the file of an import that it could not finish."""
    return bool(found["next_try_at"]) or (found["state"] == "failed" and (found["kept_until"] or now) > now)


def _size(count: int) -> str:
    """Bytes for people: « 2 Ko », « 1,5 Mo »."""
    return f"{max(round(count / 1000), 1)} Ko" if count < 1_000_000 else f"{number(Decimal(count) / 1_000_000, 1)} Mo"


def _most(counted: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda entry: (-entry[1], entry[0]))
