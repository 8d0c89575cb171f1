"""A CSV on its way from PostgreSQL to DuckDB: in memory where the system has memory files, else in a file that only we can read.

Measured for 45,000 lines (2 cores): 0.11 s by CSV, 18 s by `executemany`. Neither pyarrow nor pandas is needed.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self


class Spool:
    """A place for one CSV; `path` is what DuckDB opens. Closed, its contents are gone."""

    def __init__(self) -> None:
        if hasattr(os, "memfd_create"):
            self._fd, self._named = os.memfd_create("macs-replica"), None
            self.path = f"/proc/self/fd/{self._fd}"
        else:
            self._fd, self._named = tempfile.mkstemp(prefix="macs-replica-")
            self.path = self._named
        self.bytes = 0

    async def write(self, data: bytes) -> None:
        """What asyncpg's COPY calls with each piece."""
        view = memoryview(data)
        while view:
            written = os.write(self._fd, view)
            self.bytes += written
            view = view[written:]

    def empty(self) -> None:
        """Ready for other rows."""
        os.lseek(self._fd, 0, os.SEEK_SET)
        os.ftruncate(self._fd, 0)
        self.bytes = 0

    def close(self) -> None:
        os.close(self._fd)
        if self._named:
            Path(self._named).unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
