"""One thing told to one addressee: an item in the tool at once, a mail beside it where one is wanted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from kit.postgres import Connection
from schemas.meetings import Addressee
from services.notify.rules.letters import Letter
from services.notify.rules.routing import TEAM, TO_HAND_ON, Person
from services.notify.rules.subjects import CHOICES, Frequency, Subject, of_kind
from services.notify.rules.workdays import paris_day
from services.notify.store import deliveries, people, preferences, tasks
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
    in_app: bool = True
    """False: an item appears only where a digest needs one."""
    in_digest: bool = False
    subject: Subject | None = None
    """As preferences name it, where the kind alone does not say."""
    unless_chosen: Frequency | None = None
    """How often, for somebody who has not chosen, where that differs from the usual."""
    page: str | None = None
    """Where the item leads; without it where the letter's first button does."""
    informs: bool = False
    traceparent: str | None = None

    @property
    def leads_to(self) -> str | None:
        return self.page or (self.letter.actions[0][1] if self.letter and self.letter.actions else None)


async def tell(connection: Connection, to: Addressee, what: Telling, now: datetime, *, mail_only: bool = False) -> None:
    """A department is told through whoever holds its mandate; without anybody the team is asked to hand it on, and the mail waits for a mandate."""
    who = await _who(connection, to, now)
    dedupe = f"{what.name}:{tasks.key_of(to)}"
    frequency = await _frequency(connection, to, who, what)
    if to.email is None and not mail_only:
        waits = what.in_digest or (what.letter is not None and frequency in {"daily", "weekly"})
        if what.in_app or waits:
            await deliveries.add(connection, _new(what, to, who, f"{dedupe}:inbox", "inbox", in_digest=waits), now)
    if what.letter is not None and (frequency == "immediate" or mail_only):
        await deliveries.add(connection, _new(what, to, who, f"{dedupe}:mail", "mail"), now)


async def _frequency(connection: Connection, to: Addressee, who: Person | None, what: Telling) -> Frequency:
    """How often the person wants this; guests and a vacancy's successor are written to at once."""
    subject = what.subject or of_kind(what.kind)
    if subject is None or who is None or to.email is not None:
        return "immediate"
    chosen = await preferences.chosen(connection, who.id, subject)
    return chosen or what.unless_chosen or CHOICES[subject].default


async def tell_team(connection: Connection, what: Telling, now: datetime) -> None:
    """An item in the team's inbox."""
    await deliveries.add(
        connection,
        New(
            dedupe=f"{what.name}:team", channel="inbox", kind=what.kind, about=what.about, recipient_id=TEAM, title=what.title,
            department=what.department, revision=what.revision, page=what.leads_to, traceparent=what.traceparent,
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


def _new(what: Telling, to: Addressee, who: Person | None, dedupe: str, channel: Any, *, in_digest: bool = False) -> New:
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
        digest="pending" if in_digest else None,
        subject=what.subject,
        page=what.leads_to,
        informs=what.informs and channel == "inbox",
        traceparent=what.traceparent,
    )
