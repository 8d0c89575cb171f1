"""« /declarer/export.xlsx »: everything that one's organisation has handed in, as a workbook."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from kit.web.request import RuntimeDep
from schemas.zones import PARIS
from services.ingest.access import declarant_of
from services.ingest.acting import CallerDep
from services.ingest.pages.export_document import Export
from services.ingest.store.export import filings_of, lines_of
from services.ingest.store.reading import today_of

router = APIRouter(include_in_schema=False)
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/declarer/export.xlsx")
async def export(runtime: RuntimeDep, caller: CallerDep, annee: Annotated[int | None, Query(ge=2000, le=2100)] = None) -> Response:
    """Filings, contracts by period, and the lines that stand; of one year of reception where `annee` is given."""
    declarant = declarant_of(caller)
    today = runtime.clock().astimezone(PARIS).date()
    async with runtime.pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        found = await filings_of(connection, declarant, annee)
        stands = await today_of(connection, found.numbers)
        book = await asyncio.to_thread(Export, found.filings, stands, whole=found.whole, today=today, fictional=runtime.settings.fictional)
        async for piece in lines_of(connection, found.numbers, declarant):
            await asyncio.to_thread(book.add, piece)
    content = await asyncio.to_thread(book.close)
    name = f"declarations-{annee}" if annee else "declarations"
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"', "Cache-Control": "private, no-store"}
    return Response(content, media_type=_XLSX, headers=headers)
