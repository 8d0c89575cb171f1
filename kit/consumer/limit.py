"""When to stop: a broken deployment must not drain a topic into the dead letters."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

IN_A_ROW: Final = 20
WINDOW: Final = 1_000
IN_WINDOW: Final = 50
"""5 % of the last 1,000 records."""


class DeadLetterLimit:
    """Counts what became of a reader's records in their order."""

    def __init__(self) -> None:
        self._seen = 0
        self._row = 0
        self._dead_at: deque[int] = deque()

    def reset(self) -> None:
        """Begin again, when an operator resumes the reader."""
        self.__init__()  # type: ignore[misc]  # the state is exactly that of a new one

    def trip(self, size: int, dead: Iterable[int]) -> int | None:
        """Index of the first record of the batch at which the limit is reached, given the indexes of its dead ones in order; counts nothing."""
        return self._walk(size, dead)[0]

    def count(self, size: int, dead: Iterable[int]) -> None:
        """Take a committed batch of `size` records into account."""
        _, self._row, self._dead_at = self._walk(size, dead)
        self._seen += size

    def _walk(self, size: int, dead: Iterable[int]) -> tuple[int | None, int, deque[int]]:
        row, window, last, tripped = self._row, self._dead_at.copy(), -1, None
        for index in dead:
            row = row + 1 if index == last + 1 else 1
            last = index
            window.append(self._seen + index)
            _forget_before(window, self._seen + index - WINDOW)
            if tripped is None and (row >= IN_A_ROW or len(window) >= IN_WINDOW):
                tripped = index
        if last != size - 1:
            row = 0
        _forget_before(window, self._seen + size - 1 - WINDOW)
        return tripped, row, window


def _forget_before(window: deque[int], place: int) -> None:
    while window and window[0] <= place:
        window.popleft()
