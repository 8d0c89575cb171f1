"""Servers of a test on two addresses of this machine: one stands for the world, the other for what must not be reached."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from kit.outgoing import Fetcher, refusal

PUBLIC, PRIVATE = "127.0.0.2", "127.0.0.1"
"""In these tests the first stands for an address of the public internet; every other one is judged as in earnest."""
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter, "Server"], Awaitable[None]]


@dataclass
class Server:
    """A real server on both addresses and one port; it counts who came and what was sent."""

    port: int
    hits: dict[str, int] = field(default_factory=lambda: {PUBLIC: 0, PRIVATE: 0})
    sent: int = 0

    def fetcher(self, resolver: Callable[[str, int], Awaitable[Sequence[str]]] | None = None, **kept: object) -> Fetcher:
        async def by_name(host: str, _port: int) -> Sequence[str]:
            return [PUBLIC] if host.endswith(".test") else [host]

        return Fetcher(
            judge=lambda address: None if address == PUBLIC else refusal(address), resolver=resolver or by_name, ports=frozenset({80, 443, self.port}),
            **kept,  # type: ignore[arg-type]
        )  # fmt: skip

    @property
    def url(self) -> str:
        return f"http://agenda.test:{self.port}/a.ics"


@asynccontextmanager
async def serving(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    found = Server(0)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.hits[writer.get_extra_info("sockname")[0]] += 1
        try:
            await reader.readuntil(b"\r\n\r\n")
            await answer(reader, writer, found)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    public = await asyncio.start_server(handle, PUBLIC, 0, ssl=tls)
    found.port = public.sockets[0].getsockname()[1]
    private = await asyncio.start_server(handle, PRIVATE, found.port, ssl=tls)
    try:
        yield found
    finally:
        for server in (public, private):
            server.close()


def says(head: str, body: bytes = b"") -> Answer:
    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _server: Server) -> None:
        writer.write(f"HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()

    return answer
