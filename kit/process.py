"""A running process of a service: the order in which its parts start, and in which they stop."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

import uvicorn

from kit import garbage, housekeeping, telemetry
from kit.consumer.consumers import Consumers
from kit.freshness import Freshness
from kit.identity import Identity
from kit.kafka import Ends
from kit.migrate import migrate
from kit.postgres import jittered, open_pool
from kit.relay import Relay
from kit.service import Runtime, Service, Task, app, utc_now
from kit.settings import Role
from kit.telemetry import metrics
from kit.watchdog import Watchdog
from schemas import topics

log = logging.getLogger(__name__)

WEB_POOL, WORKER_POOL = 8, 4
KEEP_ALIVE_S = 75
"""How long an idle connection stays open: longer than the gateway keeps it, or a request might be on its way when it is closed."""


class Process:
    """Started once, run until a signal. HTTP answers from the first moment, `/health/ready` says when the rest has come up."""

    def __init__(self, service: Service, role: Role) -> None:
        self.service = service
        self.settings = service.settings.model_copy(update={"role": role})
        self.role = role
        self.app = app(service)
        self.stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._ends = Ends(self.settings.cluster)

    async def run(self) -> None:
        telemetry.start_logging(self.service.name, self.role)
        telemetry.start(self.settings)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self.stopping.set)
        server = _Server(
            uvicorn.Config(
                self.app,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=3,
                timeout_keep_alive=KEEP_ALIVE_S,
            )
        )
        with _listening(self.settings.http_host, self.settings.http_port) as listener:
            serving = asyncio.create_task(server.serve(sockets=[listener]), name="http")
            work = asyncio.create_task(self._work(), name="work")
            stop = asyncio.create_task(self.stopping.wait())
            await asyncio.wait({serving, work, stop}, return_when=asyncio.FIRST_COMPLETED)
            stop.cancel()
            await self._end(server, serving, work)
        telemetry.stop()

    async def _work(self) -> None:
        """Everything but HTTP. Returns when told to stop; raises what cannot be waited out (a changed migration)."""
        settings, service = self.settings, self.service
        if settings.database_owner:
            await migrate(settings.database_owner, service.name, service.migrations)
        size = WEB_POOL if self.role == "web" else WORKER_POOL if self.role == "worker" else WEB_POOL + WORKER_POOL
        pool = await open_pool(settings.database, size=size, application_name=f"{service.name}-{self.role}")
        freshness = Freshness(owner=service.has_directory or service.name == topics.DIRECTORY.published_by)
        runtime = Runtime(settings, pool, Identity(pool, freshness, utc_now), self.app.state.health)
        try:
            for started in service.on_start:
                await started(runtime)
            self.app.state.runtime = runtime
            if self._reads_directory:
                self._spawn("freshness", lambda: freshness.watch(pool, service.name, lambda: self._ends.of(topics.DIRECTORY.name)))
                runtime.health.ready_when("identity", freshness.reason)
            await self._run_parts(runtime)
        finally:
            await self._stop_tasks()
            for stopped in service.on_stop:
                await stopped(runtime)
            await self._ends.close()
            await asyncio.wait_for(pool.close(), 5)

    @property
    def _reads_directory(self) -> bool:
        return any(reader.topic is topics.DIRECTORY for reader in self.service.readers)

    async def _run_parts(self, runtime: Runtime) -> None:
        self._spawn("watchdog", Watchdog().run)
        works, serves = self.role != "web", self.role != "worker"
        for task in [*(self.service.worker_tasks if works else ()), *(self.service.web_tasks if serves else ())]:
            self._spawn(_name_of(task), lambda task=task: task(runtime))  # type: ignore[misc]  # the default binds this loop's task
        relay = consumers = None
        if works:
            self._spawn("housekeeping", lambda: housekeeping.keep(runtime.pool))
            relay = Relay(self.settings, self.service.name, runtime.outbox_wake)
            self._spawn("relay", relay.run)
            consumers = Consumers(self.settings, self.service.readers, runtime.pool, runtime.health, runtime.wake_relay)
            self._spawn("consumers", consumers.run)
        runtime.health.forget("start")
        garbage.collect_rarely()
        await self.stopping.wait()
        if consumers is not None:
            await consumers.stop()

    def _spawn(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        self._tasks.append(asyncio.create_task(_kept_alive(name, work), name=name))

    async def _stop_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _end(self, server: uvicorn.Server, serving: asyncio.Task[None], work: asyncio.Task[None]) -> None:
        self.stopping.set()
        server.should_exit = True
        failure = None
        with suppress(TimeoutError):
            async with asyncio.timeout(15):
                [failure, _] = await asyncio.gather(work, serving, return_exceptions=True)
        if isinstance(failure, Exception):
            raise failure


class _Server(uvicorn.Server):
    """Signals are the process's business: HTTP stops together with the rest."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listening(host: str, port: int) -> socket.socket:
    """A socket for HTTP. It says so at once when another process has the port."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise OSError(error.errno, f"{error.strerror} (MACS_HTTP_HOST={host}, MACS_HTTP_PORT={port})") from error
    return listener


def _name_of(task: Task) -> str:
    return getattr(task, "__name__", type(task).__name__)


async def _kept_alive(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Run the work; when it fails, say so and run it again after 0.5 s, 1 s, … 30 s."""
    wait = 0.5
    while True:
        started = asyncio.get_running_loop().time()
        try:
            await work()
            return
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("a long task failed and is started again", extra={"task": name})
            metrics.TASK_FAILURES.labels(name).inc()
        if asyncio.get_running_loop().time() - started > 60:
            wait = 0.5
        await asyncio.sleep(jittered(wait))
        wait = min(wait * 2, 30.0)
