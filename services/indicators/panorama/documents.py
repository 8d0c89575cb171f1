"""The documents of an edition by name: composed once from its published tables, kept, and the same bytes for ever."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import Request
from fastapi.responses import Response

from kit.problems import Problem
from kit.service import Runtime
from schemas.vocabulary.places import DEPARTMENTS
from services.indicators.catalogue import themes
from services.indicators.panorama import typeset, word
from services.indicators.panorama.source import Source
from services.indicators.store import editions
from services.indicators.views.forms import shelf_of
from services.indicators.views.shelf import Kept, answer

PDF: Final = "application/pdf"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PANORAMA: Final = "panorama.pdf"


async def made(source: Source, name: str) -> tuple[str, bytes]:
    """(media type, bytes) of `panorama.pdf`, `departements/93.pdf`, `departements/93.docx`, `etudes/femmes.pdf`. Raises a 404 problem for another name."""
    maker = _maker(source, name)
    if maker is None or source.year not in source.release.periods:
        raise Problem(404, "UNKNOWN_DOCUMENT", "Ce document n’existe pas", f"{name[:60]} : voir la page de l’{source.name}.")
    return (DOCX if name.endswith(".docx") else PDF), await maker()


def _maker(source: Source, name: str) -> Callable[[], Awaitable[bytes]] | None:
    folder, _, file = name.rpartition("/")
    stem, _, kind = file.partition(".")
    if name == PANORAMA:
        return lambda: typeset.panorama(source)
    if folder == "departements" and stem in DEPARTMENTS and kind in {"pdf", "docx"}:
        return (lambda: typeset.department_pdf(source, stem)) if kind == "pdf" else (lambda: word.department(source, stem))
    if folder == "etudes" and stem in themes.BY_SLUG and kind == "pdf":
        return lambda: typeset.study_pdf(source, stem)
    return None


async def published(request: Request, runtime: Runtime, source: Source, name: str) -> Response:
    """The document of a published edition, from the shelf, from the table, or composed now by the first who asks."""

    async def make() -> Kept:
        found = await editions.document(source.pool, source.issued.edition, name)
        if found is None:
            media_type, body = await made(source, name)
            async with runtime.pool.acquire() as connection:
                await editions.keep_document(connection, source.issued.edition, name, media_type, body, runtime.clock())
            found = await editions.document(source.pool, source.issued.edition, name) or (media_type, body)
        return Kept(found[1], found[0], (("Content-Disposition", f'inline; filename="{file_name(source, name)}"'),))

    return answer(request, *await shelf_of(runtime).get(f"edition|{source.issued.edition}|{name}", make))


async def of_draft(source: Source, name: str) -> Response:
    """A draft's document: made each time, kept nowhere."""
    media_type, body = await made(source, name)
    headers = {"Cache-Control": "private, no-store", "Content-Disposition": f'inline; filename="{file_name(source, name)}"'}
    return Response(body, media_type=media_type, headers=headers)


def file_name(source: Source, name: str) -> str:
    """macs-2026-1-panorama.pdf, macs-2026-1-e2-departements-93.docx."""
    draft = "" if source.draft is None else f"-e{source.draft}"
    return f"macs-{source.issued.edition}{draft}-{name.replace('/', '-')}"
