"""Webhooks against a real receiver: signed, tried again, stopped, never on a private address, and a receiver that hangs holds up nobody."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from standardwebhooks import Webhook, WebhookVerificationError
from standardwebhooks import webhooks as library

from kit.outgoing import Fetcher, refusal
from kit.postgres import open_pool
from kit.service import Runtime
from services.notify.rules.webhooks import WAITS
from services.notify.sending.hooks import Hooks
from services.notify.store import webhooks
from tests.fixtures.databases import MakeDatabase
from tests.integration.notify_house import House, Post, counted, declared

PUBLIC, PRIVATE = "127.0.0.2", "127.0.0.1"
"""In these tests the first stands for an address of the public internet."""


@dataclass
class Receiver:
    """A program that listens. `orders` are the statuses of the next answers, or `hang`."""

    orders: list[str] = field(default_factory=list)
    got: list[tuple[dict[str, str], str]] = field(default_factory=list)
    private_hits: int = 0
    port: int = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
            body = (await reader.readexactly(int(headers["content-length"]))).decode()
            self.private_hits += writer.get_extra_info("sockname")[0] == PRIVATE
            self.got.append((headers, body))
            order = self.orders.pop(0) if self.orders else "200 OK"
            if order == "hang":
                await asyncio.sleep(60)
            more = "Location: http://127.0.0.1/\r\n" if order.startswith("3") else ""
            writer.write(f"HTTP/1.1 {order}\r\n{more}Content-Length: 0\r\n\r\n".encode())
            await writer.drain()
        finally:
            writer.close()

    def url(self, host: str = "programme.test") -> str:
        return f"http://{host}:{self.port}/macs"

    def read(self, n: int, *keys: str) -> dict[str, Any]:
        """The n-th message, after each of these keys has verified it."""
        headers, body = self.got[n]
        for key in keys:
            Webhook(key).verify(body, headers)
        found: dict[str, Any] = json.loads(body)
        return found


@dataclass
class Desk:
    """The house, its receiver, and the person who has the webhook."""

    house: House
    receiver: Receiver
    runtime: Runtime
    person: UUID

    async def hook(self, host: str = "programme.test") -> tuple[UUID, str]:
        async with self.house.pool.acquire() as connection:
            secret = await webhooks.create(connection, str(self.person), [str(self.person)], self.receiver.url(host), self.house.clock())
        rows = await webhooks.of_person(self.house.pool, str(self.person))
        assert secret
        return rows[-1]["webhook_id"], secret

    async def filing(self, number: str = "D-2028-000456") -> None:
        await self.house.tell(declared(number))
        await self.house.tell(counted(number))

    async def calls(self) -> None:
        """Everything that is due now."""
        hooks = Hooks(self.runtime, asyncio.Event())
        while await hooks.round():
            await hooks.finish(30)

    async def journal(self, hook: UUID) -> list[Any]:
        return await webhooks.journal(self.house.pool, hook, 50)


@pytest.fixture
async def desk(database: MakeDatabase, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    pool = await open_pool((await database("notify")).admin, size=4, application_name="test")
    house, receiver = House(pool, Post(address="smtp://127.0.0.1:1")), Receiver()
    public = await asyncio.start_server(receiver.handle, PUBLIC, 0)
    receiver.port = public.sockets[0].getsockname()[1]
    private = await asyncio.start_server(receiver.handle, PRIVATE, receiver.port)

    async def resolve(host: str, _port: int) -> Sequence[str]:
        return [PRIVATE] if host.startswith("interne") else [PUBLIC]

    fetcher = Fetcher(
        judge=lambda address: None if address == PUBLIC else refusal(address),
        resolver=resolve,
        ports=frozenset({receiver.port}),
        seconds=1.0,
    )

    class Then(datetime):  # the library reads the machine's clock when it verifies; the house's stands in 2028
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return house.clock().astimezone(tz)

    monkeypatch.setattr(library, "datetime", Then)
    runtime = house.runtime()
    runtime.state["fetcher"] = fetcher
    person = await house.person("anne")
    await house.mandate(person, date(2028, 1, 1))
    yield Desk(house, receiver, runtime, person)
    public.close()
    private.close()
    await pool.close()


async def test_what_comes_into_the_inbox_is_told_once_and_signed(desk: Desk) -> None:
    _, secret = await desk.hook()
    await desk.filing()
    await desk.filing()
    await desk.calls()
    message = desk.receiver.read(0, secret)
    assert len(desk.receiver.got) == 1
    assert (message["type"], message["data"]["about"], message["data"]["department"]) == ("filing.counted", "D-2028-000456", "93")
    assert message["data"]["page"] == "http://gateway.test/declarer/D-2028-000456"
    with pytest.raises(WebhookVerificationError):
        desk.receiver.read(0, "whsec_" + "A" * 43)
    told = [each for each in await desk.house.announced_payloads("MessageSent") if each["channel"] == "webhook"]
    assert [(each["about"], each["recipient_id"]) for each in told] == [("D-2028-000456", str(desk.person))]


async def test_somebody_elses_item_is_not_told(desk: Desk) -> None:
    await desk.hook()
    await desk.house.mandate(desk.person, date(2028, 1, 1), date(2028, 2, 1), department="94")
    await desk.house.mandate(await desk.house.person("karim"), date(2028, 2, 1), department="94")
    filing = declared("D-2028-000001").model_copy(update={"departments": ()})
    move = counted("D-2028-000001").departments[0].model_copy(update={"department": "94"})
    await desk.house.tell(filing)
    await desk.house.tell(counted("D-2028-000001").model_copy(update={"departments": (move,)}))
    await desk.calls()
    assert not desk.receiver.got


async def test_a_failure_is_tried_again_later_with_the_same_id_and_body_and_both_keys_sign_while_they_change(desk: Desk) -> None:
    hook, old = await desk.hook()
    desk.receiver.orders = ["503 Busy", "302 Found"]
    await desk.filing()
    await desk.calls()
    assert len(desk.receiver.got) == 1, "not before its time"
    async with desk.house.pool.acquire() as connection:
        new = await webhooks.rotate(connection, hook, desk.house.clock())
    desk.house.clock.forward(seconds=WAITS[0].total_seconds() * 1.2)
    await desk.calls()
    desk.receiver.read(1, old, new)
    desk.house.clock.forward(hours=24)
    await desk.calls()
    desk.receiver.read(2, new)
    with pytest.raises(WebhookVerificationError):
        desk.receiver.read(2, old)
    assert len({(headers["webhook-id"], body) for headers, body in desk.receiver.got}) == 1
    assert desk.receiver.private_hits == 0, "a redirect is not followed"
    [call] = await desk.journal(hook)
    assert (call["state"], call["attempts"], call["status"]) == ("sent", 3, 200)


async def test_after_the_last_try_it_is_stopped_and_said(desk: Desk) -> None:
    hook, _ = await desk.hook()
    desk.receiver.orders = ["500 No"] * 20
    await desk.filing()
    start = desk.house.clock()
    for wait in (timedelta(0), *WAITS):
        desk.house.clock.forward(seconds=wait.total_seconds() * 1.2)
        await desk.calls()
    assert len(desk.receiver.got) == 1 + len(WAITS)
    assert timedelta(days=2) < desk.house.clock() - start < timedelta(days=4)
    [stopped] = await desk.house.rows("kind = 'WEBHOOK_STOPPED'")
    assert (stopped["recipient_id"], stopped["page"]) == (str(desk.person), f"/preferences/webhooks/{hook}")
    await desk.filing("D-2028-000457")
    await desk.calls()
    assert len(desk.receiver.got) == 1 + len(WAITS), "nothing more is sent there"


async def test_gone_is_gone(desk: Desk) -> None:
    hook, _ = await desk.hook()
    desk.receiver.orders = ["410 Gone"]
    await desk.filing()
    await desk.filing("D-2028-000457")
    await desk.calls()
    assert len(desk.receiver.got) == 1
    assert [call["state"] for call in await desk.journal(hook)] == ["abandoned", "abandoned"]
    assert len(await desk.house.rows("kind = 'WEBHOOK_STOPPED'")) == 1


async def test_a_private_address_is_never_called_and_one_that_hangs_holds_up_itself_alone(desk: Desk) -> None:
    inside, _ = await desk.hook("interne.test")
    slow, _ = await desk.hook("lent.test")
    good, _ = await desk.hook()
    desk.receiver.orders = ["hang"]
    async with desk.house.pool.acquire() as connection:
        await webhooks.trial(connection, slow, desk.house.clock())
    hooks = Hooks(desk.runtime, asyncio.Event())
    await hooks.round()
    await desk.filing()
    for _ in range(3):
        await hooks.round()
    await hooks.finish(30)
    states = {name: (await desk.journal(hook))[0] for name, hook in (("inside", inside), ("slow", slow), ("good", good))}
    assert states["good"]["state"] == "sent"
    assert (states["inside"]["state"], "serveur lui-même" in states["inside"]["reason"]) == ("waiting", True)
    assert desk.receiver.private_hits == 0
    assert "secondes" in [call["reason"] or "" for call in await desk.journal(slow)][-1]


async def test_a_settled_call_is_replayed_as_it_was(desk: Desk) -> None:
    hook, secret = await desk.hook()
    await desk.filing()
    await desk.calls()
    [call] = await desk.journal(hook)
    async with desk.house.pool.acquire() as connection:
        assert await webhooks.replay(connection, hook, call["call_id"], desk.house.clock())
        assert not await webhooks.replay(connection, hook, call["call_id"], desk.house.clock()), "it is on its way already"
    await desk.calls()
    assert desk.receiver.read(0, secret) == desk.receiver.read(1, secret)
    assert desk.receiver.got[0][0]["webhook-id"] == desk.receiver.got[1][0]["webhook-id"]
