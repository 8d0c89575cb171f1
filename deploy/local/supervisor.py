"""Keeps the parts of a run alive: starts them in order, restarts what dies, stops them in the reverse order.

Standard library only and no threads: it is there as long as the run, and costs about ten megabytes.
What to run is read once from the plan; what happens is written to the run's state file at each change.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import Any, Final

from deploy.local.folder import RunFolder, read_json, try_lock, write_json
from deploy.local.part import Part

PACE_S: Final = 0.1
"""Between two looks while something is starting; otherwise a look a second, or at once when a child ends."""
CALM_S: Final = 1.0
LOOK_AT_LOGS_S: Final = 10.0


class Supervisor:
    """One run's parts and their life."""

    def __init__(self, run: RunFolder, plan: dict[str, Any]) -> None:
        self._run = run
        self._parts = [Part.read(each) for each in plan["parts"]]
        self._lives_with: int | None = plan.get("lives_with")
        self._stopping = False
        self._said: object = None
        self._logs_seen = 0.0

    def stop(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._stopping = True

    def live(self, wake: int) -> None:
        """Until a signal to stop. `wake` is readable when a signal came."""
        while not self._stopping and self._is_wanted():
            busy = self._look()
            self._report("running")
            select.select([wake], [], [], PACE_S if busy else CALM_S)
            with contextlib.suppress(BlockingIOError):
                os.read(wake, 4096)
        self._stop_all()

    def _is_wanted(self) -> bool:
        return self._lives_with is None or Path(f"/proc/{self._lives_with}").exists()

    def _look(self) -> bool:
        """One look at every part; True while something is on its way."""
        ready = {part.name for part in self._parts if part.ready}
        for part in self._parts:
            part.look(startable=ready.issuperset(part.after))
        if time.monotonic() - self._logs_seen > LOOK_AT_LOGS_S:
            self._logs_seen = time.monotonic()
            for part in self._parts:
                part.bound_log()
        return not all(part.ready for part in self._parts)

    def _stop_all(self) -> None:
        """Those that others stand on last: services, then what carries them."""
        left = [part for part in self._parts if part.running]
        while left:
            needed = {name for part in left for name in part.stands_on}
            now = [part for part in left if part.name not in needed] or left
            self._stop(now)
            left = [part for part in left if part not in now]
        self._report("stopped")

    def _stop(self, parts: Iterable[Part]) -> None:
        for part in parts:
            part.ask_to_stop()
        for part in parts:
            part.wait_stopped()
            self._report("stopping")

    def _report(self, phase: str) -> None:
        said = {"supervisor": os.getpid(), "phase": phase, "parts": {part.name: part.report() for part in self._parts}}
        if said != self._said:
            self._said = said
            write_json(self._run.state, said)


def main() -> None:
    """`python -m deploy.local.supervisor RUN` returns at once; the supervisor lives on in a session of its own."""
    run = RunFolder(Path(sys.argv[1]))
    lock = os.open(run.lock, os.O_RDWR | os.O_CREAT)  # held until the supervisor ends, however it ends
    if not try_lock(lock):
        sys.exit("a supervisor holds this run already")
    if os.fork():
        os._exit(0)
    os.setsid()
    supervisor = Supervisor(run, read_json(run.plan))
    wake, woken = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, supervisor.stop)
    supervisor.live(wake)


if __name__ == "__main__":
    main()
