"""What the addresses in a mail open: the answer to an invitation, the end of a digest."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import asyncpg

from kit.postgres import Connection, Pool
from schemas.meetings import Meeting, MeetingCancelled
from services.notify.rules import meeting_letters, wording
from services.notify.rules.routing import TEAM
from services.notify.store import deliveries, meetings
from services.notify.store.deliveries import New

Answer = Literal["oui", "non", "autre"]
SAID: Final[dict[str, str]] = {"oui": "viendra", "non": "ne peut pas venir", "autre": "sera remplacé(e)"}


async def by_secret(pool: Pool, secret: str) -> asyncpg.Record | None:
    """The mail that carried this secret."""
    return await pool.fetchrow(
        "select delivery_id, kind, about, recipient_id, recipient_name, department, revision, traceparent, instead_of from deliveries where secret = $1",
        secret,
    )


async def meeting_of(pool: Pool, meeting_id: str) -> Meeting | None:
    row = await pool.fetchrow("select type, message::text from meetings where meeting_id = $1", UUID(meeting_id))
    return meetings.read(row["type"], row["message"]) if row else None


async def given(pool: Pool, meeting: Meeting, recipient_id: str) -> str | None:
    """The answer that holds for the meeting as it is now."""
    found: str | None = await pool.fetchval(
        "select answer from answers where meeting_id = $1 and recipient_id = $2 and sequence = $3",
        meeting.meeting_id,
        recipient_id,
        meeting.sequence,
    )
    return found


async def record(connection: Connection, mail: asyncpg.Record, meeting: Meeting, answer: Answer, now: datetime) -> None:
    """Keep the answer and tell the team; the same answer twice is told once."""
    if isinstance(meeting, MeetingCancelled):
        return
    await connection.execute(
        """
        insert into answers (meeting_id, recipient_id, sequence, answer, answered_at) values ($1, $2, $3, $4, $5)
        on conflict (meeting_id, recipient_id) do update
            set sequence = excluded.sequence, answer = excluded.answer, answered_at = excluded.answered_at
        """,
        meeting.meeting_id, mail["recipient_id"], meeting.sequence, answer, now,
    )  # fmt: skip
    day = wording.day(meeting.starts_at.date(), year=True)
    await deliveries.add(
        connection,
        New(
            dedupe=f"answer:{meeting.meeting_id}:{meeting.sequence}:{mail['recipient_id']}:{answer}",
            channel="inbox",
            kind="MEETING_ANSWER",
            about=str(meeting.meeting_id),
            recipient_id=TEAM,
            title=f"{mail['recipient_name']} {SAID[answer]} : {meeting_letters.name_of(meeting)}, {day}",
            department=meeting.department,
            revision=meeting.revision,
            page=meeting.page,
            traceparent=mail["traceparent"],
        ),
        now,
    )
