"""How a process that has come up collects its garbage: rarely, and never again among what it holds for good."""

from __future__ import annotations

import gc


def collect_rarely() -> None:
    """What lives now is looked at no more; the rest after 50,000 new objects, not 700."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
