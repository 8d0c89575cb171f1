"""« /declarer/import/… »: a file between its upload and its sending: what was understood, what to answer, what to correct."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from kit.errors import Refused
from kit.identity import Caller
from kit.postgres import Connection
from kit.problems import Elsewhere, Problem
from kit.service import Runtime
from kit.web.forms import fields
from kit.web.request import RuntimeDep
from services.ingest.access import declarant_of
from services.ingest.acting import CallerDep
from services.ingest.files.annotating import annotated
from services.ingest.files.answers import Answers
from services.ingest.pages.import_answers import GUESSED, answered
from services.ingest.pages.import_found import Review, found_in, shown
from services.ingest.replacing import MEMBER, mark_of, replacing_of
from services.ingest.settings import spool
from services.ingest.store import filings
from services.ingest.store.differences import differences
from services.ingest.store.filings import committed
from services.ingest.store.layouts import remember
from services.ingest.store.same_file import made_meanwhile
from services.ingest.store.spool import Spooled, drop, sent, sent_as

router = APIRouter(include_in_schema=False)
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/declarer/import/{file_id}")
async def look_again(
    request: Request, runtime: RuntimeDep, caller: CallerDep, file_id: UUID, voir: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """The file as it stands with the answers so far; `voir=bloquantes` shows the blocking findings alone."""
    review = await review_of(runtime, caller, await spooled(runtime, caller, file_id))
    review.only_blocking = voir == "bloquantes"
    return shown(request, review)


@router.get("/declarer/import/{file_id}/annote.xlsx")
async def annotate(runtime: RuntimeDep, caller: CallerDep, file_id: UUID) -> Response:
    """The author's own workbook with coloured cells, comments and a column « Erreur »."""
    kept = await spooled(runtime, caller, file_id)
    review = await review_of(runtime, caller, kept)
    if review.read is None:
        raise Problem(422, "FILE_UNREADABLE", "Ce fichier ne peut pas être annoté", "Il n’a pas pu être lu : voir la page de l’import.")
    content = await asyncio.to_thread(annotated, kept.data, review.read, review.errors)
    name = f"{kept.name.rpartition('.')[0] or kept.name}-annote.xlsx".replace('"', "").encode("ascii", "ignore").decode()
    return Response(content, media_type=_XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.post("/declarer/import/{file_id}")
async def answer(request: Request, runtime: RuntimeDep, caller: CallerDep, file_id: UUID) -> Response:
    """Take answers and corrections; send when that was asked for and nothing stands against it."""
    kept = await spooled(runtime, caller, file_id)
    form = await fields(request)
    if form.get("action") == "drop":
        await _forget(runtime, caller, file_id)
        return RedirectResponse("/declarer/import", 303)
    before = await review_of(runtime, caller, kept)
    answers = answered(form, kept.answers, before)
    async with runtime.pool.acquire() as connection:
        await spool(runtime).answer(connection, file_id, answers)
    if form.get("action") != "send":
        return RedirectResponse(f"/declarer/import/{file_id}#a-corriger", 303)
    review = await review_of(runtime, caller, Spooled(kept.id, kept.name, kept.data, answers))
    if review.stopped or review.questions:  # an unanswered question is not answered by sending
        return shown(request, review, status_code=422, refused=True)
    if review.earlier and form.get("again") != "oui":
        return shown(request, review)
    if await stands_for_other_lines(runtime, caller, review):
        return RedirectResponse(f"/declarer/import/{file_id}/differences", 303)
    return await _sent(runtime, caller, review, file_id, again=form.get("again") == "oui")


async def _sent(runtime: Runtime, caller: Caller, review: Review, file_id: UUID, *, again: bool) -> Response:
    """The filing, the layout's memory and the file's end in one transaction, once, however often the button is pressed."""
    declarant, intake, read = declarant_of(caller), review.intake, review.read
    if intake is None or read is None:
        raise Problem(422, "FILE_UNREADABLE", "Ce fichier ne peut pas être envoyé")
    layout = Answers.of(review.answers).layout()

    async def work(connection: Connection) -> str:
        if number := await sent_as(connection, file_id, declarant.id, lock=True):
            return number
        if not again and (number := await made_meanwhile(connection, declarant.id, intake.sha256)):
            return number
        receipt = await filings.accept(connection, await intake.filing(connection), runtime.clock())
        for known in (read.layout, read.series):
            if known:
                await remember(connection, declarant.id, known, layout, runtime.clock())
        if guessed := review.answers.get(GUESSED):
            text = {name: review.answers.get(name, "") for name in ("encoding", "delimiter")}
            await remember(connection, declarant.id, guessed["layout"], {**layout, **text, GUESSED: guessed}, runtime.clock())
        await sent(connection, file_id, declarant.id, receipt.number)
        return receipt.number

    number = await committed(runtime.pool, work)
    runtime.wake_relay()
    return RedirectResponse(f"/declarer/recu/{number}", 303)


async def stands_for_other_lines(runtime: Runtime, caller: Caller, review: Review) -> bool:
    """Whether the file would end other lines than its author was shown: somebody has declared meanwhile."""
    chosen = review.answers.get(MEMBER)
    replacing = replacing_of(chosen)
    if chosen is None or replacing is None or replacing.gone == "keep" or review.intake is None:
        return False
    async with runtime.pool.acquire() as connection:
        found = await differences(connection, declarant_of(caller).id, review.intake.values, replacing.span, replacing.filing)
    return bool(chosen.get("mark") != mark_of(found))


async def spooled(runtime: Runtime, caller: Caller, file_id: UUID) -> Spooled:
    """The file that waits. Raises Elsewhere to the receipt of one that was sent, a 404 problem for one that is gone or somebody else's."""
    declarant = declarant_of(caller)
    async with runtime.pool.acquire() as connection:
        found = await spool(runtime).get(connection, file_id, declarant.id, runtime.clock())
        number = await sent_as(connection, file_id, declarant.id) if found is None else None
    if number is not None:
        raise Elsewhere(f"/declarer/recu/{number}")
    if found is None:
        raise Problem(
            404, "FILE_GONE", "Ce fichier n’attend plus",
            "Il a été abandonné, ou 24 heures ont passé : il a été effacé sans être envoyé. Choisissez-le à nouveau ; vos réponses sont "
            "retenues pour les fichiers de même forme que vous avez envoyés.", way=("/declarer/import", "Importer un fichier"),
        )  # fmt: skip
    return found


async def review_of(runtime: Runtime, caller: Caller, kept: Spooled) -> Review:
    try:
        return await found_in(runtime, caller, kept.name, kept.data, kept.answers, file_id=kept.id)
    except Refused as refused:
        return Review(kept.name, kept.answers, file_id=kept.id, errors=refused.errors, unreadable=True, status=refused.status)


async def _forget(runtime: Runtime, caller: Caller, file_id: UUID) -> None:
    async with runtime.pool.acquire() as connection:
        await drop(connection, file_id, declarant_of(caller).id)


def first_answers(layout: Mapping[str, Any] | None, encoding: str | None = None, *, later: bool = False) -> dict[str, Any]:
    """Of a file that has just come: what was answered about the last one with these titles. `later`: with these but for its periods; that its
    hours are no cumul is then asked again where they look like one. How its text is read is taken over only when the same
    `encoding` was guessed: titles without accents look alike in all."""
    known = dict(layout or {})
    if later and known.get("hours_are") == "period":
        known["hours_are"] = ""
    guessed = known.pop(GUESSED, None)
    if guessed and guessed["encoding"] != encoding:
        known.update(encoding="", delimiter="")
        guessed = None
    return {
        **Answers.of(known).kept(),
        "mode": "all",
        "known_layout": layout is not None,
        "later": later,
        **({GUESSED: guessed} if guessed else {}),
    }
