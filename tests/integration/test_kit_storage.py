"""Migrations and idempotency keys, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from kit import idempotency, postgres
from kit.idempotency import Answer
from kit.migrate import ChangedMigration, migrate
from kit.postgres import Pool, open_pool
from kit.problems import Problem
from tests.fixtures.databases import Database, MakeDatabase
from tests.waiting import eventually


@pytest.fixture
async def pool(database: MakeDatabase) -> AsyncIterator[Pool]:
    found = await open_pool((await database("kit")).admin, size=20, application_name="test")
    yield found
    await found.close()


@pytest.fixture
async def fresh(database: MakeDatabase, tmp_path: Path) -> Database:
    """A database whose service has a folder of its own for migrations."""
    return await database("kit")


def _file(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    return folder


async def test_many_processes_start_at_once_and_migrate_once(fresh: Database, tmp_path: Path) -> None:
    folder = _file(tmp_path / "m", "0001_things.sql", "create table things (id integer primary key); select pg_sleep(0.3);")
    applied = await asyncio.gather(*(migrate(fresh.owner, "kit_trial", folder) for _ in range(5)))
    assert sorted(map(len, applied)) == [0, 0, 0, 0, 1]


async def test_a_changed_file_stops_the_start(fresh: Database, tmp_path: Path) -> None:
    folder = _file(tmp_path / "m", "0001_things.sql", "create table things (id integer)")
    await migrate(fresh.owner, "kit_trial", folder)
    _file(folder, "0001_things.sql", "create table things (id bigint)")
    with pytest.raises(ChangedMigration, match="0001_things"):
        await migrate(fresh.owner, "kit_trial", folder)


async def test_a_broken_file_leaves_nothing_behind(fresh: Database, tmp_path: Path) -> None:
    folder = _file(tmp_path / "m", "0001_things.sql", "create table things (id integer); select nonsense;")
    with pytest.raises(asyncpg.UndefinedColumnError):
        await migrate(fresh.owner, "kit_trial", folder)
    _file(folder, "0001_things.sql", "create table things (id integer)")
    assert await migrate(fresh.owner, "kit_trial", folder) == ["kit_trial/0001_things.sql"]


async def test_the_services_role_has_rows_and_nothing_else(database: MakeDatabase) -> None:
    """It may write rows of the kit's tables, and neither make tables nor pretend that a migration ran."""
    found = await database("notify")
    connection = await asyncpg.connect(found.rows)
    try:
        await connection.execute("insert into stopped_readers (reader, topic, reason) values ('notify', 'hours', 'x')")
        await connection.execute("delete from stopped_readers")
        for refused in ("create table mine (id integer)", "drop table outbox", "truncate outbox", "delete from migrations"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(refused)
    finally:
        await connection.close()


async def _ask(pool: Pool, key: str, body: bytes, *, pause_s: float = 0.0) -> Answer:
    async with pool.acquire() as connection, connection.transaction():
        claim = await idempotency.begin(connection, scope="org", route="POST /x", key=key, body=body)
        if claim.replay is not None:
            return claim.replay
        await connection.execute("select pg_sleep($1)", pause_s)
        number = await connection.fetchval("select nextval('numbers')")
        return await claim.keep(Answer.of(202, {"number": number}, {"Location": f"/x/{number}"}))


async def test_twenty_at_once_make_one(pool: Pool) -> None:
    await pool.execute("create sequence numbers")

    async def one() -> Answer | int:
        try:
            return await _ask(pool, "k", b"body", pause_s=0.05)
        except Problem as problem:
            return problem.status

    answers = await asyncio.gather(*(one() for _ in range(20)))
    good = [answer for answer in answers if isinstance(answer, Answer)]
    assert {answer.body for answer in good} == {b'{"number":1}'}
    assert all(answer == 409 for answer in answers if not isinstance(answer, Answer))
    replay = await _ask(pool, "k", b"body")
    assert (replay.status, replay.body, replay.replayed) == (202, b'{"number":1}', True)
    assert replay.response().headers["idempotent-replayed"] == "true"
    assert replay.response().headers["location"] == "/x/1"


async def test_another_body_is_refused_and_a_refused_body_is_not_kept(pool: Pool) -> None:
    await pool.execute("create sequence numbers")
    async with pool.acquire() as connection:
        refused = connection.transaction()
        await refused.start()
        await idempotency.begin(connection, scope="org", route="POST /x", key="k", body=b"bad")
        await refused.rollback()
    await _ask(pool, "k", b"good")
    with pytest.raises(Problem, match="422"):
        await _ask(pool, "k", b"other")


async def test_a_key_is_of_one_organisation_and_route_and_of_seven_days(pool: Pool) -> None:
    await pool.execute("create sequence numbers")
    await _ask(pool, "k", b"good")
    async with pool.acquire() as connection, connection.transaction():
        claim = await idempotency.begin(connection, scope="other", route="POST /x", key="k", body=b"theirs")
        assert claim.replay is None
    await pool.execute("update idempotency set created_at = now() - interval '7 days 1 second'")
    assert not (await _ask(pool, "k", b"after a week")).replayed
    await pool.execute("update idempotency set created_at = now() - interval '7 days 1 second'")
    async with pool.acquire() as connection:
        await idempotency.forget_old(connection)
    assert not (await _ask(pool, "k", b"new")).replayed


async def test_connections_that_a_burst_opened_are_given_up(database: MakeDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "IDLE_S", 0.2)
    pool = await open_pool((await database("kit")).admin, size=6, application_name="test")
    held = await asyncio.gather(*(pool.acquire() for _ in range(6)))
    assert pool.get_size() == 6
    for connection in held:
        await pool.release(connection)

    await eventually(lambda: pool.get_size() == 1)
    assert await pool.fetchval("select 1") == 1
    await pool.close()
