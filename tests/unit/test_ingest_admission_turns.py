"""Who takes in those that arrive together: nobody is left at the door, and nobody waits for one that is held up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from kit import idempotency
from services.ingest import admission
from services.ingest.admission import Admission, Request

_WANTED = idempotency.Wanted("scope", "route", "key", b"body")
_INTAKE: Any = SimpleNamespace(lines=[1], plain=True)


def _door() -> Admission:
    runtime: Any = None
    return Admission(runtime)


async def test_one_that_comes_the_moment_the_one_before_is_done_is_taken_in() -> None:
    door = _door()
    async with asyncio.timeout(5):
        for _ in range(3):
            assert await door.take(_INTAKE, _WANTED) is None, "alone: its own way"


async def test_one_that_comes_while_a_transaction_is_late_is_served_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "PATIENCE_S", 0.02)
    free, sizes, door = asyncio.Event(), list[int](), _door()

    async def taken(requests: Sequence[Request]) -> list[None]:
        sizes.append(len(requests))
        await free.wait()
        return [None] * len(requests)

    monkeypatch.setattr(door, "_taken", taken)
    first = [asyncio.create_task(door.take(_INTAKE, _WANTED)) for _ in range(3)]
    await asyncio.sleep(0.05)
    assert sizes == [3]
    async with asyncio.timeout(5):
        assert await door.take(_INTAKE, _WANTED) is None, "nobody was waiting when the first became late"
    free.set()
    assert await asyncio.gather(*first) == [None] * 3


async def test_those_that_arrive_in_the_same_moment_are_one_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes, door = list[int](), _door()

    async def taken(requests: Sequence[Request]) -> list[None]:
        sizes.append(len(requests))
        return [None] * len(requests)

    async def coming(turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        await door.take(_INTAKE, _WANTED)

    monkeypatch.setattr(door, "_taken", taken)
    async with asyncio.timeout(5):
        await asyncio.gather(*(coming(turns) for turns in range(30)))
    assert sizes == [30], "one came in each turn of the loop"
