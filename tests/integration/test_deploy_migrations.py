"""Migrations before a service, as the owner of its database: whoever made it, only the service's own roles may enter afterwards."""

from __future__ import annotations

import asyncpg
import pytest

from deploy.local.roles import PUBLIC_READER, dsn_on
from deploy.migrations import bring_one_up
from tests.fixtures.databases import MakeDatabase
from tests.fixtures.servers import Servers


async def entered(dsn: str) -> bool:
    try:
        connection = await asyncpg.connect(dsn, timeout=5)
    except asyncpg.InsufficientPrivilegeError:
        return False
    await connection.close()
    return True


async def test_a_database_that_was_open_is_closed_and_a_second_run_changes_nothing(servers: Servers, database: MakeDatabase) -> None:
    found, other = await database("indicators"), await database("notify")
    foreign = dsn_on(servers.postgres, found.name, "notify", "test")
    admin = await asyncpg.connect(found.admin)
    try:
        await admin.execute(f'grant connect on database "{found.name}" to public')
        await admin.execute(f'revoke connect on database "{found.name}" from "{PUBLIC_READER}"')
    finally:
        await admin.close()
    assert await entered(other.rows)
    assert await entered(foreign)
    for _ in range(2):
        assert await bring_one_up(found.owner, "indicators") == []
        assert not await entered(foreign)
        assert await entered(found.rows)
        assert await entered(found.public)


async def test_a_service_itself_may_not_do_it(database: MakeDatabase) -> None:
    found = await database("indicators")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await bring_one_up(found.rows, "indicators")
