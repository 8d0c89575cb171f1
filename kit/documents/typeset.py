"""PDF from a typst template and its data, in a process of its own: typst keeps fonts and pages in memory, a service must not."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from kit.documents import press
from kit.telemetry import span

SECONDS: Final = 60.0

_running = asyncio.Semaphore(2)


class NotTypeset(RuntimeError):
    """typst refused the template or took too long. The text is typst's own."""


async def pdf(template: Path, data: Mapping[str, Any], *, seconds: float = SECONDS) -> bytes:
    """The bytes of a tagged PDF.

    `template` lies below the project's root and begins with `#import "/kit/documents/page.typ": *`; there `data` is the mapping (JSON
    values only; a picture is SVG text, shown with `picture(svg, alt)`). Raises NotTypeset.
    """
    task = {"template": str(template), "data": json.dumps(data, ensure_ascii=False, default=str)}
    with span("typeset", template=template.name):
        async with _running:
            return await _in_a_process(json.dumps(task).encode(), seconds)


async def _in_a_process(task: bytes, seconds: float) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", press.__name__, env={**os.environ, "PYTHONPATH": str(press.ROOT)},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(seconds):
            found, complaint = await process.communicate(task)
    except TimeoutError:
        raise NotTypeset(f"no document after {seconds:g} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise NotTypeset(complaint.decode(errors="replace")[-2_000:])
    return found
