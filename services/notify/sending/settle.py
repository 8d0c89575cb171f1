"""What became of an attempt, written down and announced in one transaction."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg

from kit import outbox, telemetry
from kit.postgres import Connection
from schemas.deliveries import MessageSent
from services.notify.rules import wording
from services.notify.rules.routing import TEAM
from services.notify.rules.workdays import paris_day
from services.notify.sending.claim import Claimed
from services.notify.store import deliveries, people
from services.notify.store.deliveries import New

FIRST_WAIT: Final = timedelta(seconds=5)
LONGEST_WAIT: Final = timedelta(minutes=30)
SPANS: Final = 64
"""Filings of one digest that get a span of their own; the rows tell the story of the others."""


def wait_after(attempts: int) -> timedelta:
    """5 s, 10 s, 20 s … 30 minutes."""
    doublings: int = min(attempts - 1, 12)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


async def sent(connection: Connection, claimed: Claimed, now: datetime) -> None:
    row = await _mine(connection, claimed, "update deliveries set state = 'sent', settled_at = $3, lease_until = null, reason = null", now)
    if row is None:
        return
    here = telemetry.current_traceparent()
    if row["kind"] != "FILING_DIGEST":
        await deliveries.announce_sent(connection, row, now, traceparent=here)
        return
    # a digest tells of many filings: each hears that its coordination has the mail, in its own story
    items = json.loads(row["content_text"])["items"]
    stories = [_in_the_story_of(item) if place < SPANS else item["traceparent"] or here for place, item in enumerate(items)]
    fields = deliveries.delivery_of(row)
    told = [{**fields, "about": item["about"], "department": item["department"]} for item in items]
    messages = [MessageSent(**each, sent_at=now, copies=row["copies"]) for each in told]
    await outbox.add_many(connection, messages, traceparents=stories)


def _in_the_story_of(item: dict[str, Any]) -> str:
    """A span in the filing's own trace, so that it ends at the mail although one mail told of many."""
    with telemetry.span("mail in digest", parent=item["traceparent"], **{"macs.about": item["about"]}):
        return telemetry.current_traceparent()


async def not_taken(connection: Connection, claimed: Claimed, reason: str, now: datetime) -> None:
    """Nobody has this copy: it is not counted, and the row waits. Whether an earlier one may have arrived stays known."""
    await _mine(
        connection,
        claimed,
        """update deliveries set state = case when copies > 1 then 'unknown' else 'waiting' end, copies = copies - 1, lease_until = null,
            reason = $4, not_before = $3::timestamptz + $5::interval""",
        now,
        reason[:500],
        wait_after(claimed.attempt),
    )


async def unknown(connection: Connection, claimed: Claimed, reason: str, now: datetime) -> None:
    """The server may have it. A copy with the same Message-ID follows, and is counted."""
    await _mine(
        connection,
        claimed,
        "update deliveries set state = 'unknown', lease_until = null, reason = $4, not_before = $3::timestamptz + $5::interval",
        now,
        reason[:500],
        wait_after(claimed.attempt),
    )


async def refused(connection: Connection, claimed: Claimed, reason: str, now: datetime) -> None:
    """Not taken, for good: announced, and shown to the team as an address to correct."""
    row = await _mine(
        connection,
        claimed,
        "update deliveries set state = 'bounced', copies = copies - 1, settled_at = $3, lease_until = null, reason = $4",
        now,
        reason[:500],
    )
    if row is None:
        return
    await deliveries.announce_bounced(connection, row, reason[:500], traceparent=telemetry.current_traceparent())
    await _to_be_corrected(connection, row, now)


async def _to_be_corrected(connection: Connection, row: asyncpg.Record, now: datetime) -> None:
    """« Adresse à corriger »: to the team, and to the coordination of the department unless the address is its own."""
    where = wording.department(row["department"])
    item = New(
        dedupe=f"refused:{row['delivery_id']}",
        channel="inbox",
        kind="MAIL_REFUSED",
        about=row["about"],
        recipient_id=TEAM,
        title=f"Courriel refusé, adresse à corriger : {row['recipient_name']} ({row['address']}), {where}",
        department=row["department"],
        traceparent=row["traceparent"],
    )
    await deliveries.add(connection, item, now)
    holder = await people.holder(connection, row["department"], paris_day(now))
    if holder is not None and holder.id != row["recipient_id"]:
        own = replace(
            item, dedupe=f"{item.dedupe}:{row['department']}", recipient_id=holder.id, recipient_name=holder.full_name, mandate_id=holder.mandate_id,
            by_mandate=True,
        )  # fmt: skip
        await deliveries.add(connection, own, now)


async def _mine(connection: Connection, claimed: Claimed, change: str, now: datetime, *more: object) -> asyncpg.Record | None:
    """Apply a change to the row, unless another process has taken it since."""
    return await connection.fetchrow(
        f"{change} where delivery_id = $1 and state = 'sending' and attempts = $2 returning *, content::text as content_text",
        claimed.delivery_id,
        claimed.attempt,
        now,
        *more,
    )
