"""The directory service, as a table of contents."""

from __future__ import annotations

import asyncio
from pathlib import Path

from kit import outbox, registry
from kit.service import Runtime, Service
from kit.settings import Settings
from schemas import topics
from schemas.directory import ApiKeyRecorded, SigningKeyRecorded
from services.directory import consumers, signing
from services.directory.accounts import SIGNER
from services.directory.pages import directory, login, organisations, recording, statements
from services.directory.routes import departments, entities, keys, mandates, sessions
from services.directory.store import keys as key_store
from services.directory.store import sessions as session_store

OPERATOR = "operator"
_FORGET_EVERY_S = 3600


def create(settings: Settings) -> Service:
    """No I/O: what runs, in which order."""
    return Service(
        name="directory",
        settings=settings,
        migrations=Path(__file__).parent / "migrations",
        routers=[
            departments.router, entities.router, mandates.router, keys.router, sessions.router,
            login.router, organisations.router, recording.router, directory.router, statements.router,
        ],
        readers=[consumers.reader()],
        worker_tasks=[forget],
        on_start=[sign, admit_operator],
    )  # fmt: skip


async def sign(runtime: Runtime) -> None:
    """Load the private key and make its public half known; a replaced file is a rotation."""
    signer = await asyncio.to_thread(signing.load, runtime.settings.secrets)
    async with runtime.pool.acquire() as connection, connection.transaction():
        await key_store.record_signing_key(connection, SigningKeyRecorded(kid=signer.kid, jwk=signer.public()), by="directory")
    runtime.state[SIGNER] = signer


async def admit_operator(runtime: Runtime) -> None:
    """Record the first key of an installation, known here by its hash only. Once recorded it is never touched again, revoked or not."""
    sha256 = runtime.settings.bootstrap_key_sha256
    if not sha256:
        return
    async with runtime.pool.acquire() as connection, connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(hashtext('bootstrap'))")
        if await key_store.find(connection, OPERATOR) is None:
            key = ApiKeyRecorded(key_id=OPERATOR, sha256=sha256, name="Exploitation", roles=("operator",))
            await key_store.save(connection, key, by="directory")


async def forget(runtime: Runtime) -> None:
    """Every hour: links, requests and sessions past their use are deleted, and the topic is told of the revoked ones."""
    while True:
        async with runtime.pool.acquire() as connection, connection.transaction():
            for session in await session_store.forget_expired(connection, runtime.clock()):
                await outbox.add_tombstone(connection, topics.DIRECTORY, str(session))
                await registry.forget(connection, str(session))
        runtime.wake_relay()
        await asyncio.sleep(_FORGET_EVERY_S)
