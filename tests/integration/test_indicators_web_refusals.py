# ruff: noqa: F811  fixtures are taken by their name
"""Nothing is published that is not safe: a protection that was broken on purpose, a solver without an answer; and the reason is shown."""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool

import httpx
import pytest
import typer

from cli import publish as command
from kit.postgres import Pool
from services.indicators.release import build
from services.indicators.release.flow import NoPattern
from services.indicators.release.publish import BREAK
from tests.integration.facts_house import calling, client, pool, runtime, tables  # noqa: F401  fixtures
from tests.reading import plain

pytestmark = pytest.mark.timeout(900)  # two attacks, on a busy machine


async def _refused(client: httpx.AsyncClient, pool: Pool) -> httpx.Response:
    """The answer, after looking that nothing was written and that both faces say why."""
    answer = await client.post("/api/v1/pilotage/releases", headers=calling("team"))
    assert (answer.status_code, answer.json()["code"]) == (409, "NOT_PUBLISHED"), answer.text
    for table in ("published_releases", "published_cells", "release_memory", "release_atoms"):
        assert await pool.fetchval(f"select count(*) from {table}") == 0, table
    assert await pool.fetchval("select count(*) from outbox where type like '%EditionPublished%'") == 0
    for address in ("/", "/pilotage"):
        assert answer.json()["detail"] in plain((await client.get(address, headers=calling("team"))).text), address
    return answer


async def test_a_broken_protection_is_found_by_the_attacker_and_nothing_is_published(
    client: httpx.AsyncClient,
    pool: Pool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as broken:
        broken.setenv(BREAK, "secondary")
        answer = await _refused(client, pool)
        assert "a retrouvé" in answer.json()["detail"]
        assert answer.json()["details"]
        assert _exit_code(answer, broken) == 1, "./macs publish exits 1"
    assert (await client.post("/api/v1/pilotage/releases", headers=calling("team"))).status_code == 201


async def test_without_a_pattern_nothing_is_published(client: httpx.AsyncClient, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(*asked: object, **also: object) -> object:
        raise NoPattern("2025 department=75")

    monkeypatch.setattr(build, "build", without)
    answer = await _refused(client, pool)
    assert "solveur" in answer.json()["detail"]
    assert answer.json()["details"] == ["2025 department=75"]
    page = (await client.get("/pilotage", headers=calling("team"))).text
    assert "<li>2025 department=75</li>" in page, "the team learns where"
    assert "2025 department=75" not in (await client.get("/", headers=calling("team"))).text
    assert _exit_code(answer, monkeypatch) == 1


async def test_a_solver_that_was_killed_publishes_nothing(client: httpx.AsyncClient, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine short of memory ends processes of a pool: the reason is told, not an error of ours."""

    def killed(*asked: object, **also: object) -> object:
        raise BrokenProcessPool("A process in the process pool was terminated abruptly")

    monkeypatch.setattr(build, "build", killed)
    assert "mémoire" in (await _refused(client, pool)).json()["detail"]


def _exit_code(answer: httpx.Response, monkeypatch: pytest.MonkeyPatch) -> int:
    """Of the command that gets this answer."""
    said = httpx.MockTransport(lambda _: httpx.Response(answer.status_code, content=answer.content, headers=answer.headers))
    monkeypatch.setattr(command, "client", lambda _: httpx.Client(transport=said, base_url="http://127.0.0.1"))
    monkeypatch.setattr(command, "access", lambda _name, _data: None)
    with pytest.raises(typer.Exit) as left:
        command.publish(as_json=False)
    return left.value.exit_code
