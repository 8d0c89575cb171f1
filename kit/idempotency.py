"""Idempotency-Key: one effect and one answer for a request that is sent again (draft-ietf-httpapi-idempotency-key-header-07)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import asyncpg
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
        return cls(status, json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=jsonable_encoder).encode(), headers or {})

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


@dataclass(frozen=True)
class Wanted:
    """What a request asks for under its key."""

    scope: str
    route: str
    key: str
    body: bytes


async def begin_many(connection: Connection, wanted: Sequence[Wanted]) -> list[Claim | Problem]:
    """`begin` for several requests that share a transaction, in their order: for each its claim, or the problem that `begin` would raise.

    Of two with one key the second is told that the first is in progress.
    """
    names = [(one.scope, one.route, one.key) for one in wanted]
    marks = [hashlib.sha256(one.body).hexdigest() for one in wanted]
    rows = await connection.fetch(
        "select pg_try_advisory_xact_lock(lock) as held from unnest($1::bigint[]) with ordinality l (lock, place) order by place",
        [_lock_of(*name) for name in names],
    )
    kept = await connection.fetch(
        """
        select i.scope, i.route, i.key, i.fingerprint, i.status, i.headers, i.body
        from unnest($1::text[], $2::text[], $3::text[]) w (scope, route, key) join idempotency i using (scope, route, key)
        where i.created_at > now() - $4::interval
        """,
        *(list(column) for column in zip(*names, strict=True)), KEPT,
    )  # fmt: skip
    known = {(row["scope"], row["route"], row["key"]): row for row in kept}
    first = {name: place for place, name in reversed(list(enumerate(names)))}
    return [
        _claim(connection, name, mark, known.get(name)) if held["held"] and first[name] == place else _in_progress()
        for place, (name, mark, held) in enumerate(zip(names, marks, rows, strict=True))
    ]


async def keep_many(kept: Sequence[tuple[Claim, Answer]]) -> None:
    """`Claim.keep` for several claims of one transaction."""
    if not kept:
        return
    rows = [(c.scope, c.route, c.key, c.fingerprint, answer.status, dict(answer.headers), answer.body) for c, answer in kept]
    await kept[0][0].connection.execute(
        """
        insert into idempotency (scope, route, key, fingerprint, status, headers, body)
        select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::jsonb[], $7::bytea[])
        on conflict (scope, route, key) do update set fingerprint = excluded.fingerprint, status = excluded.status,
            headers = excluded.headers, body = excluded.body, created_at = now()
        """,
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def begin(connection: Connection, *, scope: str, route: str, key: str, body: bytes) -> Claim:
    """Claim a key inside a transaction, before anything else in it.

    `scope` is the organisation, or 'public'. Raises a 409 problem while another request holds the key, 422 when it was used for another body.
    """
    if not connection.is_in_transaction():
        raise RuntimeError("an idempotency key is claimed inside the transaction of its work")
    fingerprint = hashlib.sha256(body).hexdigest()
    if not await connection.fetchval("select pg_try_advisory_xact_lock($1)", _lock_of(scope, route, key)):
        raise _in_progress()
    row = await connection.fetchrow(
        "select fingerprint, status, headers, body from idempotency where scope = $1 and route = $2 and key = $3 and created_at > now() - $4::interval",
        scope, route, key, KEPT,
    )  # fmt: skip
    found = _claim(connection, (scope, route, key), fingerprint, row)
    if isinstance(found, Problem):
        raise found
    return found


def _lock_of(scope: str, route: str, key: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{scope}\x1f{route}\x1f{key}".encode()).digest()[:8], "big", signed=True)


def _claim(connection: Connection, name: tuple[str, str, str], fingerprint: str, row: asyncpg.Record | None) -> Claim | Problem:
    if row is not None and row["fingerprint"] != fingerprint:
        return Problem(
            422,
            "IDEMPOTENCY_KEY_REUSED",
            "Cette clé a déjà servi pour une autre demande",
            "Utilisez une nouvelle clé pour un nouveau contenu.",
        )
    replay = Answer(row["status"], row["body"], row["headers"], replayed=True) if row is not None else None
    return Claim(connection, *name, fingerprint, replay)


def _in_progress() -> Problem:
    return Problem(
        409,
        "IN_PROGRESS",
        "Cette demande est déjà en cours de traitement",
        "Réessayez dans un instant avec la même clé.",
        headers={"Retry-After": "1"},
    )


async def forget_old(connection: Connection) -> None:
    """Delete the answers past their seven days."""
    await connection.execute("delete from idempotency where created_at <= now() - $1::interval", KEPT)
