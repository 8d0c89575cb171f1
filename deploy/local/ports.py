"""Ports of a local run: below 32768, where no client's source port can take them while a part restarts."""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

LOOPBACK: Final = "127.0.0.1"
GATEWAY: Final = 8080
FIRST: Final = 20000
LAST: Final = 32767


class NoPort(Exception):
    """Every port that could be used is taken."""


def is_free(port: int) -> bool:
    """Nobody listens. A connection of the last run that still lingers does not count, as it would not for the server."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def is_open(port: int, host: str = LOOPBACK, timeout: float = 0.3) -> bool:
    """Somebody accepts connections."""
    with socket.socket() as probe:
        probe.settimeout(timeout)
        return probe.connect_ex((host, port)) == 0


def gateway(wanted: int | None = None) -> int:
    """The port asked for, or 8080, or the next free one above. Raises NoPort when the one asked for is taken."""
    if wanted is not None:
        if not is_free(wanted):
            raise NoPort(f"le port {wanted} est déjà pris")
        return wanted
    return next(port for port in _free(range(GATEWAY, FIRST)) if _claimed(port))


def _claimed(port: int) -> bool:
    """Whether the port is this process's to give away. Two runs started together would both find it free, and the gateway shares its
    port with whoever asks (SO_REUSEPORT): requests would then reach either. The claim lasts as long as the process that brings the run up.
    """
    try:
        claim = os.open(Path(tempfile.gettempdir()) / f"macs-port-{port}.lock", os.O_RDWR | os.O_CREAT, 0o666)
    except PermissionError:  # another user's file: nothing to be learnt from it
        return True
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(claim)
        return False
    return True


def some(count: int, taken: Iterable[int] = ()) -> list[int]:
    """Free ports at a random place, so that two runs started together hardly ever want the same."""
    avoid = set(taken)
    start = random.randrange(FIRST, LAST - 4 * count)  # noqa: S311 (no secret)
    found = _free(port for port in (*range(start, LAST + 1), *range(FIRST, start)) if port not in avoid)
    return [next(found) for _ in range(count)]


def _free(candidates: Iterable[int]) -> Iterator[int]:
    for port in candidates:
        if is_free(port):
            yield port
    raise NoPort("aucun port libre au-dessous de 32768")
