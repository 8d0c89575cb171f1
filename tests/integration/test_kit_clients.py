"""A client whose start is cut short, at whatever moment, leaves no connection open."""

from __future__ import annotations

import asyncio
import gc
import random
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from kit.clients import Consumer, ProducerClient
from tests.fixtures.servers import Servers

_MOMENTS = 40
_WITHIN_S = 0.05


def _clients(kafka: list[str]) -> dict[str, Callable[[], Any]]:
    return {
        "in a group": lambda: Consumer("no-such-topic", bootstrap_servers=kafka, group_id=f"cut-{random.randrange(10**9)}"),
        "alone": lambda: Consumer("no-such-topic", bootstrap_servers=kafka, group_id=None),
        "producer": lambda: ProducerClient(bootstrap_servers=kafka, enable_idempotence=True),
    }


@pytest.mark.parametrize("kind", ["in a group", "alone", "producer"])
@pytest.mark.parametrize("cancelled", [True, False], ids=["cancelled", "stopped"])
async def test_a_start_cut_short_leaves_no_connection(kind: str, cancelled: bool, servers: Servers, seed: int) -> None:
    """The moments spread over the time that a start takes; without the mend about one in ten loses a connection."""
    moments = random.Random(seed)
    make = _clients(servers.bootstrap)[kind]
    gc.collect()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for _ in range(_MOMENTS):
            await _cut_short(make(), moments.uniform(0, _WITHIN_S), cancelled)
        gc.collect()
    left = [str(one.message) for one in told if "Unclosed" in str(one.message)]
    assert not left, left


async def _cut_short(client: Any, after_s: float, cancelled: bool) -> None:
    starting = asyncio.ensure_future(client.start())
    await asyncio.wait([starting], timeout=after_s)
    if cancelled:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
    await client.stop()
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
