"""One thing told to one addressee: an item in the tool at once, a mail beside it where one is wanted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from kit.postgres import Connection
from schemas.meetings import Addressee
from services.notify.dispatch.filings import TO_HAND_ON
from services.notify.rules.letters import Letter
from services.notify.rules.routing import TEAM, Person
from services.notify.rules.workdays import paris_day
from services.notify.store import deliveries, people, tasks
from services.notify.store.deliveries import New


@dataclass(frozen=True)
class Telling:
    """What is told. `name` makes it one: the same name to the same addressee twice is told once. Without a letter nothing is mailed."""

    name: str
    kind: str
    about: str
    title: str
    letter: Letter | None = None
    department: str | None = None
    revision: int = 0
    expires_at: datetime | None = None
    in_digest: bool = False
    traceparent: str | None = None


async def tell(connection: Connection, to: Addressee, what: Telling, now: datetime, *, mail_only: bool = False) -> None:
    """A department is told through whoever holds its mandate; without anybody the team is asked to hand it on, and the mail waits for a mandate."""
    who = await _who(connection, to, now)
    dedupe = f"{what.name}:{tasks.key_of(to)}"
    if to.email is None and not mail_only:
        await deliveries.add(connection, _new(what, to, who, f"{dedupe}:inbox", "inbox"), now)
    if what.letter is not None:
        await deliveries.add(connection, _new(what, to, who, f"{dedupe}:mail", "mail"), now)


async def tell_team(connection: Connection, what: Telling, now: datetime) -> None:
    """An item in the team's inbox."""
    await deliveries.add(
        connection,
        New(
            dedupe=f"{what.name}:team", channel="inbox", kind=what.kind, about=what.about, recipient_id=TEAM, title=what.title,
            department=what.department, revision=what.revision, traceparent=what.traceparent,
        ),
        now,
    )  # fmt: skip


async def done(connection: Connection, kind: str, about: str, by: str, now: datetime) -> None:
    """What was asked for has been given: items are dealt with, letters that still wait are given up."""
    await connection.execute(
        "update deliveries set done_at = $3, done_by = $4 where about = $1 and kind = $2 and channel = 'inbox' and done_at is null",
        about, kind, now, by,
    )  # fmt: skip
    waiting = await connection.fetch(
        "select delivery_id from deliveries where about = $1 and kind = $2 and channel = 'mail' and state = 'waiting'", about, kind
    )
    for row in waiting:
        await deliveries.abandon(connection, row["delivery_id"], "no longer asked for", now)


async def _who(connection: Connection, to: Addressee, now: datetime) -> Person | None:
    if to.person_id is not None:
        return await people.person(connection, str(to.person_id)) or Person(str(to.person_id), None)
    if to.department is not None:
        return await people.holder(connection, to.department, paris_day(now))
    return people.guest(to)


def _new(what: Telling, to: Addressee, who: Person | None, dedupe: str, channel: Any) -> New:
    return New(
        dedupe=dedupe,
        channel=channel,
        kind=what.kind,
        about=what.about,
        recipient_id=who.id if who else TEAM,
        recipient_name=who.full_name if who else "",
        address=who.email if who and channel == "mail" else None,
        title=what.title if who or channel == "mail" else f"{TO_HAND_ON}{what.title}",
        department=to.department or what.department,
        revision=what.revision,
        mandate_id=who.mandate_id if who else None,
        content={"letter": asdict(what.letter)} if what.letter and channel == "mail" else {},
        by_mandate=to.department is not None,
        expires_at=what.expires_at,
        digest="pending" if what.in_digest and channel == "inbox" else None,
        traceparent=what.traceparent,
    )
