"""Rendered answers are made once, kept by their bytes, packed when they are large."""

from __future__ import annotations

import asyncio
import gzip
import random

import pytest
from starlette.requests import Request

from kit.errors import Refused
from services.indicators.views.shelf import Kept, Shelf, answer


async def test_the_shelf_makes_an_answer_once_and_forgets_by_bytes() -> None:
    shelf, made = Shelf(most_bytes=250), []

    async def make(name: str) -> Kept:
        made.append(name)
        await asyncio.sleep(0)
        return Kept(name.encode() * 100, "text/plain")

    await asyncio.gather(*(shelf.get("a", lambda: make("a")) for _ in range(20)))
    assert made == ["a"]
    await shelf.get("b", lambda: make("b"))
    await shelf.get("a", lambda: make("a"))
    await shelf.get("c", lambda: make("c"))  # b is the least recently read
    assert shelf.bytes <= 250
    await shelf.get("a", lambda: make("a"))
    await shelf.get("b", lambda: make("b"))
    assert made == ["a", "b", "c", "b"]


async def test_a_large_text_is_kept_packed_and_given_out_whole() -> None:
    shelf, made = Shelf(), []
    table = b"2025;93;12345,67\n" * 400_000

    async def make() -> Kept:
        made.append(1)
        return Kept(table, "text/csv")

    first = await shelf.get("x", make)
    again = await shelf.get("x", make)
    assert (made, again[0].packed, again[1]) == ([1], True, first[1])
    assert 0 < shelf.bytes < len(table) // 10
    for accepted, coding in (("gzip, br", "gzip"), ("br, GZip;q=0.5", "gzip"), ("identity", None), ("gzip; q=0.0, br", None), ("", None)):
        request = Request({"type": "http", "headers": [(b"accept-encoding", accepted.encode())]})
        sent = answer(request, *again)
        assert sent.headers.get("content-encoding") == coding
        assert (gzip.decompress(sent.body) if coding else sent.body) == table
        tag = Request({"type": "http", "headers": [(b"if-none-match", sent.headers["etag"].encode())]})
        assert answer(tag, *again).status_code == 304


async def test_what_cannot_be_packed_small_enough_is_made_again() -> None:
    shelf, made = Shelf(), []

    async def make() -> Kept:
        made.append(1)
        return Kept(random.Random(1).randbytes(5 * 1024 * 1024), "application/zip")

    for _ in range(2):
        await shelf.get("x", make)
    assert (made, shelf.bytes) == ([1, 1], 0)


async def test_what_could_not_be_made_is_not_kept() -> None:
    shelf, tries = Shelf(), []

    async def fails() -> Kept:
        tries.append(1)
        raise Refused

    for _ in range(2):
        with pytest.raises(Refused):
            await shelf.get("x", fails)
    assert len(tries) == 2


async def test_a_page_that_says_more_than_the_release_is_made_again_after_its_time() -> None:
    now = [0.0]
    shelf, made = Shelf(clock=lambda: now[0]), []

    async def make() -> Kept:
        made.append(1)
        return Kept(b"x", "text/plain", (), now[0] + 60)

    for at in (0.0, 59.0, 61.0):
        now[0] = at
        await shelf.get("x", make)
    assert len(made) == 2
