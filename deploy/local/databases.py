"""Gives each service its own database, with a role for its migrations and a role for its rows. Nobody else may connect."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from deploy.local.roles import owner_of, role_names, users_of
from kit.settings import with_password


@dataclass(frozen=True)
class Role:
    name: str
    password: str


async def make_roles(admin: asyncpg.Connection, roles: Sequence[Role]) -> None:
    """Create the roles that are missing and set their passwords."""
    known = {
        row["rolname"] for row in await admin.fetch("select rolname from pg_roles where rolname = any($1)", [role.name for role in roles])
    }
    for role in roles:
        name, password = await _quoted(admin, role)
        verb = "alter" if role.name in known else "create"
        await admin.execute(f"{verb} role {name} login nosuperuser nocreatedb nocreaterole password {password}")


async def _quoted(admin: asyncpg.Connection, role: Role) -> tuple[str, str]:
    row = await admin.fetchrow("select quote_ident($1) as name, quote_literal($2) as password", role.name, role.password)
    assert row is not None  # noqa: S101 (a select without from has one row)
    return row["name"], row["password"]


async def make_database(
    admin: asyncpg.Connection, database: str, owner: str, users: Sequence[str], template: str = "template0", strategy: str = "wal_log"
) -> None:
    """A database that only its owner and `users` may enter. Left as it is when it exists, but for those rights.

    `strategy`: `wal_log`, or `file_copy`, which is quicker on a server that does not wait for its disk, and makes one that does write it all.
    """
    if not await admin.fetchval("select exists (select from pg_database where datname = $1)", database):
        await admin.execute(f'create database "{database}" owner "{owner}" template "{template}" strategy {strategy}')
    await admit(admin, database, users)


async def admit(owner: asyncpg.Connection, database: str, users: Sequence[str]) -> None:
    """Its owner, these and nobody else may enter."""
    await owner.execute(f'revoke all on database "{database}" from public')
    for user in users:
        await owner.execute(f'grant connect, temporary on database "{database}" to "{user}"')


async def prepare(dsn: str, services: Sequence[str], passwords: dict[str, str]) -> None:
    """Every service's roles and database, on a server that may still be starting."""
    admin = await _connect(dsn)
    try:
        await make_roles(admin, [Role(name, passwords[name]) for name in sorted(passwords)])
        for service in services:
            await make_database(admin, service, owner_of(service), users_of(service))
    finally:
        await admin.close()


async def _connect(dsn: str, patience_s: float = 60) -> asyncpg.Connection:
    deadline = asyncio.get_running_loop().time() + patience_s
    while True:
        try:
            return await asyncpg.connect(dsn, timeout=5)
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
            if asyncio.get_running_loop().time() > deadline:
                raise
        await asyncio.sleep(0.1)


def main() -> None:
    """`python -m deploy.local.databases SERVICE…` with MACS_POSTGRES (or MACS_POSTGRES_PASSWORD_FILE beside it) and one MACS_PASSWORD_<role>
    each, or MACS_PASSWORDS, a folder with a file <role>.password each."""
    services = sys.argv[1:]
    passwords = {name: _password_of(name) for name in role_names(services)}
    asyncio.run(prepare(with_password(os.environ["MACS_POSTGRES"], "MACS_POSTGRES_PASSWORD_FILE"), services, passwords))


def _password_of(role: str) -> str:
    folder = os.environ.get("MACS_PASSWORDS")
    return (Path(folder) / f"{role}.password").read_text().strip() if folder else os.environ[f"MACS_PASSWORD_{role}"]


if __name__ == "__main__":
    main()
