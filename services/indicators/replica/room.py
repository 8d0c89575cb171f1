"""How much memory the replica may take of the machine that it runs on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

LEAST, MOST = 1_000_000_000, 4_000_000_000
"""Bytes. The least is several times what a region's ten years take; ten million lines need more."""
_SHARE: Final = 8
_CONTAINER: Final = Path("/sys/fs/cgroup/memory.max")


def memory_limit(there: int) -> str:
    """An eighth of the memory that is there (bytes), within bounds, as DuckDB writes it. What does not fit fails alone; this protects the rest."""
    return f"{min(max(there // _SHARE, LEAST), MOST) // 1_000_000}MB"


def of_machine(container: Path = _CONTAINER) -> int:
    """Bytes of memory here; a container's own limit where it has one (cgroup v2)."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    text = container.read_text().strip() if container.is_file() else "max"
    return min(machine, int(text)) if text.isascii() and text.isdigit() else machine
