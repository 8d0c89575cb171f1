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
        applied = await bring_one_up(dsn_on(server, service, owner, password), service)
        print(f"{service}: {len(applied)} applied", flush=True)


async def bring_one_up(owner_dsn: str, service: str) -> list[str]:
    """The names of the files applied now. Where somebody else made the database (an operator of a cluster), it was open to every role of the
    server: afterwards to the service's own."""
    applied = await migrate(owner_dsn, service, ROOT / "services" / service / "migrations")
    connection = await asyncpg.connect(owner_dsn, timeout=5)
    try:
        await admit(connection, await connection.fetchval("select current_database()"), users_of(service))
    finally:
        await connection.close()
    return applied


def main() -> None:
    """`python -m deploy.migrations SERVICE…` with MACS_POSTGRES and MACS_PASSWORDS."""
    asyncio.run(bring_up(os.environ["MACS_POSTGRES"], sys.argv[1:], Path(os.environ["MACS_PASSWORDS"])))


if __name__ == "__main__":
    main()
