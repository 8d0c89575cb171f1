"""The task that hands mails over: a few at a time, each within its limit, at least once."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from typing import Any, Final

from opentelemetry.trace import SpanKind, StatusCode
from prometheus_client import Counter

from kit import telemetry
from kit.postgres import TRANSIENT, Connection, jittered
from kit.service import Runtime
from services.notify.sending import client, settle
from services.notify.sending.claim import Claimed, claim, next_due
from services.notify.sending.render import House
from services.notify.settings import MailServer, mail_server

log = logging.getLogger(__name__)

PARALLEL: Final = 4
"""Conversations at a time: a server that hangs holds these and nothing else."""
LOOK_AGAIN_S: Final = 1.0
GRACE_S: Final = 4.0
MAILS: Final = Counter("macs_notify_mails", "Attempts to hand a mail over, by outcome", ["kind", "outcome"])
COPIES: Final = Counter("macs_notify_mail_copies", "Mails sent again after an unknown outcome", ["kind"])


class Sender:
    """`wake` shortens the wait after a commit; looking again every second stays the truth."""

    def __init__(self, runtime: Runtime, wake: asyncio.Event) -> None:
        self._runtime = runtime
        self._server = mail_server(runtime.settings)
        self._wake = wake
        self._slots = asyncio.Semaphore(PARALLEL)
        self._conversations: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        if self._server is None:
            log.warning("no mail server is configured: mails wait")
            await asyncio.Event().wait()
            return
        try:
            while True:
                self._wake.clear()
                if not await self._unless_storage_is_away():
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._wake.wait(), jittered(LOOK_AGAIN_S))
        finally:
            await self.finish()

    async def finish(self, seconds: float = GRACE_S) -> None:
        """Let conversations under way end, so that a planned stop leaves no unknown outcome; what takes longer is broken off."""
        if self._conversations:
            await asyncio.wait(self._conversations, timeout=seconds)
        for conversation in list(self._conversations):
            conversation.cancel()

    async def _unless_storage_is_away(self) -> int:
        """A round; without storage none, and conversations under way go on undisturbed."""
        try:
            return await self.round()
        except TRANSIENT as error:
            log.warning("mails wait for storage", extra={"error": f"{type(error).__name__}: {error}"})
            return 0

    async def round(self) -> int:
        """Claim what is due and start a conversation for each. Returns how many; none without a mail server."""
        runtime, server, started = self._runtime, self._server, 0
        if server is None:
            return 0
        house = House(server.sender, runtime.settings.gateway, runtime.settings.fictional)
        async with runtime.pool.acquire() as connection:
            waiting = await next_due(connection, runtime.clock(), PARALLEL * 4)
        for due in waiting:
            await self._slots.acquire()
            try:
                async with runtime.pool.acquire() as connection, connection.transaction():
                    claimed = await claim(connection, due, house, runtime.clock())
            except BaseException:
                self._slots.release()
                raise
            runtime.wake_relay()
            if claimed is None:
                self._slots.release()
            else:
                started += 1
                self._start(self._hand_over(server, claimed))
        return started

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        conversation = asyncio.create_task(work)
        self._conversations.add(conversation)
        conversation.add_done_callback(self._ended)

    def _ended(self, conversation: asyncio.Task[None]) -> None:
        self._conversations.discard(conversation)
        if not conversation.cancelled() and (error := conversation.exception()):
            log.error("a conversation failed; its mail's lease will end", exc_info=error)

    async def _hand_over(self, server: MailServer, claimed: Claimed) -> None:
        try:
            with telemetry.span("send mail", kind=SpanKind.CLIENT, parent=claimed.traceparent, **_attributes(server, claimed)) as span:
                outcome = await self._attempt(server, claimed)
                span.set_attribute("macs.outcome", outcome)
                if outcome != "sent":
                    span.set_status(StatusCode.ERROR)
            MAILS.labels(claimed.kind, outcome).inc()
        finally:
            self._slots.release()
            self._wake.set()

    async def _attempt(self, server: MailServer, claimed: Claimed) -> str:
        if claimed.copy:
            COPIES.labels(claimed.kind).inc()
        outcome, write = await _conversation(server, claimed)
        await self._settle(lambda c: write(c, self._runtime.clock()))
        return outcome

    async def _settle(self, write: Callable[[Connection], Awaitable[None]]) -> None:
        """Write the outcome down. When the database stays away, the lease ends and the outcome counts as unknown."""
        for wait in (0.2, 1.0, 3.0, None):
            try:
                async with self._runtime.pool.acquire() as connection, connection.transaction():
                    await write(connection)
            except TRANSIENT as error:
                log.warning("outcome not written down yet", extra={"error": f"{type(error).__name__}: {error}"})
                if wait is not None:
                    await asyncio.sleep(jittered(wait))
            else:
                self._runtime.wake_relay()
                return


Write = Callable[[Connection, datetime], Awaitable[None]]


async def _conversation(server: MailServer, claimed: Claimed) -> tuple[str, Write]:
    """Talk to the server; what came of it as a word and as what is to be written down."""
    try:
        await client.send(server, claimed.recipient, claimed.raw)
    except client.RefusedForGood as error:
        outcome, how, reason = "refused", settle.refused, str(error)
    except client.NotTaken as error:
        outcome, how, reason = "not_taken", settle.not_taken, str(error)
    except client.Unknown as error:
        outcome, how, reason = "unknown", settle.unknown, str(error)
    else:
        return "sent", lambda connection, now: settle.sent(connection, claimed, now)
    log.warning("mail not handed over", extra={"delivery": str(claimed.delivery_id), "outcome": outcome, "error": reason})
    return outcome, lambda connection, now: how(connection, claimed, reason, now)


def _attributes(server: MailServer, claimed: Claimed) -> dict[str, str | int | bool]:
    return {
        "server.address": server.host,
        "server.port": server.port,
        "macs.kind": claimed.kind,
        "macs.delivery": str(claimed.delivery_id),
        "macs.copy": claimed.copy,
    }
