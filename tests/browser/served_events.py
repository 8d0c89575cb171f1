"""The events service alone on a port, for a browser: the real application on a real database, without Kafka."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn
from axe_core_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page

from tests.integration.events_house import House, house
from tests.waiting import eventually


@dataclass
class Served:
    url: str
    events: House

    async def context(self, browser: Browser, who: str | None, *, width: int = 1280, scripts: bool = True) -> BrowserContext:
        """A profile of somebody with a key."""
        headers = {"Authorization": f"Bearer {self.events.keys[who]}"} if who else {}
        return await browser.new_context(
            locale="fr-FR", timezone_id="Europe/Paris", viewport={"width": width, "height": 900}, java_script_enabled=scripts,
            extra_http_headers=headers, base_url=self.url,
        )  # fmt: skip


@asynccontextmanager
async def served(dsn: str) -> AsyncIterator[Served]:
    async with house(dsn) as events:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = uvicorn.Server(
            uvicorn.Config(events.application, host="127.0.0.1", port=port, log_level="error", lifespan="off", timeout_graceful_shutdown=2)
        )
        running = asyncio.create_task(server.serve())
        await eventually(lambda: server.started, 20)
        try:
            yield Served(f"http://127.0.0.1:{port}", events)
        finally:
            server.should_exit = True
            await running


async def obstacles(page: Page) -> list[str]:
    """What axe finds, of any weight, with everything unfolded; and whether something sticks out sideways."""
    await page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    found = await Axe().run(page)
    said = [f"{rule['id']}: {rule['nodes'][0]['html'][:160]}" for rule in found["violations"]]
    out = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return said + ([f"{page.url} sticks out by {out} px"] if out > 0 else [])
