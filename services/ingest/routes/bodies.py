"""A filing's body as it comes: one JSON document, or a line of JSON for each line of hours, read as a stream."""

from __future__ import annotations

import hashlib
from codecs import BOM_UTF8
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError
from starlette.requests import ClientDisconnect, Request

from kit.errors import LineError, Refused
from kit.problems import Problem
from kit.web.limits import check_json

NDJSON: Final = ("application/x-ndjson", "application/jsonl", "application/x-jsonlines", "application/ndjson")
LARGEST_STREAM: Final = 100_000_000
MOST_LINES: Final = 100_000
_LONGEST_LINE: Final = 100_000
_SHOWN: Final = 100


class DeclarationBody(BaseModel):
    """Lines of hours. `all` takes them only when every one is good; `partial` takes the good ones and parks the rest."""

    period: str | None = None
    mode: Literal["partial", "all"] = "all"
    reason: str | None = None
    lines: list[dict[str, Any]] = Field(min_length=1, max_length=MOST_LINES)


@dataclass(frozen=True)
class Sent:
    """A body and the SHA-256 of what was sent. `fingerprint` is what an Idempotency-Key stands for."""

    body: DeclarationBody
    sha256: str
    fingerprint: bytes


async def sent_in(request: Request) -> Sent:
    """The body of either kind. Raises a validation error (422, 400 without a body), Refused for lines that are no JSON, a 413 problem."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() in NDJSON:
        return await _streamed(request)
    raw = await request.body()
    if not raw:
        raise RequestValidationError([{"type": "missing", "loc": ("body",), "msg": "Field required", "input": None}])
    return Sent(_valid(raw), hashlib.sha256(raw).hexdigest(), raw)


def _valid(raw: bytes) -> DeclarationBody:
    try:
        return DeclarationBody.model_validate_json(raw)
    except ValidationError as error:
        found = [{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_url=False)]
        raise RequestValidationError(found) from None


async def _streamed(request: Request) -> Sent:
    """`period`, `mode` and `reason` come in the address. A line at a time is held as text; blank lines are skipped, and counted; a byte-order mark
    before the first, which some editors write, is none of its text."""
    said: dict[str, Any] = {name: value for name in ("period", "mode", "reason") if (value := request.query_params.get(name)) is not None}
    digest = hashlib.sha256()
    lines: list[dict[str, Any]] = []
    errors: list[LineError] = []
    number, rest = 0, b""
    async for piece in _pieces(request):
        digest.update(piece)
        *whole, rest = (rest + piece).split(b"\n")
        for text in whole:
            number += 1
            _take(text.removeprefix(BOM_UTF8) if number == 1 else text, number, lines, errors)
        if len(rest) > _LONGEST_LINE:
            raise _refused([_no_line(number + 1, "TOO_LONG", f"Ligne {number + 1} : plus de {_LONGEST_LINE} octets.")])
    _take(rest if number else rest.removeprefix(BOM_UTF8), number + 1, lines, errors)
    if errors:
        raise _refused(errors)
    body = _checked({**said, "lines": lines})
    sha256 = digest.hexdigest()
    return Sent(body, sha256, f"{sha256} {sorted(said.items())}".encode())


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    try:
        async for piece in request.stream():
            yield piece
    except ClientDisconnect:
        raise Problem(
            400, "CUT_OFF", "L’envoi s’est interrompu", "Rien n’a été enregistré. Envoyez-le à nouveau avec la même clé."
        ) from None


def _take(text: bytes, number: int, lines: list[dict[str, Any]], errors: list[LineError]) -> None:
    if not text.strip():
        return
    if len(lines) >= MOST_LINES:
        raise Problem(413, "TOO_MANY_LINES", "Trop de lignes", f"{MOST_LINES} lignes au plus par déclaration ; envoyez-en plusieurs.")
    try:
        check_json(text)
        line = msgspec.json.decode(text)
    except (Problem, msgspec.DecodeError):
        line = None
    if isinstance(line, dict):
        lines.append(line)
    elif len(errors) < _SHOWN:
        errors.append(_no_line(number, "NOT_JSON", f"Ligne {number} : un objet JSON est attendu."))


def _checked(said: Mapping[str, Any]) -> DeclarationBody:
    try:
        return DeclarationBody.model_validate(said)
    except ValidationError as error:
        found = [
            {**each, "loc": ("query" if each["loc"][0] != "lines" else "body", *each["loc"])} for each in error.errors(include_url=False)
        ]
        raise RequestValidationError(found) from None


def _no_line(number: int, code: str, message: str) -> LineError:
    return LineError(line=number, code=code, message=message, example='{"contract": "2026-045", "period": "2026-03", "hours": "7.50"}')


def _refused(errors: list[LineError]) -> Refused:
    return Refused(errors, code="LINES", title="Des lignes ne sont pas du JSON")
