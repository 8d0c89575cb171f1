"""The events service alone on a port, for a browser: the real application on a real database, without Kafka."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Browser, BrowserContext

from tests.fixtures.browser import profile_of, serving
from tests.integration.events_house import House, house


@dataclass
class Served:
    url: str
    events: House

    async def context(self, browser: Browser, who: str | None, *, width: int = 1280, scripts: bool = True) -> BrowserContext:
        """A profile of somebody with a key."""
        return await profile_of(browser, width=width, scripts=scripts, key=self.events.keys[who] if who else None, site=self.url)


@asynccontextmanager
async def served(dsn: str) -> AsyncIterator[Served]:
    async with house(dsn) as events, serving(events.application) as url:
        yield Served(url, events)
