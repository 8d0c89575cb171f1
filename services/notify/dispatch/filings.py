"""A counted filing → one inbox item a department at once, and a mail at once where ruling 17 asks for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from kit.postgres import Connection
from schemas.countings import DeclarationCounted
from schemas.declarations import Declaration
from services.notify.dispatch import declarants
from services.notify.rules import filings as rules
from services.notify.rules.filings import Notice
from services.notify.rules.routing import TEAM, TO_HAND_ON, Person
from services.notify.rules.subjects import Subject
from services.notify.rules.workdays import paris_day
from services.notify.store import deliveries, filings, people, preferences, webhooks
from services.notify.store.deliveries import New


async def declared(connection: Connection, message: Declaration, traceparent: str | None, now: datetime) -> None:
    both = await filings.record_declared(connection, message, traceparent)
    if both:
        story = await filings.traceparent_of(connection, message.declaration_id, message.revision)
        await _tell(connection, *both, story, now)


async def counted(connection: Connection, message: DeclarationCounted, traceparent: str | None, now: datetime) -> None:
    both = await filings.record_counted(connection, message, traceparent)
    if both:
        await _tell(connection, *both, traceparent, now)


async def _tell(connection: Connection, declared: Declaration, counted: DeclarationCounted, story: str | None, now: datetime) -> None:
    day = paris_day(counted.counted_at)
    await declarants.counted(connection, declared, counted, story, now)
    for notice in rules.notices(declared, counted):
        subject: Subject = "CORRECTIONS" if rules.at_once(notice) else "FILINGS"
        holder = await people.holder(connection, notice.department, day) or await people.holder(
            connection, notice.department, paris_day(now)
        )
        by_mail = holder is not None and await preferences.frequency(connection, holder.id, subject) == "immediate"
        content = {"notice": asdict(notice), "counted_at": counted.counted_at.isoformat()}
        await deliveries.add(connection, _item(notice, holder, day, content, story, subject, taken=by_mail), now)
        if holder is not None and by_mail:
            await deliveries.add(connection, _mail(notice, holder, day, content, story), now)


def _item(
    notice: Notice, holder: Person | None, day: date, content: dict[str, Any], story: str | None, subject: Subject, *, taken: bool
) -> New:
    return New(
        dedupe=f"filing:{notice.number}:{notice.revision}:{notice.department}:inbox",
        channel="inbox",
        kind=notice.kind,
        about=notice.number,
        recipient_id=holder.id if holder else TEAM,
        recipient_name=holder.full_name if holder else "",
        title=rules.title(notice) if holder else f"{TO_HAND_ON}{rules.title(notice)}",
        department=notice.department,
        revision=notice.revision,
        mandate_id=holder.mandate_id if holder else None,
        mandate_day=day,
        content=content,
        digest="taken" if taken else "pending",
        subject=subject,
        traceparent=story,
    )


def _mail(notice: Notice, holder: Person, day: date, content: dict[str, Any], story: str | None) -> New:
    return New(
        dedupe=f"filing:{notice.number}:{notice.revision}:{notice.department}:mail",
        channel="mail",
        kind=notice.kind,
        about=notice.number,
        recipient_id=holder.id,
        recipient_name=holder.full_name,
        address=holder.email,
        title=rules.title(notice),
        department=notice.department,
        revision=notice.revision,
        mandate_id=holder.mandate_id,
        mandate_day=day,
        content=content,
        traceparent=story,
    )


async def reroute(connection: Connection, departments: Iterable[str] | None, now: datetime) -> None:
    """Look again at who holds the mandates of open items: « à transmettre » moves to the coordination that has been recorded meanwhile."""
    rows = await connection.fetch(
        """
        select * from deliveries
        where channel = 'inbox' and (kind like 'FILING%' or by_mandate) and done_at is null and created_at > $1::timestamptz - interval '31 days'
            and ($2::text[] is null or department = any($2))
        order by delivery_id for update
        """,
        now,
        None if departments is None else list(departments),
    )
    holders: dict[tuple[str, date | None], Person | None] = {}
    for row in rows:
        key = (row["department"], row["mandate_day"])
        if key not in holders:
            holders[key] = await people.holder(connection, key[0], key[1] or paris_day(now)) or await people.holder(
                connection, key[0], paris_day(now)
            )
        holder = holders[key]
        if holder is not None and (holder.id, holder.mandate_id) != (row["recipient_id"], row["mandate_id"]):
            [moved] = await connection.fetch(
                "update deliveries set recipient_id = $2, recipient_name = $3, mandate_id = $4, title = $5 where delivery_id = $1 returning *",
                row["delivery_id"], holder.id, holder.full_name, holder.mandate_id, row["title"].removeprefix(TO_HAND_ON),
            )  # fmt: skip
            if row["recipient_id"] != holder.id:
                await deliveries.announce_sent(connection, moved, now, traceparent=row["traceparent"])
                await webhooks.enqueue(connection, moved, now)
