"""How many requests a key may make: enough for any honest program, and an answer that says when to come back."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final

from fastapi import Depends, Request

from kit.problems import Problem
from kit.service import Runtime
from kit.web.request import CallerDep, RuntimeDep

PER_SECOND: Final = 50.0
BURST: Final = 3_000.0
"""Requests that may come at once after a pause: 200 programs that start together, several times over."""
_MOST_KEYS: Final = 10_000
_STATE: Final = "throttle"


class Throttle:
    """A bucket for each caller in this process: it holds `burst` requests and fills by `per_second`."""

    def __init__(self, per_second: float = PER_SECOND, burst: float = BURST, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_second = per_second
        self._burst = burst
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait_of(self, caller: str) -> float:
        """Take one request out of the caller's bucket. Seconds to wait when it is empty, else 0."""
        now = self._clock()
        left, at = self._buckets.get(caller, (self._burst, now))
        left = min(self._burst, left + (now - at) * self.per_second)
        if left < 1:
            self._buckets[caller] = left, now
            return (1 - left) / self.per_second
        if len(self._buckets) >= _MOST_KEYS and caller not in self._buckets:
            self._buckets.clear()  # whoever had an empty one gets a full one: better than a memory that grows
        self._buckets[caller] = left - 1, now
        return 0.0


async def throttled(request: Request, runtime: RuntimeDep, caller: CallerDep) -> None:
    """A dependency of API routes. Raises a 429 problem with `Retry-After`."""
    throttle = of(runtime)
    wait = throttle.wait_of(caller.id if caller.signed_in else f"from {request.client.host if request.client else ''}")
    if wait:
        seconds = max(1, math.ceil(wait))
        raise Problem(
            429, "TOO_FAST", "Trop de demandes à la fois",
            f"Réessayez dans {seconds} seconde{'s' if seconds > 1 else ''} ; la limite est de {throttle.per_second:.0f} demandes par seconde et par clé.",
            headers={"Retry-After": str(seconds)},
        )  # fmt: skip


def of(runtime: Runtime) -> Throttle:
    """This process's throttle, made when it is first asked for."""
    found: Throttle = runtime.state.setdefault(_STATE, Throttle())
    return found


Throttled: Final = Depends(throttled)
