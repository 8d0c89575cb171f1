"""Refuses addresses and bodies that are too long, and bodies that are not what they say, before any route sees them; no more is held than the limit."""

from __future__ import annotations

import json
import math
import re
from codecs import BOM_UTF8
from collections.abc import Sequence
from typing import Final

import msgspec
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.errors import LineError
from kit.invisible import visible_json
from kit.problems import Problem
from kit.web import filters

JSON_LIMIT: Final = 10_000_000
LONGEST_ADDRESS: Final = 8_000
"""Characters of the path and what is asked of it; no page of ours writes a tenth of it."""
_JSON: Final = re.compile(rb"^application/(?:[\w.+-]+\+)?json\b", re.IGNORECASE)
_LONE: Final = re.compile("[\ud800-\udfff]")
_Path = tuple[str | int, ...]
_SOMEWHERE: Final[tuple[_Path, str, str]] = ((), "VALUE", "Le corps contient un caractère isolé ou un nombre hors limites.")
_NUL: Final = re.compile(rb"\\u0000|\x00")


class TooLong(HTTPException):
    """The body went past its limit while it was read. An HTTPException, since FastAPI turns every other error of a body into a 400."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, detail=f"Corps de plus de {limit // 1_000_000} Mo")


class BodyGuard:
    """ASGI middleware. JSON is read whole (up to 10 MB) and checked; anything else streams through a counter."""

    def __init__(self, app: ASGIApp, limits: dict[str, int], as_sent: Sequence[str] = ()) -> None:
        self._app = app
        self._as_sent = tuple(as_sent)
        self._limits = sorted(limits.items(), key=lambda entry: -len(entry[0]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and len(scope["path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
            raise HTTPException(414, detail=f"Elle compte plus de {filters.number(LONGEST_ADDRESS)} caractères : demandez moins à la fois.")
        if scope["type"] == "http" and (b"%00" in scope["query_string"] or "\x00" in scope["path"]):
            raise _unstorable("NUL", "L’adresse contient un caractère nul.")
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        kind = headers.get(b"content-type", b"")
        is_json = bool(_JSON.match(kind)) or (not kind and scope["path"].startswith("/api/"))
        limit = JSON_LIMIT if is_json else self._limit_of(scope["path"])
        declared = headers.get(b"content-length", b"")
        if declared.isdigit() and int(declared) > limit:
            raise TooLong(limit)
        counted = _counted(receive, limit)
        as_sent = scope["path"].startswith(self._as_sent) if self._as_sent else False
        await self._app(scope, await _checked_json(counted, as_sent=as_sent) if is_json else counted, send)

    def _limit_of(self, path: str) -> int:
        return next((limit for prefix, limit in self._limits if path.startswith(prefix)), JSON_LIMIT)


def _counted(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def counting() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise TooLong(limit)
        return message

    return counting


async def _checked_json(receive: Receive, *, as_sent: bool) -> Receive:
    """The same body again, once it is known to be JSON that a database can hold; without what nobody sees in its texts, unless it is to stay
    as it was sent."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    body = b"".join(parts).removeprefix(BOM_UTF8)  # some editors write it; it is none of the text
    if body:
        check_json(body)
        body = body if as_sent else visible_json(body)
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


def check_json(body: bytes) -> None:
    """Raises a 400 problem for what is not JSON (or is nested beyond reason), 422 for NUL, lone surrogates and non-finite numbers."""
    if _NUL.search(body):
        raise _unstorable("NUL", "Le texte contient un caractère nul.")
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as strict:
        try:
            path, code, message = _unfit(json.loads(body)) or _SOMEWHERE
        except (ValueError, RecursionError):
            raise Problem(400, "NOT_JSON", "Le corps n’est pas du JSON", str(strict)[:200]) from None
        raise _unstorable(code, message, path) from None


def _unfit(value: object, path: _Path = ()) -> tuple[_Path, str, str] | None:
    """The first value that no database holds: where it is, and what is wrong with it."""
    if isinstance(value, dict):
        return next((found for name, held in value.items() if (found := _unfit(name, path) or _unfit(held, (*path, name)))), None)
    if isinstance(value, list):
        return next((found for place, held in enumerate(value) if (found := _unfit(held, (*path, place)))), None)
    if isinstance(value, float) and not math.isfinite(value):
        return path, "NOT_FINITE", "Ce n’est pas un nombre, ou il est hors limites."
    if isinstance(value, str) and _LONE.search(value):
        return path, "VALUE", "Le texte contient la moitié d’un caractère."
    return None


def _unstorable(code: str, message: str, path: _Path = ()) -> Problem:
    line = path[1] + 1 if len(path) > 1 and path[0] == "lines" and isinstance(path[1], int) else None
    column = ".".join(map(str, path[2:] if line else path)) or None
    column = column.encode("utf-8", "replace").decode()[:200] if column else None
    error = LineError(line=line, column=column, code=code, message=message)
    return Problem(422, "UNSTORABLE", "Une valeur ne peut pas être enregistrée", errors=[error])
