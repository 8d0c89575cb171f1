"""Read a calendar file in a process of its own, with a limit on time and memory: a rule that repeats every second for ever ends there."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final

from services.events.rules.busy_times import Block, NotACalendar, busy

ROOT: Final = Path(__file__).parents[2]
MEMORY: Final = 768 * 1024 * 1024
CPU_S: Final = 8
TOO_MUCH: Final = "Cet agenda est trop long à lire : ses répétitions sont trop nombreuses."
_running = asyncio.Semaphore(2)


async def read(body: bytes, starts_on: date, ends_on: date, seconds: float) -> list[Block]:
    """Its busy times in [starts_on, ends_on]. Raises NotACalendar, also when reading takes too long or too much."""
    try:
        async with asyncio.timeout(seconds), _running:
            return await _read(body, starts_on, ends_on)
    except TimeoutError:
        raise NotACalendar(TOO_MUCH) from None


async def _read(body: bytes, starts_on: date, ends_on: date) -> list[Block]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", __name__, starts_on.isoformat(), ends_on.isoformat(), env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        found, _ = await process.communicate(body)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise NotACalendar(TOO_MUCH)
    answer = json.loads(found)
    if "error" in answer:
        raise NotACalendar(answer["error"])
    return [Block(datetime.fromisoformat(starts), datetime.fromisoformat(ends), if_needed) for starts, ends, if_needed in answer["blocks"]]


def main(arguments: Sequence[str]) -> None:
    """Reads the file on standard input, writes its busy times on standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    starts_on, ends_on = (date.fromisoformat(text) for text in arguments)
    try:
        blocks = busy(sys.stdin.buffer.read(), starts_on, ends_on)
        found: dict[str, object] = {"blocks": [[b.starts_at.isoformat(), b.ends_at.isoformat(), b.if_needed] for b in blocks]}
    except NotACalendar as error:
        found = {"error": str(error)}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
