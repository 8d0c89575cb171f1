"""The kit's relay alone, as a process of its own: what stands between ingest's transaction and the topic."""

from __future__ import annotations

import asyncio

import uvloop

from kit.relay import Relay
from kit.settings import Settings


async def relay() -> None:
    settings = Settings.read()
    await Relay(settings, settings.service, asyncio.Event()).run()


if __name__ == "__main__":
    uvloop.run(relay())
