"""« /declarer/bilan »: an operation's report for the declarant's own board, as a page, a PDF and a workbook."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response

from kit.documents.typeset import pdf
from kit.identity import Caller
from kit.problems import Problem
from kit.service import Runtime
from kit.web.render import page
from kit.web.request import RuntimeDep
from schemas.zones import PARIS
from services.ingest.acting import CallerDep
from services.ingest.pages.rapprochement import seen_by
from services.ingest.pages.receipt_document import DOCUMENTS
from services.ingest.pages.report_document import report_data, report_workbook
from services.ingest.rules.report import PERSONS, Report
from services.ingest.store.operations import contracts_of, operations

router = APIRouter(include_in_schema=False)
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Name = Annotated[str, Query(min_length=1, max_length=200)]


@router.get("/declarer/bilan")
async def listed(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """The operations that the caller's contracts name."""
    async with runtime.pool.acquire() as connection:
        found = await operations(connection, seen_by(caller))
    return page(
        request,
        "declarer_bilans.html",
        items=[{**item, "link": f"/declarer/bilan/operation?nom={quote(item['operation'])}"} for item in found],
    )


@router.get("/declarer/bilan/operation")
async def shown(request: Request, runtime: RuntimeDep, caller: CallerDep, nom: Name) -> Response:
    found = await _report(runtime, caller, nom)
    return page(request, "declarer_bilan.html", report=found, where=quote(nom), persons_note=PERSONS)


@router.get("/declarer/bilan/operation.pdf")
async def as_pdf(runtime: RuntimeDep, caller: CallerDep, nom: Name) -> Response:
    found = await _report(runtime, caller, nom)
    today = runtime.clock().astimezone(PARIS).date()
    content = await pdf(DOCUMENTS / "bilan.typ", report_data(found, today, fictional=runtime.settings.fictional))
    return Response(content, media_type="application/pdf", headers=_file("pdf"))


@router.get("/declarer/bilan/operation.xlsx")
async def as_workbook(runtime: RuntimeDep, caller: CallerDep, nom: Name) -> Response:
    found = await _report(runtime, caller, nom)
    today = runtime.clock().astimezone(PARIS).date()
    content = await asyncio.to_thread(report_workbook, found, today, fictional=runtime.settings.fictional)
    return Response(content, media_type=_XLSX, headers=_file("xlsx"))


def _file(kind: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="bilan-operation.{kind}"', "Cache-Control": "private, no-store"}


async def _report(runtime: Runtime, caller: Caller, name: str) -> Report:
    async with runtime.pool.acquire() as connection:
        found = await contracts_of(connection, seen_by(caller), name)
    if not found:
        raise Problem(404, "UNKNOWN_OPERATION", "Cette opération n’est pas parmi les vôtres", "Aucun de vos marchés ne la nomme.")
    return Report(name, found)
