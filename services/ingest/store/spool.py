"""Files that their authors are still looking at: sealed, for 24 hours at most (practice ruling 4)."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kit.postgres import Connection
from kit.service import Runtime
from schemas.identifiers import uuid7

KEPT: Final = timedelta(hours=24)
_EVERY_S: Final = 60.0
_NONCE: Final = 12


@dataclass(frozen=True)
class Waiting:
    """A file that waits, as its owner is told of it."""

    id: UUID
    name: str
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Spooled:
    """A file that waits, with the answers given so far."""

    id: UUID
    name: str
    data: bytes
    answers: Mapping[str, Any]


class Spool:
    """Seals with AES-256-GCM; the file's id is part of what is sealed, so that no row can stand for another."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    @classmethod
    def read(cls, secrets: Path) -> Spool:
        """With the key of `spool.key` (32 bytes in hex). Raises OSError or ValueError: a service without it takes no file in."""
        return cls(bytes.fromhex((secrets / "spool.key").read_text().strip()))

    async def put(self, connection: Connection, owner: UUID, name: str, data: bytes, answers: Mapping[str, Any], at: datetime) -> UUID:
        """Keep a file of an organisation; its id."""
        found = uuid7()
        sealed = await asyncio.to_thread(self.seal, data, found)
        await connection.execute(
            "insert into spooled_files (id, owner, name, sealed, answers, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)",
            found, owner, name, sealed, self.seal(json.dumps(answers).encode(), found), at, at + KEPT,
        )  # fmt: skip
        return found

    async def get(self, connection: Connection, file_id: UUID, owner: UUID, at: datetime) -> Spooled | None:
        """The file, to its owner only; None when it was sent, dropped, has expired, or was sealed with another key."""
        row = await connection.fetchrow(
            "select name, sealed, answers from spooled_files where id = $1 and owner = $2 and expires_at > $3 and number is null",
            file_id, owner, at,
        )  # fmt: skip
        if row is None:
            return None
        try:
            data = await asyncio.to_thread(self.opened, row["sealed"], file_id)
            answers = json.loads(self.opened(row["answers"], file_id)) if row["answers"] else {}
        except InvalidTag:
            return None
        return Spooled(file_id, row["name"], data, answers)

    async def same(self, connection: Connection, owner: UUID, name: str, data: bytes, at: datetime) -> Spooled | None:
        """The same file of an organisation where it waits already: chosen once more, or the page that took it asked for again."""
        for one in await waiting(connection, owner, at):
            if one.name == name and (found := await self.get(connection, one.id, owner, at)) is not None and found.data == data:
                return found
        return None

    async def answer(self, connection: Connection, file_id: UUID, answers: Mapping[str, Any]) -> None:
        """Replace the answers."""
        sealed = self.seal(json.dumps(answers).encode(), file_id)
        await connection.execute("update spooled_files set answers = $2 where id = $1 and number is null", file_id, sealed)

    def seal(self, data: bytes, file_id: UUID) -> bytes:
        """What only this key and this id open again."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, data, file_id.bytes)

    def opened(self, sealed: bytes, file_id: UUID) -> bytes:
        """Raises InvalidTag for another key or id."""
        return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], file_id.bytes)


async def waiting(connection: Connection, owner: UUID, at: datetime) -> list[Waiting]:
    """The files of an organisation that wait to be sent, the last one first."""
    rows = await connection.fetch(
        """
        select id, name, created_at, expires_at from spooled_files
        where owner = $1 and expires_at > $2 and number is null order by created_at desc limit 20
        """,
        owner, at,
    )  # fmt: skip
    return [Waiting(row["id"], row["name"], row["created_at"], row["expires_at"]) for row in rows]


async def sent_as(connection: Connection, file_id: UUID, owner: UUID, *, lock: bool = False) -> str | None:
    """The filing that the file has become, so that whoever presses twice, or comes back, finds the receipt. `lock`: nobody else sends it meanwhile."""
    number: str | None = await connection.fetchval(
        f"select number from spooled_files where id = $1 and owner = $2 {'for update' if lock else ''}",  # noqa: S608  one of two constants
        file_id, owner,
    )  # fmt: skip
    return number


async def sent(connection: Connection, file_id: UUID, owner: UUID, number: str) -> None:
    """Nothing of the file is left but which filing it became, until its 24 hours are over."""
    await connection.execute(
        "update spooled_files set name = '', sealed = '', answers = null, number = $3 where id = $1 and owner = $2", file_id, owner, number
    )


async def drop(connection: Connection, file_id: UUID, owner: UUID) -> None:
    """Forget a file at once: its author gave up."""
    await connection.execute("delete from spooled_files where id = $1 and owner = $2", file_id, owner)


async def forget_expired(runtime: Runtime) -> None:
    """Long task: delete what its 24 hours are over."""
    while True:
        async with runtime.pool.acquire() as connection:
            await forget_expired_at(connection, runtime.clock())
        await asyncio.sleep(_EVERY_S)


async def forget_expired_at(connection: Connection, now: datetime) -> None:
    await connection.execute("delete from spooled_files where expires_at <= $1", now)
