"""Brings databases up to date before their services start, as their owners, whose passwords the services themselves need not have then."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import asyncpg

from deploy.local.databases import admit
from deploy.local.folder import ROOT
from deploy.local.roles import dsn_on, owner_of, users_of
from kit.migrate import migrate


async def bring_up(server: str, services: Sequence[str], passwords: Path) -> None:
    """`server` is a PostgreSQL address, whose user and database are not looked at; `passwords` holds a file <role>.password of each owner."""
    for service in services:
        owner = owner_of(service)
        password = (passwords / f"{owner}.password").read_text(encoding="utf-8").strip()
        dsn = dsn_on(server, service, owner, password)
        applied = await migrate(dsn, service, ROOT / "services" / service / "migrations")
        await _admit(dsn, service)
        print(f"{service}: {len(applied)} applied", flush=True)


async def _admit(dsn: str, service: str) -> None:
    """Where somebody else made the database (an operator of a cluster), it is open to every role of the server."""
    connection = await asyncpg.connect(dsn, timeout=5)
    try:
        await admit(connection, service, users_of(service))
    finally:
        await connection.close()


def main() -> None:
    """`python -m deploy.migrations SERVICE…` with MACS_POSTGRES and MACS_PASSWORDS."""
    asyncio.run(bring_up(os.environ["MACS_POSTGRES"], sys.argv[1:], Path(os.environ["MACS_PASSWORDS"])))


if __name__ == "__main__":
    main()
