"""The documents of an edition by name: composed once from its published tables (ahead: `tasks/documents_composed.py`), kept, the same bytes for ever."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import Request
from fastapi.responses import Response

from kit.postgres import Connection
from kit.problems import Problem
from kit.service import Runtime
from schemas.vocabulary.places import DEPARTMENTS
from services.indicators.catalogue import themes
from services.indicators.panorama import typeset, word
from services.indicators.panorama.source import Source
from services.indicators.panorama.studies import study
from services.indicators.store import editions
from services.indicators.views.forms import shelf_of
from services.indicators.views.shelf import Kept, answer

PDF: Final = "application/pdf"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PANORAMA: Final = "panorama.pdf"


def names() -> list[str]:
    """Of all documents of an edition, in the order in which they are wanted most."""
    places = [f"departements/{code}.{kind}" for kind in ("pdf", "docx") for code in DEPARTMENTS]
    return [PANORAMA, *places, *(f"etudes/{slug}.pdf" for slug in themes.BY_SLUG)]


async def made(source: Source, name: str) -> tuple[str, bytes]:
    """(media type, bytes) of `panorama.pdf`, `departements/93.pdf`, `departements/93.docx`, `etudes/femmes.pdf`.

    Raises a 404 problem: UNKNOWN_DOCUMENT for another name, NO_DATA where there is nothing that the document could show.
    """
    maker = _maker(source, name)
    if maker is None:
        raise Problem(404, "UNKNOWN_DOCUMENT", "Ce document n’existe pas", f"{name[:60]} : voir la page de l’{source.name}.")
    if not await _says_something(source, name):
        detail = (
            f"Aucune heure n’est déclarée pour {_about(name)} en {source.year} dans l’{source.name} : le document serait vide, il n’est pas fait. "
            f"Les autres documents sont sur la page de l’édition, /editions/{source.issued.edition}."
        )
        raise Problem(404, "NO_DATA", "Ce document n’aurait rien à montrer", detail)
    return (DOCX if name.endswith(".docx") else PDF), await maker()


async def _says_something(source: Source, name: str) -> bool:
    """Whether there is a figure other than zero in it, shown or masked."""
    folder, _, file = name.rpartition("/")
    stem = file.partition(".")[0]
    if folder == "etudes":
        found = await study(source, stem)
        return any(cell.status == "secret" or cell.value for part in found.parts if part.view for cell in part.view.cells)
    tables = await source.tables()
    cell = tables.cell("I01", source.year, *(("department", stem) if folder else ()))
    return cell.status == "secret" or bool(cell.value and float(cell.value))


def _about(name: str) -> str:
    folder, _, file = name.rpartition("/")
    stem = file.partition(".")[0]
    if folder == "etudes":
        return f"« {themes.BY_SLUG[stem].title} »"
    return f"{DEPARTMENTS[stem]} ({stem})" if folder else "la région"


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


async def keep(source: Source, connection: Connection, name: str) -> bool:
    """Compose the document and keep it, where there is something to show."""
    try:
        media_type, body = await made(source, name)
    except Problem as problem:
        if problem.code != "NO_DATA":
            raise
        return False
    await editions.keep_document(connection, source.issued.edition, name, media_type, body, source.runtime.clock())
    return True


async def published(request: Request, runtime: Runtime, source: Source, name: str) -> Response:
    """The document of a published edition, from the shelf or the table; composed now only for who asks in the first seconds."""

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
