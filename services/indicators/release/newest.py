"""The release that is shown, looked up at most once a second: an answer from the shelf asks no database."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from kit.postgres import Pool
from kit.service import Runtime
from services.indicators.release import store
from services.indicators.release.store import Published

SECONDS: Final = 1.0
MOST_NAMED: Final = 64


@dataclass
class Known:
    """What one process knows of the releases. A release never changes, so that a named one is asked for once."""

    clock: Callable[[], float] = time.monotonic
    newest: Published | None = None
    until: float = 0.0
    named: OrderedDict[str, Published] = field(default_factory=OrderedDict)


async def newest(runtime: Runtime, pool: Pool) -> Published | None:
    """The newest release; None before the first. While one reader looks again, the others get the one before."""
    known = _known(runtime)
    if known.newest is None or known.clock() >= known.until:
        known.until = known.clock() + SECONDS
        known.newest = await store.newest(pool)
    return known.newest


async def named(runtime: Runtime, pool: Pool, number: str) -> Published | None:
    """A release by its number."""
    known = _known(runtime)
    found = known.named.get(number) or await store.named(pool, number)
    if found is not None:
        known.named[number] = found
        known.named.move_to_end(number)
        while len(known.named) > MOST_NAMED:
            known.named.popitem(last=False)
    return found


def forget(runtime: Runtime) -> None:
    """This process published: it shows the new release at once, others within a second."""
    _known(runtime).until = 0.0


def _known(runtime: Runtime) -> Known:
    found: Known = runtime.state.setdefault("releases", Known())
    return found
