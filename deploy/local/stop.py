"""Takes a run down: asks its supervisor, and cleans up after one that was killed."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Final

from deploy.local.folder import RunFolder, read_json
from deploy.local.start import parts_of, wait_until

PATIENCE_S: Final = 90.0


def down(folder: RunFolder) -> bool:
    """True when something was running and is not any more."""
    if not folder.running():
        return _clear_orphans(folder)
    wait_until(folder.state.exists, 5)  # a supervisor that starts at this moment
    supervisor = int((read_json(folder.state) or {})["supervisor"])
    for sign, patience_s in ((signal.SIGTERM, PATIENCE_S), (signal.SIGKILL, 5.0)):
        with suppress(ProcessLookupError):
            os.kill(supervisor, sign)
        if wait_until(lambda: not folder.running(), patience_s):
            break
    _clear_orphans(folder)
    return True


def _clear_orphans(folder: RunFolder) -> bool:
    """Parts that outlived their supervisor. Recognised by the run's path on their command line or in their environment, never by pid alone."""
    found = [pid for part in parts_of(folder).values() if (pid := part["pid"]) and _is_ours(pid, folder)]
    for pid in found:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
    return bool(found)


def _is_ours(pid: int, folder: RunFolder) -> bool:
    marks = [os.fsencode(folder.path), os.fsencode(folder.data.resolve())]
    with suppress(OSError):
        said = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
        return any(mark in said for mark in marks)
    return False
