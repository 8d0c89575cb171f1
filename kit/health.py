"""Is the process alive, and can it do its work? Each part gives its reasons; the answer is their sum."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Check = Callable[[], str | None]
"""None when all is well, else the reason in a few words."""


@dataclass
class Health:
    """Checks are asked when somebody asks. `lag` is in records per topic."""

    _ready: dict[str, Check] = field(default_factory=dict)
    _live: dict[str, Check] = field(default_factory=dict)
    lag: dict[str, int] = field(default_factory=dict)

    def ready_when(self, name: str, check: Check) -> None:
        """Add or replace a condition of readiness."""
        self._ready[name] = check

    def live_when(self, name: str, check: Check) -> None:
        """Add or replace a condition of life: the supervisor ends a process for which it fails."""
        self._live[name] = check

    def forget(self, name: str) -> None:
        self._ready.pop(name, None)
        self._live.pop(name, None)

    def readiness(self) -> dict[str, Any]:
        """`{ready, reasons, lag}` as `/health/ready` answers it."""
        reasons = _reasons(self._ready)
        return {"ready": not reasons, "reasons": reasons, "lag": sum(self.lag.values()), "lag_by_topic": dict(self.lag)}

    def liveness(self) -> dict[str, Any]:
        reasons = _reasons(self._live)
        return {"live": not reasons, "reasons": reasons}


def _reasons(checks: dict[str, Check]) -> list[str]:
    return [f"{name}: {reason}" for name, check in sorted(checks.items()) if (reason := check())]
