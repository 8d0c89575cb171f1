"""What the tests of notify share: a database with people in it, a clock that stands, a mail server that obeys."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
from aiosmtpd.smtp import SMTP, Envelope, Session
from icalendar import Calendar

from kit.consumer import Batch, Received
from kit.postgres import open_pool
from kit.service import Runtime
from kit.settings import Settings
from schemas import topics
from schemas.countings import DeclarationCounted, DepartmentMove
from schemas.declarations import Declaration, DeclarationCorrected, DeclarationReceived, DepartmentHours
from schemas.directory import MandateRecorded, PersonRecorded
from schemas.meetings import Meeting, MeetingCancelled, MeetingMoved, MeetingPlanned
from schemas.message import Message
from services.notify.consumers import readers
from services.notify.sending.sender import Sender

NOW = datetime(2028, 10, 16, 12, 0, tzinfo=UTC)  # a Monday
STORY = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Post:
    """A mail server. `orders` says what the next conversations get: `ok`, `451`, `550`, `vanish` (takes it and hangs up), `slow`, `hang`."""

    taken: list[tuple[str, bytes]] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    address: str = ""

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any) -> str:  # noqa: N802
        if self.orders and self.orders[0] == "550":
            self.orders.pop(0)
            return "550 5.1.1 No such person"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  the library's names
        order = self.orders.pop(0) if self.orders else "ok"
        if order == "451":
            return "451 4.3.2 Later"
        self.taken.append((envelope.rcpt_tos[0], cast("bytes", envelope.content)))
        if order == "vanish" and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        if order in {"hang", "slow"}:
            await asyncio.sleep(60 if order == "hang" else 0.5)
        return "250 2.0.0 Taken"

    async def open(self) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(self, hostname="post.test", loop=loop), "127.0.0.1", 0)
        self.address = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}?from=reseau@exemple.test"
        return server

    def mails(self, to: str | None = None) -> list[EmailMessage]:
        return [email.message_from_bytes(raw, policy=email.policy.default) for address, raw in self.taken if to is None or address == to]

    def events(self, to: str) -> list[tuple[str, str, int, str]]:
        """(METHOD, UID, SEQUENCE, day) of the mails to somebody."""
        return [event_of(mail) for mail in self.mails(to)]


def event_of(mail: EmailMessage) -> tuple[str, str, int, str]:
    first = next(iter(mail.iter_parts()))
    part = next(part for part in cast("EmailMessage", first).iter_parts() if part.get_content_type() == "text/calendar")
    found = Calendar.from_ical(part.get_content())
    event: Any = found.walk("VEVENT")[0]
    assert part.get_param("method") == str(found["method"])
    return str(found["method"]), str(event["uid"]), int(event["sequence"]), f"{event['dtstart'].dt:%Y-%m-%d}"


@dataclass
class House:
    """notify without Kafka: its functions on a real database."""

    pool: asyncpg.Pool
    post: Post
    clock: Clock = field(default_factory=Clock)

    def runtime(self, **change: Any) -> Runtime:
        settings = Settings(
            **{"service": "notify", "gateway": "http://gateway.test", "fictional": True, "smtp": self.post.address, **change}
        )
        nothing: Any = None
        return Runtime(settings, self.pool, nothing, nothing, clock=self.clock, state={"mail_wake": asyncio.Event()})

    async def person(self, name: str) -> UUID:
        person = uuid4()
        message = PersonRecorded(
            person_id=person, first_name=name.title(), name="Fictive", email=f"{name}@exemple.test", roles=("coordinator",)
        )
        await self.tell(message)
        return person

    async def mandate(
        self, person: UUID, starts: date, ends: date | None = None, *, department: str = "93", id_: UUID | None = None
    ) -> UUID:
        mandate = id_ or uuid4()
        await self.tell(MandateRecorded(
            mandate_id=mandate, department=department, structure_id=uuid4(), structure_siret="21750001600019", structure_name="PLIE fictif",
            person_id=person, starts_on=starts, ends_on=ends,
        ))  # fmt: skip
        return mandate

    async def tell(self, message: Message) -> None:
        """As the engine does: the topic's reader in one transaction."""
        topic = topics.of(type(message))
        [reader] = [found for found in readers(self.clock, lambda: None) if found.topic is topic]
        received = Received(message, message.key(), topic.name, 0, 0, str(message.id), topics.type_name(type(message)), STORY, b"")
        async with self.pool.acquire() as connection, connection.transaction():
            await reader.apply(connection, Batch([received], {}))

    async def send(self, rounds: int = 1) -> None:
        """Everything that is due now, once for each round."""
        runtime = self.runtime()
        sender = Sender(runtime, runtime.state["mail_wake"])
        for _ in range(rounds):
            await sender.round()
            await sender.finish(30)

    async def rows(self, where: str = "true", *values: object) -> list[asyncpg.Record]:
        return await self.pool.fetch(f"select * from deliveries where {where} order by ordinal", *values)

    async def announced(self, kind: str) -> list[asyncpg.Record]:
        return await self.pool.fetch("select * from outbox where type = $1 order by seq", f"fr.macs.deliveries.{kind}.v1")

    async def announced_payloads(self, kind: str) -> list[dict[str, Any]]:
        return [json.loads(row["value"]) for row in await self.announced(kind)]


@asynccontextmanager
async def house(dsn: str) -> AsyncIterator[House]:
    pool = await open_pool(dsn, size=6, application_name="test")
    post = Post()
    server = await post.open()
    try:
        yield House(pool, post)
    finally:
        server.close()
        await pool.close()


def planned(revision: int = 0, day: date = date(2028, 11, 7), kind: type[Meeting] = MeetingPlanned, **change: object) -> Meeting:
    values: dict[str, object] = {
        "meeting_id": UUID("01890000-0000-7000-8000-00000000000a"), "revision": revision, "sequence": revision, "kind": "ATELIER",
        "title": "Recours aux ETT", "theme": "ETT", "department": "93", "place": "Bobigny",
        "starts_at": datetime(day.year, day.month, day.day, 9, 30), "ends_at": datetime(day.year, day.month, day.day, 12),
    }  # fmt: skip
    return kind.model_validate({**values, **change})


def moved(revision: int, day: date, before: Meeting, **change: object) -> Meeting:
    return planned(
        revision, day, MeetingMoved, previous_starts_at=before.starts_at, previous_ends_at=before.ends_at, previous_place=before.place,
        reason="salle indisponible", **change,
    )  # fmt: skip


def cancelled(revision: int, day: date) -> Meeting:
    return planned(revision, day, MeetingCancelled, reason="salle indisponible")


def declared(
    number: str = "D-2028-000456", revision: int = 1, centihours: int = 15_918, kind: type[Declaration] = DeclarationReceived
) -> Declaration:
    part = DepartmentHours(department="93", lines=3, centihours=centihours)
    values = {
        "declaration_id": number,
        "revision": revision,
        "declarant_id": uuid4(),
        "lines": 3,
        "lines_announced": 3,
        "departments": (part,),
    }
    return kind.model_validate({**values, **({} if kind is DeclarationReceived else {"reason": "UNIT_ERROR"})})


def corrected(number: str, revision: int, centihours: int) -> Declaration:
    return declared(number, revision, centihours, DeclarationCorrected)


def counted(
    number: str = "D-2028-000456", revision: int = 1, before: int = 0, after: int = 15_918, at: datetime = NOW
) -> DeclarationCounted:
    move = DepartmentMove(department="93", centihours_before=before, centihours_after=after)
    return DeclarationCounted(
        declaration_id=number, revision=revision, lines=3, applied=3, departments=(move,), positions={}, counted_at=at
    )
