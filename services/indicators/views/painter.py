"""Vega-Lite specification → SVG, and SVG → PNG, in a process of its own: the renderer holds 100 MB and the processor for 50 ms."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO, Final

from kit.telemetry import span

ROOT: Final = Path(__file__).parents[3]
FONTS: Final = ROOT / "kit" / "documents" / "fonts"
SECONDS: Final = 60.0
"""Of a drawing, the start of the renderer included: seconds on a busy machine."""
_SIZE: Final = struct.Struct("!BI")
_GOOD: Final = 0


class NotPainted(RuntimeError):
    """The renderer refused the specification, died or took too long. The text is its own."""


class Painter:
    """One renderer, started with the first picture (or by `warm`) and again after it died."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._lock = asyncio.Lock()

    async def svg(self, spec: dict[str, Any]) -> str:
        """Raises NotPainted."""
        with span("paint", form="svg"):
            return (await self._ask({"spec": spec})).decode()

    async def png(self, svg: str, *, scale: float = 2.0) -> bytes:
        """Raises NotPainted."""
        with span("paint", form="png"):
            return await self._ask({"svg": svg, "scale": scale})

    async def warm(self) -> None:
        """Start the renderer and draw once, so that the first reader does not wait a second."""
        await self.svg(_SMALLEST)

    async def close(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()

    async def _ask(self, task: dict[str, Any]) -> bytes:
        async with self._lock:
            try:
                async with asyncio.timeout(SECONDS):
                    return await self._exchange(json.dumps(task).encode())
            except TimeoutError:
                await self.close()
                raise NotPainted(f"no picture after {SECONDS:g} s") from None
            except (asyncio.IncompleteReadError, ConnectionError):
                await self.close()
                raise NotPainted("the renderer stopped") from None
            except asyncio.CancelledError:
                await self.close()  # its answer would be taken for the next one's
                raise

    async def _exchange(self, task: bytes) -> bytes:
        process = self._process
        if process is None or process.returncode is not None:
            process = self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", __name__, env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
        if process.stdin is None or process.stdout is None:
            raise NotPainted("the renderer has no pipes")
        process.stdin.write(_SIZE.pack(_GOOD, len(task)) + task)
        await process.stdin.drain()
        state, size = _SIZE.unpack(await process.stdout.readexactly(_SIZE.size))
        found = await process.stdout.readexactly(size)
        if state != _GOOD:
            raise NotPainted(found.decode(errors="replace")[:2_000])
        return found


_SMALLEST: Final[dict[str, Any]] = {
    "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
    "data": {"values": [{"a": "x", "b": 1}]},
    "mark": "bar",
    "encoding": {"x": {"field": "a", "type": "nominal"}, "y": {"field": "b", "type": "quantitative"}},
}


def paint(task: dict[str, Any]) -> bytes:
    """One task, in this process. Specifications may load nothing from outside."""
    import vl_convert  # only here: the service must not carry it

    if "svg" in task:
        png: bytes = vl_convert.svg_to_png(task["svg"], scale=task["scale"])
        return png
    svg: str = vl_convert.vegalite_to_svg(task["spec"], format_locale="fr-FR", time_format_locale="fr-FR", allowed_base_urls=[])
    return svg.encode()


def main() -> None:
    """Tasks on standard input, pictures on standard output, until the asker is gone."""
    import vl_convert

    vl_convert.register_font_directory(str(FONTS))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while len(head := source.read(_SIZE.size)) == _SIZE.size:
        task = json.loads(source.read(_SIZE.unpack(head)[1]))
        try:
            _answer(sink, _GOOD, paint(task))
        except Exception as error:  # noqa: BLE001  whatever it is, the asker gets its words
            _answer(sink, 1, str(error).encode())


def _answer(sink: BinaryIO, state: int, body: bytes) -> None:
    sink.write(_SIZE.pack(state, len(body)) + body)
    sink.flush()


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        main()
