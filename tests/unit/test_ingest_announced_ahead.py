"""What is announced of a long filing is the same whether it was written down ahead or not."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from schemas.periods import Period
from services.ingest.corrections import Rank, SourcePeriod, Top, settle_all
from services.ingest.rules.declared import LineValue
from services.ingest.store.announce import SHORT_TURN, Ahead, Cause

_LINES = 3 * SHORT_TURN + 7
_CAUSE = Cause("D-2026-000001", 1, UUID(int=1), f"00-{'a' * 32}-{'b' * 16}-01", datetime(2026, 11, 26, tzinfo=UTC))
_VALUES = [LineValue(n, UUID(int=n), UUID(int=9), Period.parse("2026-01"), "93", n) for n in range(1, _LINES + 1)]


def _ahead() -> Ahead:
    where = SourcePeriod(UUID(int=9), date(2026, 1, 1), 1)
    moves = settle_all({}, {value.line_id: Top("D-2026-000001", 1, int(Rank.BUYER), where) for value in _VALUES}, {where: 2})
    return Ahead(moves, _CAUSE, _VALUES)


async def _said(ahead: Ahead) -> list[tuple[Any, ...]]:
    """Everything of the rows but the message's own id."""
    return [(json.loads(row[4] or b"") | {"id": ""}, *row[1:4], *row[5:]) async for row in ahead.rows()]


@pytest.mark.parametrize("turns", [0, 1, 3, 1000])
async def test_rows_written_ahead_are_the_rows(turns: int) -> None:
    async def work() -> str:
        for _ in range(turns):
            await asyncio.sleep(0)
        return "done"

    ahead = _ahead()
    assert await ahead.while_doing(work()) == "done"
    said = await _said(ahead)
    assert said == await _said(_ahead())
    assert [row[0]["line_no"] for row in said] == list(range(1, _LINES + 1))


async def test_an_error_of_the_database_is_the_callers() -> None:
    async def work() -> None:
        await asyncio.sleep(0)
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        await _ahead().while_doing(work())
