"""Rendered answers of the public face, kept by release and address: the second reader waits for no query, template or chart."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Final

from fastapi import Request
from fastapi.responses import Response

MOST_BYTES: Final = 48 * 1024 * 1024
LARGEST: Final = 1024 * 1024
"""What is larger is kept packed, and sent so to who can unpack it: the tables of a region's ten years are of that kind."""
LARGEST_PACKED: Final = 4 * 1024 * 1024
"""What is larger even so is made again each time: one file must not push all pages out."""
PUBLIC: Final = "public, max-age=60"
ANYWHERE: Final = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
"""Figures and charts may be read from other sites."""


@dataclass(frozen=True)
class Kept:
    """An answer's bytes and headers. `until` (monotonic seconds) ends the life of a page that says more than the release."""

    body: bytes
    media_type: str
    headers: tuple[tuple[str, str], ...] = ()
    until: float | None = None
    packed: bool = False
    """The body is compressed (gzip). `etag` is that of the whole body, taken before."""

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:24]}"'


@dataclass
class Shelf:
    """Least recently read goes first. One maker a key: others that ask meanwhile wait for it."""

    most_bytes: int = MOST_BYTES
    clock: Callable[[], float] = time.monotonic
    _kept: OrderedDict[str, tuple[Kept, str]] = field(default_factory=OrderedDict)
    _making: dict[str, asyncio.Task[tuple[Kept, str]]] = field(default_factory=dict)
    _bytes: int = 0

    @property
    def bytes(self) -> int:
        return self._bytes

    async def get(self, key: str, make: Callable[[], Awaitable[Kept]]) -> tuple[Kept, str]:
        """The kept answer and its ETag; made when there is none. What `make` raises reaches every caller and is not kept."""
        found = self._kept.get(key)
        if found is not None and (found[0].until is None or self.clock() < found[0].until):
            self._kept.move_to_end(key)
            return found
        task = self._making.get(key)
        if task is None:
            task = self._making[key] = asyncio.ensure_future(self._fill(key, make))
            task.add_done_callback(lambda done: self._made(key, done))
        return await asyncio.shield(task)

    async def _fill(self, key: str, make: Callable[[], Awaitable[Kept]]) -> tuple[Kept, str]:
        kept = await make()
        etag = kept.etag
        self._put(key, await _packed(kept), etag)
        return kept, etag

    def _made(self, key: str, task: asyncio.Task[tuple[Kept, str]]) -> None:
        self._making.pop(key, None)
        if not task.cancelled():
            task.exception()  # seen, also where the asker has gone

    def _put(self, key: str, kept: Kept, etag: str) -> None:
        self._drop(key)
        if len(kept.body) <= LARGEST_PACKED:
            self._kept[key] = (kept, etag)
            self._bytes += len(kept.body)
            while self._bytes > self.most_bytes:
                self._drop(next(iter(self._kept)))

    def _drop(self, key: str) -> None:
        if (gone := self._kept.pop(key, None)) is not None:
            self._bytes -= len(gone[0].body)


async def _packed(kept: Kept) -> Kept:
    if len(kept.body) <= LARGEST:
        return kept
    body = await asyncio.to_thread(gzip.compress, kept.body, 1, mtime=0)
    return replace(kept, body=body, packed=True) if len(body) < len(kept.body) // 2 else kept


def answer(request: Request, kept: Kept, etag: str, *, shared: bool = True) -> Response:
    """The kept bytes, or 304 for who has them already. `shared` false: a signed-in reader's page belongs to nobody else."""
    headers = {"Cache-Control": PUBLIC if shared else "private, no-store", "ETag": etag, **dict(kept.headers)}
    if etag in _tags(request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    if kept.packed:
        headers["Vary"] = "Accept-Encoding"
        if _takes_gzip(request.headers.get("accept-encoding", "")):
            sent = {**headers, "Content-Encoding": "gzip", "ETag": f'{etag[:-1]}-gzip"'}
            return Response(kept.body, media_type=kept.media_type, headers=sent)
    return Response(gzip.decompress(kept.body) if kept.packed else kept.body, media_type=kept.media_type, headers=headers)


def _takes_gzip(header: str) -> bool:
    """Whether Accept-Encoding (RFC 9110, 12.5.3) names gzip, and not with the weight zero."""
    for each in header.lower().split(","):
        name, _, weight = each.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "").removeprefix("q=").strip("0.") != "" or not weight
    return False


def _tags(header: str) -> list[str]:
    """The tags of If-None-Match. A gateway that compresses may have weakened ours or added its coding (`"abc-gzip"`)."""
    named = (tag.strip().removeprefix("W/").strip('"') for tag in header.split(","))
    return [f'"{tag.split("-")[0]}"' for tag in named if tag]
