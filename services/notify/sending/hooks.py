"""The task that calls webhooks: signed, only on the public internet, one call at a time to each, tried again with growing waits."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from typing import Any, Final
from urllib.parse import urlsplit

from opentelemetry.trace import SpanKind
from prometheus_client import Counter

from kit import outbox, telemetry
from kit.outgoing import Fetcher, Unreachable
from kit.postgres import TRANSIENT, Connection, jittered
from kit.service import Runtime
from schemas.deliveries import MessageAbandoned, MessageSent
from services.notify.rules import links, webhooks
from services.notify.store import deliveries
from services.notify.store import webhooks as store
from services.notify.store.deliveries import New
from services.notify.store.webhooks import Call

log = logging.getLogger(__name__)

PARALLEL: Final = 8
LOOK_AGAIN_S: Final = 1.0
GRACE_S: Final = 2.0
CALLS: Final = Counter("macs_notify_webhook_calls", "Attempts to call a webhook, by outcome", ["outcome"])


def fetcher_of(runtime: Runtime) -> Fetcher:
    found: Fetcher = runtime.state.setdefault("fetcher", Fetcher())
    return found


class Hooks:
    """`wake` shortens the wait after a commit; looking again every second stays the truth."""

    def __init__(self, runtime: Runtime, wake: asyncio.Event) -> None:
        self._runtime = runtime
        self._wake = wake
        self._slots = asyncio.Semaphore(PARALLEL)
        self._calls: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        try:
            while True:
                self._wake.clear()
                try:
                    found = await self.round()
                except TRANSIENT as error:
                    log.warning("webhooks wait for storage", extra={"error": f"{type(error).__name__}: {error}"})
                    found = 0
                if not found:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._wake.wait(), jittered(LOOK_AGAIN_S))
        finally:
            await self.finish()

    async def finish(self, seconds: float = GRACE_S) -> None:
        """Let calls under way end; what takes longer is broken off, and its lease ends."""
        if self._calls:
            await asyncio.wait(self._calls, timeout=seconds)
        for call in list(self._calls):
            call.cancel()

    async def round(self) -> int:
        """Claim what is due while there are slots, and start each. Returns how many."""
        started = 0
        while not self._slots.locked():
            async with self._runtime.pool.acquire() as connection, connection.transaction():
                call = await store.claim(connection, self._runtime.clock())
                body = await self._body(connection, call) if call else ""
            if call is None:
                break
            await self._slots.acquire()
            task = asyncio.create_task(self._call(call, body))
            self._calls.add(task)
            task.add_done_callback(self._ended)
            started += 1
        return started

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._calls.discard(task)
        self._slots.release()
        self._wake.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("a webhook call failed; its lease will end", exc_info=error)

    async def _body(self, connection: Connection, call: Call) -> str:
        """Written at the first attempt and kept."""
        if call.body is not None:
            return call.body
        text = body_of(call, self._runtime.settings.gateway)
        await store.keep_body(connection, call.call_id, text)
        return text

    async def _call(self, call: Call, body: str) -> None:
        headers = webhooks.headers(call.call_id, body, call.keys, self._runtime.clock())
        parent = call.item["traceparent"] if call.item else None
        status, reason = None, None
        where: dict[str, Any] = {"server.address": urlsplit(call.url).hostname or ""}
        with telemetry.span("call webhook", kind=SpanKind.CLIENT, parent=parent, **where):
            try:
                status = await fetcher_of(self._runtime).post(call.url, body.encode(), headers)
            except Unreachable as error:
                reason = error.reason
        async with self._runtime.pool.acquire() as connection, connection.transaction():
            CALLS.labels(await settle(connection, self._runtime, call, status, reason)).inc()
        self._runtime.wake_relay()


def body_of(call: Call, gateway: str) -> str:
    item = call.item
    if item is None:
        return webhooks.body(webhooks.TRIAL, call.created_at, {"title": "Message d’essai"})
    page = links.page_of(item["kind"], item["about"], item["page"])
    data = {
        "id": str(item["delivery_id"]), "about": item["about"], "department": item["department"], "title": item["title"],
        "page": f"{gateway}{page}" if page else None,
    }  # fmt: skip
    return webhooks.body(webhooks.type_of(item["kind"]), item["created_at"], data)


async def settle(connection: Connection, runtime: Runtime, call: Call, status: int | None, reason: str | None) -> str:
    """What an attempt comes to: sent, gone (410), tried again later, or given up for good."""
    now = runtime.clock()
    if status is not None and 200 <= status < 300:
        if await store.settle(connection, call, "sent", now, status=status, reason=None) and call.item is not None:
            sent = MessageSent(**_delivery(call), sent_at=now, copies=call.attempt)
            await outbox.add(connection, sent, traceparent=call.item["traceparent"])
        return "sent"
    said = reason or f"Le programme a répondu « {status} »."
    again = None if status == 410 else webhooks.next_try(call.attempt, now, random.random())  # noqa: S311  spreads load, keeps no secret
    if again is not None:
        await store.settle(connection, call, "waiting", now, status=status, reason=said, not_before=again)
        return "again"
    if await store.settle(connection, call, "abandoned", now, status=status, reason=said):
        if call.item is not None:
            await outbox.add(connection, MessageAbandoned(**_delivery(call), reason=said), traceparent=call.item["traceparent"])
        await _stop(connection, call, "L’adresse a répondu qu’elle n’existe plus (410)." if status == 410 else said, runtime)
    return "gone" if status == 410 else "abandoned"


async def _stop(connection: Connection, call: Call, reason: str, runtime: Runtime) -> None:
    now = runtime.clock()
    row = await store.stop(connection, call.webhook_id, reason, now)
    if row is not None:
        item = New(
            dedupe=f"webhook:{call.webhook_id}:{call.call_id}", channel="inbox", kind="WEBHOOK_STOPPED", about=str(call.webhook_id),
            recipient_id=row["person_id"], title=f"Webhook arrêté, {urlsplit(row['url']).hostname} : {reason}",
            page=f"/preferences/webhooks/{call.webhook_id}",
        )  # fmt: skip
        await deliveries.add(connection, item, now)


def _delivery(call: Call) -> dict[str, Any]:
    """The fields of the item, told by this channel."""
    if call.item is None:
        raise LookupError("a trial is nobody's message")
    return {**deliveries.delivery_of(call.item), "delivery_id": call.call_id, "channel": "webhook"}
