"""Persons by HTTP: one asks to be forgotten. Identity comes in the body, becomes tokens here, and goes no further."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kit.errors import LineError, Refused
from kit.identity import Caller
from kit.postgres import Connection
from kit.web.instants import Day
from kit.web.request import RuntimeDep
from services.ingest.access import declarant_of
from services.ingest.acting import CallerDep
from services.ingest.persons import Tokens
from services.ingest.settings import tokens
from services.ingest.store import erasure
from services.ingest.store.erasure import Erased
from services.ingest.store.filings import committed
from services.ingest.throttle import Throttled

router = APIRouter(prefix="/api/v1/persons", tags=["persons"], dependencies=[Throttled])


class ErasureBody(BaseModel):
    """The three parts of an identity, or the identifier in the caller's own structure. Nothing of it is stored or logged."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    birth_name: str | None = Field(default=None, min_length=1, max_length=100, examples=["DUPONT"])
    first_name: str | None = Field(default=None, min_length=1, max_length=100, examples=["Camille"])
    birth_date: Day | None = Field(default=None, examples=["1990-04-12"])
    worker_id: str | None = Field(default=None, min_length=1, max_length=100, examples=["A12"])


class ErasureAnswer(BaseModel):
    """`values`: declared values that no longer name the person; `announced`: lines that the figures count again; `parked`: rows set aside."""

    values: int
    announced: int
    parked: int


_BODY: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": ErasureBody.model_json_schema(), "examples": {
        "identity": {"summary": "Par l’identité", "value": {"birth_name": "DUPONT", "first_name": "Camille", "birth_date": "1990-04-12"}},
        "worker": {"summary": "Par l’identifiant dans la structure", "value": {"worker_id": "A12"}},
    }}}}
}  # fmt: skip


@router.post("/erasure", responses={200: {"model": ErasureAnswer}}, openapi_extra=_BODY)
async def erase(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """Unlink a person: hours stay, person, sex, age and criteria become unknown, also in filings to come. Again changes nothing.

    A declarant erases in its own declarations, the team (by identity) in everybody's.
    """
    caller.require("declarant", "facilitator", "team")
    declarant = None if caller.has("team") else declarant_of(caller).id
    known, regional = _tokens(_read(await request.body()), tokens(runtime), declarant, caller)
    async with runtime.pool.acquire() as connection, connection.transaction():
        if regional:
            known |= await erasure.tokens_beside(connection, regional, declarant)

    async def remember(connection: Connection) -> None:
        await erasure.refuse_from_now_on(connection, known, runtime.clock())

    async def work(connection: Connection) -> Erased:
        return await erasure.unlink(connection, sorted(known | ({regional} if regional else set())), declarant, runtime.clock())

    await committed(runtime.pool, remember)
    found = await committed(runtime.pool, work)
    runtime.wake_relay()
    return JSONResponse(asdict(found), headers={"Cache-Control": "no-store"})


def _read(body: bytes) -> ErasureBody:
    """Raises Refused without repeating what was sent."""
    try:
        return ErasureBody.model_validate_json(body or b"null")
    except ValidationError as error:
        errors = [
            LineError(
                column=".".join(map(str, found["loc"])) or None,
                code="PERSON",
                message="Cette valeur n’est pas lisible.",
                example="1990-04-12",
            )
            for found in error.errors(include_input=False, include_url=False)
        ]
        raise Refused(errors, code="PERSON", title="La personne n’est pas désignée correctement") from None


def _tokens(body: ErasureBody, made: Tokens, declarant: UUID | None, caller: Caller) -> tuple[set[str], str | None]:
    """The tokens to forget, and the regional one. A declarant forgets a person within its own declarations only: by local tokens."""
    regional = None
    if body.birth_name and body.first_name and body.birth_date:
        regional = made.regional(body.birth_name, body.first_name, body.birth_date)
    if regional is None and (body.worker_id is None or declarant is None):
        message = "Donnez nom de naissance, prénom et date de naissance" + (
            ", ou l’identifiant dans votre structure." if not caller.has("team") else "."
        )
        raise Refused(
            [LineError(column="birth_name", code="PERSON", message=message)], code="PERSON", title="La personne n’est pas désignée"
        )
    known: set[str] = set()
    if declarant is not None:
        known |= {made.local(declarant, worker) for worker in filter(None, (body.worker_id, regional and f"identity:{regional}"))}
    elif regional:
        known.add(regional)
    return known, regional
