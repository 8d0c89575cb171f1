"""Filings by HTTP: hand in, read, correct, withdraw."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field

from kit import idempotency
from kit.errors import LineError, Refused
from kit.identity import Caller
from kit.postgres import Connection
from kit.preconditions import ExpectedRevision, etag
from kit.problems import Problem
from kit.service import Runtime
from kit.web.instants import Instant
from kit.web.request import RuntimeDep, runtime_of
from schemas.message import Department
from schemas.periods import Period
from schemas.vocabulary.reasons import REASONS
from services.ingest import admission
from services.ingest.access import declarant_of, scope_of
from services.ingest.acting import CallerDep, caller_of
from services.ingest.intake import Intake
from services.ingest.routes import examples
from services.ingest.routes.answers import FilingAnswer, ListAnswer, ReceiptAnswer, State
from services.ingest.routes.bodies import DeclarationBody, Sent, sent_in
from services.ingest.routes.receipt import answer_of, remarked
from services.ingest.rules.lines import raw_lines
from services.ingest.sources import Declarant
from services.ingest.store import filings, reading
from services.ingest.store.filings import Filing, Receipt, committed
from services.ingest.store.numbers import is_number
from services.ingest.throttle import Throttled, throttled

ROUTE: Final = "POST /api/v1/declarations"
RECEIPT: Final[dict[int | str, dict[str, Any]]] = {202: {"model": ReceiptAnswer, **examples.ACCEPTED}, **examples.COMMON}
PRIVATE: Final = {"Cache-Control": "private, no-store"}
router = APIRouter(prefix="/api/v1/declarations", tags=["declarations"], dependencies=[Throttled])


class WithdrawalBody(BaseModel):
    reason: str


_FILING: Final[dict[str, Any]] = {
    "parameters": [
        {"name": idempotency.HEADER, "in": "header", "required": True, "schema": {"type": "string", "maxLength": 255}, "example": "2026-04-02-paie-93"},
        *({"name": name, "in": "query", "required": False, "schema": {"type": "string"}, "description": "of a bulk body"} for name in ("period", "mode", "reason")),
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": DeclarationBody.model_json_schema(), **examples.named(persons=examples.PERSONS_BODY, group=examples.GROUP_BODY)},
            "application/x-ndjson": {"schema": {"type": "string", "description": "one line of hours a line, 100,000 and 100 MB at most; `period`, `mode` and `reason` in the address"},
                                     **examples.named(bulk=examples.BULK)},
        },
    },
}  # fmt: skip
_CORRECTION: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": DeclarationBody.model_json_schema(),
                **examples.named(correction=examples.CORRECTION_BODY),
            }
        },
    }
}


class Direct(APIRoute):
    """A route that asks for nothing but the request: what the framework does around a function costs more than the filing's own checks."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        endpoint: Callable[[Request], Coroutine[Any, Any, Response]] = self.endpoint
        return endpoint


async def declare(request: Request) -> Response:
    """Hand in hours, as one JSON document or as a stream with a line each. The same Idempotency-Key with the same body: one filing."""
    runtime, caller = runtime_of(request), await caller_of(request)
    await throttled(request, runtime, caller)
    declarant = declarant_of(caller)
    key = idempotency.key_of(request)
    sent = await sent_in(request)
    intake = _intake(runtime, caller, declarant, sent)

    async def work(connection: Connection) -> idempotency.Answer:
        claim = await idempotency.begin(connection, scope=str(declarant.id), route=ROUTE, key=key, body=sent.fingerprint)
        if claim.replay:
            return claim.replay
        receipt = await filings.accept(connection, await intake.filing(connection), runtime.clock())
        return await claim.keep(idempotency.Answer.of(202, answer_of(receipt), etag(receipt.revision)))

    wanted = idempotency.Wanted(str(declarant.id), ROUTE, key, sent.fingerprint)
    if intake.long:
        answer = await _given_before(runtime, declarant, key, sent.fingerprint)
    else:
        answer = await admission.of(runtime).take(intake, wanted)
    if answer is None:
        await _check_ahead(runtime, intake)
        answer = await committed(runtime.pool, work)
        runtime.wake_relay()
    return remarked(answer, intake.errors)


router.add_api_route("", declare, methods=["POST"], status_code=202, responses=RECEIPT, openapi_extra=_FILING, route_class_override=Direct)


@router.get("/{number}", responses={200: {"model": FilingAnswer}})
async def read(runtime: RuntimeDep, caller: CallerDep, number: str) -> Response:
    """A filing as it stands: its state, its journey, and the positions at which the figures contain it."""
    scope = scope_of(caller)
    async with runtime.pool.acquire() as connection:
        found = await reading.filing(connection, number) if is_number(number) else None
    if found is None or not scope.covers(found.pop("declarant_id"), found.pop("all_departments")):
        raise unknown(number)
    return JSONResponse(jsonable_encoder(found), headers={**etag(found["revision"]), **PRIVATE})


@router.put("/{number}", status_code=202, responses=RECEIPT, openapi_extra=_CORRECTION)
async def correct(request: Request, runtime: RuntimeDep, caller: CallerDep, number: str, expected: ExpectedRevision) -> Response:
    """Replace a filing's lines. Lines left out fall back to what an earlier filing said of them, or are retracted."""
    declarant = await _own(runtime, caller, number)
    sent = await sent_in(request)
    intake = _intake(runtime, caller, declarant, sent, reason=_reason(sent.body.reason), correcting=number)
    await _check_ahead(runtime, intake)

    async def work(connection: Connection) -> Receipt:
        return await filings.correct(connection, number, expected, await intake.filing(connection), runtime.clock())

    return _answer(runtime, await committed(runtime.pool, work), intake.errors)


@router.delete("/{number}", status_code=202, responses=RECEIPT)
async def withdraw(runtime: RuntimeDep, caller: CallerDep, number: str, expected: ExpectedRevision, body: WithdrawalBody) -> Response:
    """Take a filing back. It is withdrawn at once; the figures follow."""
    declarant = await _own(runtime, caller, number)
    filing = Filing(declarant, caller.id, "api", (), reason=_reason(body.reason))

    async def work(connection: Connection) -> Receipt:
        return await filings.withdraw(connection, number, expected, filing, runtime.clock())

    return _answer(runtime, await committed(runtime.pool, work))


class ListQuery(BaseModel):
    """What a list is narrowed to. `until` is exclusive."""

    model_config = ConfigDict(extra="forbid")

    state: State | None = None
    department: Department | None = None
    period: str | None = Field(default=None, max_length=10)
    since: Instant | None = None
    until: Instant | None = None
    cursor: str | None = Field(default=None, max_length=300)
    limit: int = Field(default=50, ge=1, le=200)


@router.get("", responses={200: {"model": ListAnswer}})
async def listed(runtime: RuntimeDep, caller: CallerDep, query: Annotated[ListQuery, Query()]) -> Response:
    """Filings that the caller may read, newest first; `next` goes on where the page ends."""
    scope = scope_of(caller)
    period = str(_period(query.period)) if query.period else None
    filters = reading.Filters(query.state, query.department, period, query.since, query.until, query.cursor, query.limit)
    async with runtime.pool.acquire() as connection:
        items, following = await reading.filings(connection, scope, filters)
    return JSONResponse(jsonable_encoder({"items": items, "next": following}), headers=PRIVATE)


def _answer(runtime: Runtime, receipt: Receipt, errors: Sequence[LineError] = ()) -> Response:
    runtime.wake_relay()
    return remarked(idempotency.Answer.of(202, answer_of(receipt), etag(receipt.revision)), errors)


def _intake(
    runtime: Runtime, caller: Caller, declarant: Declarant, sent: Sent, *, reason: str | None = None, correcting: str | None = None
) -> Intake:
    body = sent.body
    period = _period(body.period) if body.period else None
    lines = raw_lines(body.lines, str(period) if period else None)
    return Intake(
        runtime, declarant, caller.id, "api", lines, mode=body.mode, period=period, reason=reason, sha256=sent.sha256, correcting=correcting
    )


async def _check_ahead(runtime: Runtime, intake: Intake) -> None:
    if intake.long:
        async with runtime.pool.acquire() as connection:
            await intake.check(connection)


async def _given_before(runtime: Runtime, declarant: Declarant, key: str, raw: bytes) -> idempotency.Answer | None:
    """The answer under this key, before a long check is done for nothing."""
    async with runtime.pool.acquire() as connection, connection.transaction():
        return (await idempotency.begin(connection, scope=str(declarant.id), route=ROUTE, key=key, body=raw)).replay


async def _own(runtime: Runtime, caller: Caller, number: str) -> Declarant:
    """The declarant, when the filing is its own; else a 404 problem: whose it is, is nobody's business."""
    declarant = declarant_of(caller)
    async with runtime.pool.acquire() as connection:
        found = await reading.current(connection, number) if is_number(number) else None
    if found is None or found[0] != declarant.id:
        raise unknown(number)
    return declarant


def unknown(number: str) -> Problem:
    return Problem(
        404,
        "UNKNOWN_DECLARATION",
        "Cette déclaration n’existe pas",
        f"Aucune déclaration que vous puissiez lire ne porte le numéro {number[:40]}.",
    )


def _period(text: str) -> Period:
    try:
        return Period.parse(text)
    except ValueError as error:
        raise Refused(
            [LineError(column="period", code="PERIOD", value=text[:40], message=str(error), example="2019-03")], code="PERIOD"
        ) from None


def _reason(text: str | None) -> str:
    """Raises Refused without one of the four reasons."""
    if text is not None and text in REASONS:
        return text
    message = f"Indiquez le motif : {', '.join(REASONS)}."
    raise Refused(
        [LineError(column="reason", code="REASON", value=text and text[:40], message=message, example="TYPING_ERROR")], code="REASON"
    )
