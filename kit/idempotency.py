"""Idempotency-Key: one effect and one answer for a request that is sent again (draft-ietf-httpapi-idempotency-key-header-07)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from fastapi.encoders import jsonable_encoder
from starlette.requests import Request
from starlette.responses import Response

from kit.postgres import Connection
from kit.problems import Problem

HEADER: Final = "Idempotency-Key"
KEPT: Final = timedelta(days=7)


@dataclass(frozen=True)
class Answer:
    """An answer as it is kept and given again."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    replayed: bool = False

    @classmethod
    def of(cls, status: int, content: Any, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer whose body is `content` as JSON."""
        return cls(status, json.dumps(jsonable_encoder(content), ensure_ascii=False, separators=(",", ":")).encode(), headers or {})

    def response(self) -> Response:
        extra = {"Idempotent-Replayed": "true"} if self.replayed else {}
        return Response(self.body, self.status, headers={**self.headers, **extra}, media_type="application/json")


@dataclass(frozen=True)
class Claim:
    """The right to do the work of a key in this transaction, or the answer that was given before (`replay`)."""

    connection: Connection
    scope: str
    route: str
    key: str
    fingerprint: str
    replay: Answer | None

    async def keep(self, answer: Answer) -> Answer:
        """Keep the answer in the transaction of the work: both stay or neither. A refused request rolls back and keeps nothing."""
        await self.connection.execute(
            """
            insert into idempotency (scope, route, key, fingerprint, status, headers, body) values ($1, $2, $3, $4, $5, $6, $7)
            on conflict (scope, route, key) do update set fingerprint = excluded.fingerprint, status = excluded.status,
                headers = excluded.headers, body = excluded.body, created_at = now()
            """,  # a row that is there is past its seven days, else `begin` would have given it back
            self.scope, self.route, self.key, self.fingerprint, answer.status, dict(answer.headers), answer.body,
        )  # fmt: skip
        return answer


def key_of(request: Request) -> str:
    """The header's key. Raises a 400 problem when it is absent or not printable."""
    key = request.headers.get(HEADER, "").strip().strip('"')
    if not key:
        raise Problem(
            400, "IDEMPOTENCY_KEY_MISSING", "L’en-tête Idempotency-Key est obligatoire", "Envoyez un identifiant propre à cette demande."
        )
    if len(key) > 255 or not key.isprintable():
        raise Problem(400, "IDEMPOTENCY_KEY_INVALID", "L’en-tête Idempotency-Key n’est pas valable", "255 caractères imprimables au plus.")
    return key


async def begin(connection: Connection, *, scope: str, route: str, key: str, body: bytes) -> Claim:
    """Claim a key inside a transaction, before anything else in it.

    `scope` is the organisation, or 'public'. Raises a 409 problem while another request holds the key, 422 when it was used for another body.
    """
    if not connection.is_in_transaction():
        raise RuntimeError("an idempotency key is claimed inside the transaction of its work")
    fingerprint = hashlib.sha256(body).hexdigest()
    lock = int.from_bytes(hashlib.sha256(f"{scope}\x1f{route}\x1f{key}".encode()).digest()[:8], "big", signed=True)
    if not await connection.fetchval("select pg_try_advisory_xact_lock($1)", lock):
        raise Problem(
            409,
            "IN_PROGRESS",
            "Cette demande est déjà en cours de traitement",
            "Réessayez dans un instant avec la même clé.",
            headers={"Retry-After": "1"},
        )
    row = await connection.fetchrow(
        "select fingerprint, status, headers, body from idempotency where scope = $1 and route = $2 and key = $3 and created_at > now() - $4::interval",
        scope, route, key, KEPT,
    )  # fmt: skip
    if row is not None and row["fingerprint"] != fingerprint:
        raise Problem(
            422,
            "IDEMPOTENCY_KEY_REUSED",
            "Cette clé a déjà servi pour une autre demande",
            "Utilisez une nouvelle clé pour un nouveau contenu.",
        )
    replay = Answer(row["status"], row["body"], row["headers"], replayed=True) if row is not None else None
    return Claim(connection, scope, route, key, fingerprint, replay)


async def forget_old(connection: Connection) -> None:
    """Delete the answers past their seven days."""
    await connection.execute("delete from idempotency where created_at <= now() - $1::interval", KEPT)
