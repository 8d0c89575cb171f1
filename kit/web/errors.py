"""Every error as a problem for scripts or a page for people, never a bare 500."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from http import HTTPStatus
from itertools import pairwise
from pathlib import Path
from traceback import extract_tb
from typing import Any, Final
from urllib.parse import quote

import asyncpg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, RedirectResponse, Response

from kit import telemetry
from kit.errors import LineError, Refused
from kit.identity import Renewal, is_own_form, place_of, wants_page
from kit.postgres import TRANSIENT
from kit.problems import MEDIA_TYPE, Elsewhere, Problem, from_refusal
from kit.web import forms
from kit.web.sentences import in_french

log = logging.getLogger(__name__)

_TITLES: Final = {
    400: ("BAD_REQUEST", "La demande n’a pas été comprise"),
    404: ("NOT_FOUND", "Cette page n’existe pas"),
    405: ("METHOD_NOT_ALLOWED", "Cette action n’est pas possible ici"),
    413: ("TOO_LARGE", "L’envoi est trop volumineux"),
    414: ("ADDRESS_TOO_LONG", "L’adresse est trop longue"),
    415: ("UNSUPPORTED_MEDIA_TYPE", "Ce format n’est pas accepté"),
}


def install(app: FastAPI) -> None:
    """Give the application its error answers."""
    handlers: dict[type[Exception], Any] = {
        Problem: _on_problem,
        Refused: _on_refused,
        Renewal: _on_renewal,
        Elsewhere: _on_elsewhere,
        RequestValidationError: _on_invalid,
        HTTPException: _on_http,
        asyncpg.exceptions.DataError: _on_unstorable,
        OverflowError: _on_unstorable,
        ClientDisconnect: _on_gone,
        Exception: _on_bug,
        **dict.fromkeys(TRANSIENT, _on_transient),
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def answer(request: Request, problem: Problem, typed: Sequence[tuple[str, str]] = ()) -> Response:
    """The problem in the form that the asker reads. `typed`: what somebody sent who has to sign in first, to be sent again from the page."""
    if problem.status == 401 and wants_page(request) and request.method == "GET":
        return _elsewhere(f"/connexion?suite={quote(place_of(request), safe='/')}", 303)
    if wants_page(request):
        from kit.web.render import page

        headers = {**(problem.headers or {}), **({"Cache-Control": "no-store"} if typed else {})}
        return page(
            request,
            "error.html",
            status_code=problem.status,
            headers=headers,
            problem=problem,
            trace_id=_trace_id(request),
            typed=typed,
            place=place_of(request),
        )
    return JSONResponse(problem.body(_trace_id(request)), problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


def of_validation(errors: Any, *, status: int = 422) -> Problem:
    """A 422 problem from pydantic's errors: the field, the value that was read, what is wrong."""
    return Problem(status, "INVALID", "Certaines valeurs ne sont pas valables", errors=[_line_error(error) for error in errors])


def of_http(error: HTTPException) -> Problem:
    """The framework's own refusals (no such route, wrong method) as problems."""
    code, title = _TITLES.get(error.status_code, (HTTPStatus(error.status_code).name, "La demande n’a pas abouti"))
    detail = error.detail if error.detail != HTTPStatus(error.status_code).phrase else None
    return Problem(error.status_code, code, title, detail, headers=error.headers)


def _line_error(error: dict[str, Any]) -> LineError:
    path = [part for part in error["loc"] if part not in {"body", "query", "path", "header"}]
    line = next((position + 1 for name, position in pairwise(path) if name == "lines" and isinstance(position, int)), None)
    fields = path[2:] if line is not None else path
    given = error.get("input")
    value = (
        None
        if given is None or isinstance(given, dict | list)
        else _printable(given.decode("utf-8", "replace") if isinstance(given, bytes) else str(given))
    )
    return LineError(
        line=line,
        column=".".join(map(str, fields)) or None,
        code=str(error["type"]).upper(),
        value=value,
        message=_printable(in_french(str(error["type"]), error["msg"], error.get("ctx"))),
    )


def _printable(text: str) -> str:
    return text[:200].encode("utf-8", "replace").decode()


async def _on_problem(request: Request, error: Problem) -> Response:
    return answer(request, error, await _typed(request) if error.status == 401 else ())


async def _typed(request: Request) -> Sequence[tuple[str, str]]:
    """Name and text of each field of a form of this site; none of a form that no page would take."""
    if not (wants_page(request) and is_own_form(request)):
        return ()
    try:
        form = await request.form(max_files=0, max_fields=forms.MAX_FIELDS)
    except HTTPException:
        return ()
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]


async def _on_refused(request: Request, error: Refused) -> Response:
    return answer(request, from_refusal(error))


async def _on_renewal(_: Request, error: Renewal) -> Response:
    return _elsewhere(error.location, 307 if error.typed else 303)


async def _on_elsewhere(_: Request, error: Elsewhere) -> Response:
    return _elsewhere(error.location, 303)


def _elsewhere(location: str, status: int) -> Response:
    """Never kept: a browser that goes back takes what it kept however old it is, and would be sent round in circles."""
    return RedirectResponse(location, status, headers={"Cache-Control": "no-store"})


async def _on_invalid(request: Request, error: RequestValidationError) -> Response:
    malformed = any(found["type"] in {"json_invalid", "missing"} and found["loc"] == ("body",) for found in error.errors())
    return answer(request, of_validation(error.errors(), status=400 if malformed else 422))


async def _on_http(request: Request, error: HTTPException) -> Response:
    return answer(request, of_http(error))


async def _on_unstorable(request: Request, error: Exception) -> Response:
    """A value that passed every rule and that no column holds, or no calendar. A rule should have named it, hence an error in the log, without the value."""
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in extract_tb(error.__traceback__) if "/services/" in frame.filename]
    log.error("a value cannot be stored", extra={"path": request.url.path, "error": type(error).__name__, "place": places[-1:]})
    return answer(
        request,
        Problem(
            422,
            "OUT_OF_RANGE",
            "Une valeur ne peut pas être enregistrée",
            "Une date ou un nombre dépasse ce qui peut être enregistré. Rien n’a changé.",
        ),
    )


async def _on_transient(request: Request, error: Exception) -> Response:
    log.warning("storage is away", extra={"error": f"{type(error).__name__}: {error}", "path": request.url.path})
    return answer(
        request,
        Problem(
            503,
            "UNAVAILABLE",
            "Service momentanément indisponible",
            "Rien n’a été enregistré. Réessayez dans un instant.",
            headers={"Retry-After": "2"},
        ),
    )


async def _on_gone(request: Request, _: ClientDisconnect) -> Response:
    """Whoever was sending has gone in the middle, and nothing was taken in. No failure of ours: nobody is to look into it, nobody reads the answer."""
    log.info("the sender has gone", extra={"path": request.url.path})
    return Response(status_code=499)


async def _on_bug(request: Request, error: Exception) -> Response:
    log.error("request failed", exc_info=error, extra={"path": request.url.path})
    return answer(
        request, Problem(500, "INTERNAL", "Une erreur est survenue de notre côté", "L’incident est enregistré ; réessayez plus tard.")
    )


def _trace_id(request: Request) -> str | None:
    return getattr(request.state, "trace_id", None) or telemetry.current_trace_id()
