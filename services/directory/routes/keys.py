"""API keys: made once, shown once, revoked within seconds everywhere."""

from __future__ import annotations

import secrets
from typing import Annotated, Any
from uuid import UUID

from asyncpg import ForeignKeyViolationError
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from kit import api_keys
from kit.errors import LineError, Refused
from kit.problems import Problem
from kit.web.request import CallerDep, RuntimeDep
from schemas.directory import ApiKeyRecorded
from schemas.message import Department, Sha256
from services.directory.rules import accounts
from services.directory.store import keys

router = APIRouter(prefix="/api/v1/keys", tags=["directory"])
WRITERS = ("team", "operator")
KeyId = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]


class KeyBody(BaseModel):
    """A key for a program. With `sha256` the secret was made by the client and never travels; without, the answer shows it once."""

    model_config = ConfigDict(extra="forbid")

    id: KeyId | None = None
    name: Annotated[str, Field(min_length=1, max_length=100)]
    organisation: UUID | None = None
    person: UUID | None = None
    roles: Annotated[tuple[str, ...], Field(min_length=1)]
    departments: tuple[Department, ...] = ()
    sha256: Sha256 | None = None


@router.post("", summary="Créer une clé", operation_id="create_key", status_code=201)
async def create_key(body: KeyBody, runtime: RuntimeDep, caller: CallerDep, response: Response) -> dict[str, Any]:
    """201 with the key, shown this once. The same body with the same `sha256` again: 200. Another body under a known id: 409."""
    caller.require(*WRITERS)
    accounts.may_grant(caller.roles, body.roles)
    key_id = body.id or secrets.token_hex(6)
    key = None if body.sha256 else api_keys.new(key_id)
    message = ApiKeyRecorded(
        key_id=key_id, sha256=body.sha256 or api_keys.sha256_of(key or ""), name=body.name, organisation_id=body.organisation,
        person_id=body.person, roles=body.roles, departments=body.departments,
    )  # fmt: skip
    try:
        async with runtime.pool.acquire() as connection, connection.transaction():
            existing = await keys.find(connection, key_id)
            if existing is not None and (existing.revoked_at is not None or existing.sha256 != message.sha256):
                raise Problem(
                    409,
                    "TAKEN",
                    "Cet identifiant de clé est déjà pris",
                    "Choisissez un autre identifiant : un secret n’est jamais remplacé.",
                )
            changed = await keys.save(connection, message, by=caller.id)
    except ForeignKeyViolationError:
        raise Refused(
            [LineError(column="organisation", code="UNKNOWN", message="Cette organisation ou cette personne est inconnue.")]
        ) from None
    runtime.wake_relay()
    response.status_code = 201 if changed else 200
    response.headers["Cache-Control"] = "no-store"
    return {**_shown(message), "key": key}


@router.get("", summary="Les clés et leur état", operation_id="list_keys")
async def list_keys(runtime: RuntimeDep, caller: CallerDep) -> dict[str, Any]:
    caller.require(*WRITERS)
    return {"items": [{**_shown(key), "created_at": created_at} for key, created_at in await keys.listed(runtime.pool)]}


@router.delete("/{key_id}", summary="Révoquer une clé", operation_id="revoke_key", status_code=204)
async def revoke_key(key_id: str, runtime: RuntimeDep, caller: CallerDep) -> None:
    """The revocation reaches every service through the topic within seconds. A revoked id is never given again."""
    caller.require(*WRITERS)
    async with runtime.pool.acquire() as connection, connection.transaction():
        key = await keys.find(connection, key_id)
        if key is None:
            raise Problem(404, "UNKNOWN_KEY", "Cette clé n’existe pas")
        accounts.may_grant(caller.roles, key.roles)
        await keys.revoke(connection, key_id, at=runtime.clock(), by=caller.id)
    runtime.wake_relay()


def _shown(key: ApiKeyRecorded) -> dict[str, Any]:
    return {
        "id": key.key_id, "name": key.name, "organisation": key.organisation_id, "person": key.person_id, "roles": key.roles,
        "departments": key.departments, "revoked_at": key.revoked_at,
    }  # fmt: skip
