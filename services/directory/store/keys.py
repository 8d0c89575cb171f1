"""API keys by their hash, and the public keys of session tokens."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from asyncpg import Record

from kit.postgres import Connection, Pool
from schemas.directory import ApiKeyRecorded, SigningKeyRecorded
from services.directory.store.record import announce, same

_SELECT: Final = "select key_id, sha256, name, organisation_id, person_id, roles, departments, revoked_at, created_at from api_keys"
OVERLAP: Final = timedelta(hours=1)
"""How long a replaced signing key stays valid: longer than a token's life, its grace and any reader's lag."""


async def find(connection: Connection | Pool, key_id: str) -> ApiKeyRecorded | None:
    row = await connection.fetchrow(f"{_SELECT} where key_id = $1", key_id)
    return _key(row) if row else None


async def listed(pool: Pool) -> list[tuple[ApiKeyRecorded, datetime]]:
    rows = await pool.fetch(f"{_SELECT} order by created_at desc, key_id")
    return [(_key(row), row["created_at"]) for row in rows]


def _key(row: Record) -> ApiKeyRecorded:
    return ApiKeyRecorded.model_validate(dict(row))


async def save(connection: Connection, message: ApiKeyRecorded, *, by: str) -> bool:
    """Record the key's full state; False when it is what is recorded already."""
    if same(message, await find(connection, message.key_id)):
        return False
    await connection.execute(
        """
        insert into api_keys (key_id, sha256, name, organisation_id, person_id, roles, departments, revoked_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (key_id) do update set sha256 = excluded.sha256, name = excluded.name, organisation_id = excluded.organisation_id,
            person_id = excluded.person_id, roles = excluded.roles, departments = excluded.departments, revoked_at = excluded.revoked_at
        """,
        message.key_id, message.sha256, message.name, message.organisation_id, message.person_id,
        list(message.roles), list(message.departments), message.revoked_at,
    )  # fmt: skip
    await announce(connection, message, by=by)
    return True


async def revoke(connection: Connection, key_id: str, *, at: datetime, by: str) -> bool:
    """False when there is no such key. Revoking twice keeps the first instant."""
    key = await find(connection, key_id)
    if key is None:
        return False
    if key.revoked_at is None:
        await save(connection, key.model_copy(update={"revoked_at": at, "occurred_at": at}), by=by)
    return True


async def revoke_all(connection: Connection, person: UUID, *, by: str) -> None:
    """The person's account ended: so do the keys in the person's name."""
    rows = await connection.fetch("select key_id, now() as at from api_keys where person_id = $1 and revoked_at is null", person)
    for row in rows:
        await revoke(connection, row["key_id"], at=row["at"], by=by)


async def record_signing_key(connection: Connection, message: SigningKeyRecorded, *, by: str) -> bool:
    """Record the public half of the key in use; the one before it stays valid for a while. False when it is recorded already."""
    await connection.execute("select pg_advisory_xact_lock(hashtext('signing_keys'))")
    current = await connection.fetchval("select kid from signing_keys where not_after is null")
    if current == message.kid:
        return False
    now: datetime = await connection.fetchval("select now()")
    if current is not None:
        await connection.execute("update signing_keys set not_after = $2 where kid = $1", current, now + OVERLAP)
        await announce(connection, await _signing_key(connection, current), by=by)
    await connection.execute(
        """
        insert into signing_keys (kid, jwk, not_after) values ($1, $2::text::jsonb, null)
        on conflict (kid) do update set not_after = null
        """,
        message.kid,
        json.dumps(message.jwk),
    )
    await announce(connection, message, by=by)
    return True


async def _signing_key(connection: Connection, kid: str) -> SigningKeyRecorded:
    row = await connection.fetchrow("select jwk::text as jwk, not_after from signing_keys where kid = $1", kid)
    if row is None:
        raise LookupError(kid)
    return SigningKeyRecorded(kid=kid, jwk=json.loads(row["jwk"]), not_after=row["not_after"])


async def jwk_of(pool: Pool, kid: str, now: datetime) -> dict[str, str] | None:
    """The public key of this id while it is valid."""
    found = await pool.fetchval("select jwk::text from signing_keys where kid = $1 and (not_after is null or not_after > $2)", kid, now)
    return dict(json.loads(found)) if found else None
