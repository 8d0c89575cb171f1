"""Uploads that break off and disks that are full: a clear refusal, nothing half stored, and the next one works."""

from __future__ import annotations

import asyncio
import json
import resource
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from services.ingest.decp.importing import folder_of
from tests.asking import served
from tests.integration.ingest_house import House, body, house

BOUNDARY = b"x-cut-here"


@pytest.fixture
async def here(ingest_database: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house(ingest_database) as found:
        found.runtime.settings = found.runtime.settings.model_copy(update={"data": tmp_path})
        await found.contract()
        yield found


def _multipart(kind: bytes) -> bytes:
    fields = b'--%s\r\nContent-Disposition: form-data; name="type"\r\n\r\n%s\r\n' % (BOUNDARY, kind)
    return fields + b'--%s\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n' % BOUNDARY


CUT = {
    "hours": ("/api/v1/imports", b"multipart/form-data; boundary=" + BOUNDARY, _multipart(b"hours") + b"N;h\n" * 20_000),
    "decp": ("/api/v1/imports", b"multipart/form-data; boundary=" + BOUNDARY, _multipart(b"decp") + b'{"marches": [' + b" " * 3_000_000),
    "file": ("/declarer/import", b"multipart/form-data; boundary=" + BOUNDARY, _multipart(b"hours") + b"N;h\n" * 20_000),
    "page": ("/declarer/decp", b"multipart/form-data; boundary=" + BOUNDARY, _multipart(b"decp") + b" " * 2_000_000),
    "json": ("/api/v1/declarations", b"application/json", json.dumps(body("2026-001", "A")).encode()[:-2]),
    "stream": (
        "/api/v1/declarations",
        b"application/x-ndjson",
        b"\n".join(json.dumps(x).encode() for x in body("2026-001", "A", "B")["lines"]),
    ),
}


@pytest.mark.parametrize("what", CUT)
async def test_an_upload_that_is_cut_off_leaves_nothing_behind(here: House, what: str, caplog: pytest.LogCaptureFixture) -> None:
    path, kind, content = CUT[what]
    who = "team" if what in {"decp", "page"} else "buyer"
    async with served(here.application) as url:
        reader, writer = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {here.keys[who]}\r\nIdempotency-Key: k\r\nContent-Length: 9000000\r\n"
        writer.write(head.encode() + b"Content-Type: " + kind + b"\r\n\r\n" + content)
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        del reader
        async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {here.keys['buyer']}"}) as client:
            answer = await client.post("/api/v1/declarations", json=body("2026-001", "A"), headers={"Idempotency-Key": "k"})
    assert answer.status_code == 202, answer.text
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [], "whoever goes is no failure for the operator"
    assert [await here.pool.fetchval(f"select count(*) from {table}") for table in ("filings", "imports", "spooled_files")] == [1, 0, 0]
    assert list(folder_of(here.runtime).iterdir()) == []


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """What a full disk does to whoever writes: an OSError in the middle."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [400_000, 4_000_000], ids=["while it is kept", "while it arrives"])
async def test_a_full_disk_is_said_leaves_no_half_file_and_heals(
    here: House, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spool))
    data = b'{"marches": []}' + b" " * size
    async with here.client("team") as client:
        with no_file_larger_than(200_000):
            answers = [
                await client.post("/api/v1/imports", data={"type": "decp"}, files={"file": ("m.json", data)}),
                await client.post("/declarer/decp", files={"file": ("m.json", data)}),
            ]
        assert [answer.status_code for answer in answers] == [507, 507], answers[0].text
        assert (answers[0].json()["code"], answers[0].headers["Retry-After"]) == ("NO_ROOM", "300")
        assert list(folder_of(here.runtime).iterdir()) == []
        assert list(spool.iterdir()) == []
        assert await here.pool.fetchval("select count(*) from imports") == 0
        assert (await client.post("/api/v1/imports", data={"type": "decp"}, files={"file": ("m.json", data)})).status_code == 202
