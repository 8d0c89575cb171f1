"""What /metrics says of the process itself."""

from __future__ import annotations

from pathlib import Path

import httpx

from kit.service import Service, app
from kit.settings import Settings


async def test_readiness_is_told_as_it_is_at_that_moment(tmp_path: Path) -> None:
    """Prometheus asks nothing but /metrics."""
    application = app(Service("kit", Settings(service="kit"), tmp_path / "migrations"))

    async def told() -> list[str]:
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://kit.test") as client:
            text = (await client.get("/metrics")).text
        return [line for line in text.splitlines() if line.startswith("macs_process_ready")]

    assert await told() == ["macs_process_ready 0.0"], "still starting"
    application.state.health.forget("start")
    assert await told() == ["macs_process_ready 1.0"]
    application.state.health.ready_when("reader", lambda: "stopped")
    assert await told() == ["macs_process_ready 0.0"]
