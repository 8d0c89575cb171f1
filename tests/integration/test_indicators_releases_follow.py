# ruff: noqa: F811  fixtures are taken by their name
"""Releases after one another: a change made by few is not shown, one made by many is, and where no pattern exists the year is said again."""

from __future__ import annotations

from datetime import date

import httpx
import pytest

from kit.postgres import Pool
from kit.service import Runtime
from services.indicators.release import build, memory, pattern
from services.indicators.release.flow import NoPattern
from services.indicators.release.system import System
from tests.integration.facts_house import calling, client, pool, runtime  # noqa: F401  fixtures
from tests.integration.facts_house import released as tables  # noqa: F401  a fixture

pytestmark = pytest.mark.timeout(900)  # three attacks, on a busy machine
Shown = dict[tuple[str, ...], tuple[str | None, str]]


async def _change(pool: Pool, where: str, by: int) -> int:
    """Give lines other hours, as the worker does; how many."""
    rows = await pool.fetch(f"update facts set revision = revision + 1, centihours = centihours + $1 where {where} returning line_id", by)
    await pool.execute(
        "insert into changes (topic, partition, batch_no, ids) select 'hours', 1, coalesce(max(batch_no), 0) + 1, $1 from changes",
        [row["line_id"] for row in rows],
    )
    return len(rows)


async def _published(
    client: httpx.AsyncClient, pool: Pool, repeated: set[str] | None = None
) -> tuple[str, Shown, dict[tuple[str, ...], str]]:
    """The release's number, what it shows of hours and persons of 2025, and of what is not up to date whose value it is."""
    answer = await client.post("/api/v1/pilotage/releases", headers=calling("team"))
    assert answer.status_code == 201, answer.text
    assert set(answer.json()["repeated"]) >= (repeated or set())
    return answer.json()["release"], *await _printed(pool, answer.json()["release"])


async def _printed(pool: Pool, release: str) -> tuple[Shown, dict[tuple[str, ...], str]]:
    rows = await pool.fetch(
        """
        select indicator, period, split, code_1, code_2, value, status, since from published_cells
        where release = $1 and left(period, 4) = '2025' and indicator = any('{I01,I05,I07}')
        """,
        release,
    )
    shown = {tuple(row)[:5]: (row["value"], row["status"]) for row in rows}
    return shown, {tuple(row)[:5]: row["since"] for row in rows if row["since"]}


async def test_what_few_changed_waits_and_a_year_without_a_pattern_is_said_again(
    client: httpx.AsyncClient, pool: Pool, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = "2026-1"
    shown, since = await _printed(pool, first)
    total = ("I01", "2025", "", "", "")
    assert (shown[total][1], since) == ("ok", {})

    assert (
        await _change(
            pool, "line_id = (select min(line_id::text)::uuid from facts where period_start between '2025-01-01' and '2025-12-01')", 777
        )
        == 1
    )
    _, after_one, since = await _published(client, pool)
    assert after_one[total] == shown[total]
    assert since[total] == first

    assert await _change(pool, "period_start between '2025-01-01' and '2025-12-01'", 500) > 500
    with monkeypatch.context() as without:
        without.setattr(build, "MANY_CELLS", 10**9)  # in this process
        without.setattr(pattern, "protect", _no_pattern)
        repeated, again, since = await _published(client, pool, {"2025 hours"})
    assert again == after_one
    assert set(since.values()) <= {first, "2026-2"}
    assert all(key in since for key, (value, _) in again.items() if value is not None and key[0] == "I01")
    held = await pool.fetchval("select packed from release_memory where release = $1 and year = '2025' and measure = 'hours'", repeated)
    assert memory.unpack(repeated, date(2026, 10, 1), "2025", held).release == "2026-2"

    _, now, since = await _published(client, pool)
    hours = await pool.fetchval("select sum(centihours) from facts where period_start between '2025-01-01' and '2025-12-01'")
    assert now[total] == (f"{hours / 100:.2f}", "ok")
    assert total not in since


def _no_pattern(system: System, scale: float) -> None:
    raise NoPattern("2025")
