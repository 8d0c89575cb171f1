"""One part of a run: a program that is started, watched, restarted and stopped."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

LARGEST_LOG: Final = 20 * 1024 * 1024
BACK_OFF_S: Final = (0.0, 0.25, 0.5, 1.0, 2.0, 5.0)
STEADY_S: Final = 30.0
"""A part that lived so long is restarted without delay again."""
PROBE_PACE_S: Final = 0.3
"""A process that is starting has better things to do than to answer."""
_PR_SET_PDEATHSIG: Final = 1
_PROBE_S: Final = 0.5


@dataclass
class Part:
    """`probe` is tcp://host:port, unix:///path, an http URL that answers 200, or "" (ready when running; a task when it ended well)."""

    name: str
    command: list[str]
    log: str
    environment: dict[str, str] = field(default_factory=dict)
    user: list[int] | None = None
    after: list[str] = field(default_factory=list)
    stands_on: list[str] = field(default_factory=list)
    probe: str = ""
    task: bool = False
    stop_signal: int = signal.SIGTERM
    grace_s: float = 15.0

    def __post_init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._begun = 0.0
        self._next_start = 0.0
        self._next_probe = 0.0
        self._failures = 0
        self.restarts = 0
        self.ready = False
        self.exit_status: int | None = None

    @classmethod
    def read(cls, value: dict[str, Any]) -> Part:
        return cls(**value)

    def written(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def running(self) -> bool:
        return self._process is not None

    def report(self) -> dict[str, Any]:
        pid = self._process.pid if self._process else None
        return {"pid": pid, "ready": self.ready, "restarts": self.restarts, "exit": self.exit_status, "task": self.task, "log": self.log}

    def look(self, startable: bool) -> None:
        """One step of its life: notice an end, start again when it is time, notice readiness."""
        if self._process and self._process.poll() is not None:
            self._ended(self._process.returncode)
        done = self.task and self.ready
        if not self._process and not done and startable and time.monotonic() >= self._next_start:
            self._start()
        elif self._process and not self.ready and not self.task and time.monotonic() >= self._next_probe:
            self._next_probe = time.monotonic() + PROBE_PACE_S
            self.ready = answers(self.probe)

    def _start(self) -> None:
        Path(self.log).parent.mkdir(exist_ok=True)
        uid, gid = self.user or (None, None)
        with Path(self.log).open("ab") as log:
            try:
                self._process = subprocess.Popen(
                    self.command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
                    start_new_session=True, preexec_fn=self._end_with_parent, user=uid, group=gid, extra_groups=[] if self.user else None,  # noqa: PLW1509 (one thread)
                )  # fmt: skip
            except OSError as error:
                log.write(f"supervisor: {self.command[0]}: {error}\n".encode())
                self._ended(127)
                return
        self._begun = time.monotonic()
        self.exit_status = None

    def _end_with_parent(self) -> None:
        """A supervisor that is killed leaves no orphans behind that would hold ports and files."""
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, self.stop_signal)

    def _ended(self, status: int) -> None:
        lived = time.monotonic() - self._begun if self._process else 0.0
        self._process = None
        self.exit_status = status
        self.ready = self.task and status == 0
        if self.ready:
            return
        self._failures = 1 if lived > STEADY_S else self._failures + 1
        self._next_start = time.monotonic() + BACK_OFF_S[min(self._failures, len(BACK_OFF_S)) - 1]
        self.restarts += 1

    def ask_to_stop(self) -> None:
        if self._process:
            self._process.send_signal(self.stop_signal)

    def wait_stopped(self) -> None:
        """Until it ended; killed with all its children when it takes longer than its grace."""
        if not self._process:
            return
        try:
            self.exit_status = self._process.wait(self.grace_s)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self.exit_status = self._process.wait()
        self._process = None
        self.ready = False

    def bound_log(self) -> None:
        """Keep at most two files of the largest size. The program appends, so cutting the file under it is safe."""
        log = Path(self.log)
        if log.exists() and log.stat().st_size > LARGEST_LOG:
            shutil.copyfile(log, log.with_suffix(".log.1"))
            os.truncate(log, 0)


def answers(probe: str) -> bool:
    """Whether a part can be used. Never waits longer than half a second."""
    where = urlsplit(probe)
    if where.scheme == "http":
        return _is_ok(where.netloc, where.path)
    if where.scheme == "unix":
        return _connects(socket.AF_UNIX, where.path)
    if where.scheme == "tcp":
        return _connects(socket.AF_INET, (where.hostname, where.port))
    return True


def _is_ok(netloc: str, path: str) -> bool:
    connection = HTTPConnection(netloc, timeout=_PROBE_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _connects(family: int, address: Any) -> bool:
    with socket.socket(family) as probe:
        probe.settimeout(_PROBE_S)
        try:
            return probe.connect_ex(address) == 0
        except OSError:
            return False
