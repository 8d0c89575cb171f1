"""An address that is too long has an answer, however long it is: by the service while it can read it, by the gateway beyond."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.local import caddy, ports
from kit.service import Service, app
from kit.settings import Settings
from kit.web.limits import LONGEST_ADDRESS
from tests.fixtures.browser import serving
from tests.waiting import eventually

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[int]:
    """Its port, before a service without routes."""
    service = Service("trial", Settings(service="trial"), tmp_path / "migrations")
    async with serving(app(service)) as upstream:
        port = ports.gateway()
        configuration = tmp_path / "Caddyfile"
        configuration.write_text(caddy.caddyfile(port, {"indicators": upstream.removeprefix("http://")}))
        process = await asyncio.create_subprocess_exec(
            *caddy.command(configuration), env={**os.environ, **caddy.environment(tmp_path)}, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            await eventually(lambda: ports.is_open(port), 30)
            yield port
        finally:
            process.terminate()
            await process.wait()


async def asked(port: int, target: str) -> tuple[int, str]:
    """Status and the rest of the answer, headers included. By hand: libraries send no more than 64 kB."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\nAccept: text/html\r\nConnection: close\r\n\r\n".encode())
    head, _, rest = (await asyncio.wait_for(reader.read(-1), 30)).decode().partition("\r\n")
    writer.close()
    return int(head.split()[1]), rest


async def test_an_address_of_any_length_has_an_answer(gateway: int) -> None:
    for length in (LONGEST_ADDRESS, 20_000, 40_000, caddy.LONGEST_ADDRESS - 200, caddy.LONGEST_ADDRESS, 65_000, 200_000, 900_000):
        status, page = await asked(gateway, f"/indicateurs/I01?q={'a' * length}")
        assert status == 414, length
        assert "<h1>L’adresse est trop longue</h1>" in page, length
        assert "8\u202f000" in page, length
        status, script = await asked(gateway, f"/api/v1/indicators/I01?q={'a' * length}")
        assert status == 414, length
        assert "content-type: application/problem+json" in script.lower(), length
        assert json.loads(script[script.index("{") : script.rindex("}") + 1])["code"] == "ADDRESS_TOO_LONG", length


async def test_an_address_within_the_limit_reaches_the_service(gateway: int) -> None:
    status, script = await asked(gateway, f"/api/v1/indicators/I01?q={'a' * (LONGEST_ADDRESS - 200)}")
    assert status == 404
    assert '"NOT_FOUND"' in script
