"""The check of a long filing by two processes at once: most of what is said of a line is said of it alone.

The second process is given the later lines. Where its lines and the first ones have to be seen together (the same line twice, a person's
month that both add to), everything is checked again in one process: the outcome is the same, only later.
"""

from __future__ import annotations

import logging
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Final, Self, cast

from services.ingest.packed import packed, unpacked
from services.ingest.rules.cumulated import FIELD
from services.ingest.rules.declared import Checked, Known, RawLine
from services.ingest.rules.lines import Examined, check, concluded, examined

log = logging.getLogger(__name__)

LONG: Final = 10_000
"""Lines from which the second process, which takes 0.4 s of processor to start, is worth it."""
LARGE: Final = 500_000
"""Bytes of a file from which `prepare` starts the second process while the file is read."""
_SHARE_OF_FIRST: Final = {True: 0.5, False: 0.56}
"""Of the lines, by whether the second process was prepared: whoever starts later is given less."""
_IDLE_S: Final = 15.0
"""How long a prepared process waits for lines."""
_ROOT: Final = Path(__file__).parents[2]
_COMMAND: Final = (sys.executable, "-P", "-m", "services.ingest.by_two")
_DEADLINE_S: Final = 120.0
_ALONE: Final = threading.Lock()
"""One second process at a time: two long checks have the two processors already."""


def check_long(lines: Sequence[RawLine], known: Known) -> Checked:
    """What `check` says of these lines, for a long filing in two thirds of the time where a second processor is there."""
    if len(lines) < LONG or not _can_be_parted(lines):
        return check(lines, known)
    second = _PREPARED.taken() or Second.start()
    if second is None:
        return check(lines, known)
    with second:
        return in_two(lines, known, int(len(lines) * _SHARE_OF_FIRST[second.prepared]), second) or check(lines, known)


def prepare(size: int) -> None:
    """A file of so many bytes is about to be read: the second process gets ready for its lines meanwhile."""
    if size >= LARGE:
        _PREPARED.get_ready()


def _can_be_parted(lines: Iterable[RawLine]) -> bool:
    """Cumulated hours are differences from line to line; a contract's name is a text wherever the lines are of a file."""
    return all(type(line.values.get("contract", "")) is str and not line.values.get(FIELD) for line in lines)


def in_two(lines: Sequence[RawLine], known: Known, first: int, second: Second) -> Checked | None:
    """The check with the lines from `first` on examined by the second process; None where that cannot be, or has failed."""
    named = dict.fromkeys(str(line.values.get("contract", "")).strip() for line in lines[:first])
    later = {str(line.values.get("contract", "")).strip() for line in lines[first:]}
    contracts = {name: known.contract_of(name) for name in (*named, *later)}
    told = replace(known, contract_of=contracts.get, declared_before={})
    second.give((list(map(_plain, lines[first:])), told, list(named)))
    one = examined(lines[:first], known)
    other = second.answer()
    whole = one.joined(other) if other else None
    return concluded(whole, lines) if whole else None


def _plain(line: RawLine) -> tuple[object, ...]:
    return line.line, line.values, line.columns, line.given


def _processors() -> int:
    return len(os.sched_getaffinity(0))


class Second:
    """The second process, waiting for its lines. Leaving the context ends it."""

    @classmethod
    def start(cls, *, prepared: bool = False) -> Second | None:
        """None where there is one already, no second processor for it, or no room for a process."""
        if _processors() < 2 or not _ALONE.acquire(blocking=False):
            return None
        environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
        try:
            process = subprocess.Popen(_COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
        except OSError as error:
            _ALONE.release()
            log.warning("no second process", extra={"error": f"{type(error).__name__}: {error}"})
            return None
        return cls(process, prepared=prepared)

    def __init__(self, process: subprocess.Popen[bytes], *, prepared: bool) -> None:
        """Whoever makes one holds `_ALONE`."""
        self.prepared = prepared
        self._process = process
        self._deadline: threading.Timer | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._process.kill()
        with self._process:  # closes the pipes and waits
            _ALONE.release()

    def give(self, task: object) -> None:
        """Lines and what is known; they are written beside what this process does meanwhile."""
        self._deadline = _later(_DEADLINE_S, self._process.kill)
        stdin = cast("IO[bytes]", self._process.stdin)
        threading.Thread(target=_write, args=(stdin, task), name="by-two", daemon=True).start()

    def answer(self) -> Examined | None:
        stdout = cast("IO[bytes]", self._process.stdout)
        try:
            found = unpacked(stdout.read())
        except (EOFError, pickle.UnpicklingError):
            log.warning("a second process ended without its answer; its lines are checked here")
            return None
        return found


class _Prepared:
    """A second process that waits for the file that is being read, for as long as it takes to read one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._second: Second | None = None
        self._unwanted: threading.Timer | None = None

    def get_ready(self) -> None:
        with self._lock:
            if self._second is None and (found := Second.start(prepared=True)) is not None:
                self._second = found
                self._unwanted = _later(_IDLE_S, self._end)

    def taken(self) -> Second | None:
        with self._lock:
            found, self._second = self._second, None
            if self._unwanted is not None:
                self._unwanted.cancel()
            return found

    def _end(self) -> None:
        """The file had few lines, or none."""
        unwanted = self.taken()
        if unwanted is not None:
            with unwanted:
                pass


_PREPARED: Final = _Prepared()


def _later(seconds: float, act: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()
    return timer


def _write(stdin: IO[bytes], task: object) -> None:
    try:
        stdin.write(pickle.dumps(task, pickle.HIGHEST_PROTOCOL))
        stdin.close()
    except (OSError, ValueError) as error:  # it has ended: its answer will be missing
        log.info("a second process does not listen", extra={"error": str(error)})


def main() -> None:
    """Standard input has the lines, what is known and the contracts named before; standard output gets what was found."""
    from kit import garbage

    garbage.collect_rarely()
    lines, known, named = pickle.load(sys.stdin.buffer)  # noqa: S301  from the process that started this one
    found = examined([RawLine(*line) for line in lines], known, named)
    sys.stdout.buffer.write(packed(found))
    sys.stdout.buffer.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
