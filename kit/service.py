"""Puts a service together and runs it: HTTP, readers, relay and long tasks, started in order and stopped in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI

from kit.consumer import Reader
from kit.health import Health
from kit.identity import Identity
from kit.postgres import Pool
from kit.settings import Role, Settings


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Runtime:
    """What a running process offers to its routes and tasks. `state` is for the service's own objects, made in `on_start`."""

    settings: Settings
    pool: Pool
    identity: Identity
    health: Health
    clock: Callable[[], datetime] = utc_now
    outbox_wake: asyncio.Event = field(default_factory=asyncio.Event)
    state: dict[str, Any] = field(default_factory=dict)

    def wake_relay(self) -> None:
        """Call it after the commit: the outbox is published at once instead of at the next poll. Harmless where no relay runs."""
        self.outbox_wake.set()


Task = Callable[[Runtime], Awaitable[None]]
"""A coroutine that runs as long as the process. An error is logged and it is started again with back-off; at stop it is cancelled."""


@dataclass
class Service:
    """A service as a table of contents. Making one does no I/O: `./macs export` makes them all to write the API documents."""

    name: str
    settings: Settings
    migrations: Path
    routers: Sequence[APIRouter] = ()
    readers: Sequence[Reader] = ()
    worker_tasks: Sequence[Task] = ()
    web_tasks: Sequence[Task] = ()
    on_start: Sequence[Task] = ()
    """Awaited in order once the database is migrated and open, before readers and tasks start, in every role."""
    on_stop: Sequence[Task] = ()
    body_limits: dict[str, int] = field(default_factory=dict)
    """Path prefix → bytes, where a route takes more than the 10 MB of a JSON body."""
    bodies_as_sent: Sequence[str] = ()
    """Path prefixes whose JSON reaches the route byte for byte, since its SHA-256 is told: what nobody sees in texts, the route takes off itself."""
    has_directory: bool = False
    """Its database is directory's own: it knows its callers from the record itself and is never behind (the operator's console)."""
    templates: Path | None = None
    """Folder of page templates; `templates/` beside `migrations/` unless said otherwise."""

    def __post_init__(self) -> None:
        if self.templates is None:
            self.templates = self.migrations.parent / "templates"


def app(service: Service) -> FastAPI:
    """The service's HTTP side, without I/O."""
    from kit.web.application import build

    return build(service)


async def run(service: Service, role: Role) -> None:
    """Run until SIGTERM or SIGINT; returns when everything is stopped."""
    from kit.process import Process

    await Process(service, role).run()


def main(service: Service, role: Role) -> None:
    """`run` on the fast event loop, for a process of its own."""
    import uvloop

    uvloop.run(run(service, role))
