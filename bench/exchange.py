"""One kept-alive HTTP/1.1 connection that costs next to nothing: 200 of them must not be what is measured."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Answered:
    status: int
    seconds: float
    body: bytes


class Exchange:
    """Asks one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, host: str, port: int) -> Exchange:
        return cls(*await asyncio.open_connection(host, port))

    async def ask(self, request: bytes) -> Answered:
        """Send a request as it stands; its answer with a length or in chunks."""
        begun = time.perf_counter()
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        headers = dict(line.lower().split(b": ", 1) for line in lines[1:] if b": " in line)
        if headers.get(b"transfer-encoding") == b"chunked":
            body = await self._chunks()
        else:
            body = await self._reader.readexactly(int(headers.get(b"content-length", b"0")))
        return Answered(int(lines[0].split()[1]), time.perf_counter() - begun, body)

    async def _chunks(self) -> bytes:
        parts = []
        while length := int(await self._reader.readline(), 16):
            parts.append(await self._reader.readexactly(length))
            await self._reader.readexactly(2)
        await self._reader.readline()
        return b"".join(parts)

    def close(self) -> None:
        self._writer.close()
