"""Notices an event loop that no longer turns: says where it stands, and ends the process when it does not come back."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import os
import sys
import threading
import time
from typing import Final

log = logging.getLogger(__name__)

TELL_AFTER_S: Final = 5.0
END_AFTER_S: Final = 60.0
_BEAT_S: Final = 1.0
EXIT: Final = 70


class Watchdog:
    """A beat in the loop, a thread that listens for it. The supervisor starts an ended process again."""

    def __init__(self, *, tell_after_s: float = TELL_AFTER_S, end_after_s: float = END_AFTER_S) -> None:
        self._tell_after = tell_after_s
        self._end_after = end_after_s
        self._beat_at = time.monotonic()
        self._over = threading.Event()
        self.barked = 0

    async def run(self) -> None:
        """Beat until cancelled."""
        threading.Thread(target=self._listen, name="watchdog", daemon=True).start()
        try:
            while True:
                self._beat_at = time.monotonic()
                await asyncio.sleep(_BEAT_S)
        finally:
            self._over.set()

    def _listen(self) -> None:
        told = False
        looked_at = time.monotonic()
        while not self._over.wait(_BEAT_S):
            now = time.monotonic()
            if now - looked_at > 3 * _BEAT_S:  # the whole process stood still (SIGSTOP, a suspended machine): give the loop its chance
                self._beat_at = now
            looked_at = now
            silent = now - self._beat_at
            if silent < self._tell_after:
                told = False
            elif not told:
                told = True
                self._bark(silent)
            if silent > self._end_after:
                log.critical("the event loop does not come back: ending", extra={"silent_s": round(silent)})
                os._exit(EXIT)

    def _bark(self, silent: float) -> None:
        self.barked += 1
        log.error("the event loop is blocked", extra={"silent_s": round(silent, 1)})
        faulthandler.dump_traceback(file=sys.__stderr__ or sys.stderr, all_threads=True)
