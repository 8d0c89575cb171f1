"""What the steps of one load share: the run, the callers, the progress."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from demo.platform import Platform, wait_until
from demo.run_folder import RunFolder


@dataclass
class Load:
    """One load of one run."""

    run: RunFolder
    operator: Platform
    today: date
    begun: float = field(default_factory=time.monotonic)

    def say(self, text: str) -> None:
        seconds = f"{time.monotonic() - self.begun:.1f} s".replace(".", ",")
        print(f"  {text}  ({seconds})", file=sys.stderr, flush=True)

    def caller(self, key: str) -> Platform:
        return self.operator.as_caller(self.run.own_key(key))


def wait_until_known(caller: Platform) -> None:
    """Keys reach ingest through the topic, a moment after directory took them."""
    wait_until(partial(caller.is_known, "/api/v1/contracts?limit=1"), 60, "ingest knows the new keys")
