"""A coordinator's question on a filing or one of its lines, and the declarant's answer, on the filing's own page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from kit import digits
from kit.errors import LineError
from kit.identity import Caller
from kit.postgres import Connection
from kit.service import Runtime
from kit.web import forms
from kit.web.render import page
from kit.web.request import RuntimeDep
from services.ingest.acting import CallerDep
from services.ingest.pages.receipts import shown_filing
from services.ingest.routes.declarations import unknown
from services.ingest.rules.texts import names_a_person
from services.ingest.store import questions
from services.ingest.store.questions import Words

router = APIRouter(include_in_schema=False)
LONGEST: Final = 1_000


@router.get("/declarer/{number}/question")
async def begin(
    request: Request, runtime: RuntimeDep, caller: CallerDep, number: str, ligne: Annotated[int | None, Query(ge=1, le=10_000_000)] = None
) -> Response:
    """The form of a question on the line at this position, or on the whole filing."""
    caller.require("coordinator", "team")
    found = await shown_filing(runtime, caller, number)
    return page(request, "declarer_question.html", line=ligne, errors={}, text="", **found)


@router.post("/declarer/{number}/question")
async def ask(request: Request, runtime: RuntimeDep, caller: CallerDep, number: str) -> Response:
    caller.require("coordinator", "team")
    found = await shown_filing(runtime, caller, number)
    typed = await forms.fields(request)
    line = digits.whole(typed.get("line", ""))
    errors = _wrong(typed.get("text", ""), "votre question")
    if errors:
        shown: dict[str, Any] = {"line": line, "errors": forms.by_field(errors), "text": typed.get("text", "")}
        return page(request, "declarer_question.html", status_code=422, **shown, **found)

    async def work(connection: Connection) -> None:
        await questions.ask(connection, found["filing"], line, _words(runtime, caller, typed["text"]))

    return await _said(runtime, number, work)


@router.post("/declarer/{number}/questions/{question}")
async def answer(request: Request, runtime: RuntimeDep, caller: CallerDep, number: str, question: UUID) -> Response:
    """The declarant's answer; the coordinator is told."""
    found = await shown_filing(runtime, caller, number)
    if not found["own"]:
        raise unknown(number)
    typed = await forms.fields(request)
    errors = _wrong(typed.get("text", ""), "votre réponse", f"reponse-{question}")
    if errors:
        shown: dict[str, Any] = {"errors": forms.by_field(errors), "answering": {question: typed.get("text", "")}}
        return page(request, "declarer_declaration.html", status_code=422, **{**found, **shown})

    async def work(connection: Connection) -> None:
        await questions.answer(connection, found["filing"], question, _words(runtime, caller, typed["text"]))

    return await _said(runtime, number, work)


async def _said(runtime: Runtime, number: str, work: Callable[[Connection], Awaitable[None]]) -> Response:
    async with runtime.pool.acquire() as connection, connection.transaction():
        await work(connection)
    runtime.wake_relay()
    return RedirectResponse(f"/declarer/{number}#questions", 303)


def _words(runtime: Runtime, caller: Caller, text: str) -> Words:
    return Words(text, caller.id, caller.name or caller.id, runtime.clock())


def _wrong(text: str, what: str, field: str = "text") -> list[LineError]:
    """Free text names nobody (V19): questions and answers travel by mail."""
    if not text:
        return [LineError(column=field, code="TEXT", message=f"Écrivez {what}.")]
    if len(text) > LONGEST:
        return [LineError(column=field, code="TEXT", message=f"{LONGEST} caractères au plus ; {len(text)} lus.")]
    found = names_a_person(text)
    return (
        [LineError(column=field, code="V19", message=f"Ce texte contient {found} : enlevez-le, il partirait par courriel.")]
        if found
        else []
    )
