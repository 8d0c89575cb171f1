"""Polls, diagnostics and actions as they stand. A revision already known or overtaken changes nothing."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from kit.postgres import Connection
from schemas.meetings import (
    ActionDue,
    Addressee,
    Diagnostic,
    DiagnosticProgressed,
    DiagnosticRequested,
    DiagnosticReviewed,
    DiagnosticSubmitted,
    Poll,
    PollAnswered,
    PollClosed,
    PollOpened,
    PollReminded,
)

_POLLS: Final[dict[str, type[Poll]]] = {kind.__name__: kind for kind in (PollOpened, PollReminded, PollClosed)}
_DIAGNOSTICS: Final[dict[str, type[Diagnostic]]] = {
    kind.__name__: kind for kind in (DiagnosticRequested, DiagnosticProgressed, DiagnosticSubmitted, DiagnosticReviewed)
}


def key_of(who: Addressee) -> str:
    """One name for an addressee, whichever message it stands in."""
    if who.person_id is not None:
        return f"person:{who.person_id}"
    return f"department:{who.department}" if who.department else f"mail:{(who.email or '').lower()}"


async def record_poll(connection: Connection, poll: Poll) -> tuple[bool, Poll | None]:
    """Keep the poll's state under its row lock: whether it is new, and what was known before."""
    row = await connection.fetchrow("select type, revision, message::text from polls where poll_id = $1 for update", poll.poll_id)
    before = _POLLS[row["type"]].model_validate_json(row["message"]) if row else None
    if before is not None and before.revision >= poll.revision:
        return False, before
    await connection.execute(
        """
        insert into polls (poll_id, revision, type, message, remind_on) values ($1, $2, $3, $4::text::jsonb, $5)
        on conflict (poll_id) do update set revision = excluded.revision, type = excluded.type, message = excluded.message,
            remind_on = excluded.remind_on
        """,
        poll.poll_id, poll.revision, type(poll).__name__, poll.model_dump_json(), poll.remind_on if isinstance(poll, PollOpened) else None,
    )  # fmt: skip
    return True, before


async def record_answer(connection: Connection, answer: PollAnswered) -> None:
    await connection.execute(
        """
        insert into poll_answers (poll_id, recipient, to_confirm, answered_at) values ($1, $2, $3, $4)
        on conflict (poll_id, recipient) do update set to_confirm = excluded.to_confirm, answered_at = excluded.answered_at
            where poll_answers.answered_at <= excluded.answered_at
        """,
        answer.poll_id,
        key_of(answer.by),
        answer.to_confirm,
        answer.answered_at,
    )


async def answered(connection: Connection, poll_id: UUID) -> set[str]:
    return {row["recipient"] for row in await connection.fetch("select recipient from poll_answers where poll_id = $1", poll_id)}


async def polls_to_remind(connection: Connection, day: date) -> list[Poll]:
    """Open polls whose reminder is due."""
    rows = await connection.fetch("select type, message::text from polls where remind_on <= $1 order by poll_id for update", day)
    return [_POLLS[row["type"]].model_validate_json(row["message"]) for row in rows]


async def reminder_done(connection: Connection, poll_id: UUID) -> None:
    await connection.execute("update polls set remind_on = null where poll_id = $1", poll_id)


async def answers_to_confirm(connection: Connection, department: str) -> int:
    """Answers of a predecessor in polls that are still open."""
    return int(
        await connection.fetchval(
            "select count(*) from poll_answers a join polls p using (poll_id) where a.recipient = $1 and a.to_confirm and p.type <> 'PollClosed'",
            f"department:{department}",
        )
    )


async def record_diagnostic(connection: Connection, diagnostic: Diagnostic) -> bool:
    return bool(
        await connection.fetchval(
            """
            insert into diagnostics (diagnostic_id, revision, type, department, message) values ($1, $2, $3, $4, $5::text::jsonb)
            on conflict (diagnostic_id) do update set revision = excluded.revision, type = excluded.type, department = excluded.department,
                message = excluded.message where diagnostics.revision < excluded.revision
            returning true
            """,
            diagnostic.diagnostic_id, diagnostic.revision, type(diagnostic).__name__, diagnostic.department, diagnostic.model_dump_json(),
        )
    )  # fmt: skip


async def diagnostic_of(connection: Connection, department: str) -> Diagnostic | None:
    """The department's latest form that is still to be filled in."""
    row = await connection.fetchrow(
        """
        select type, message::text from diagnostics where department = $1 and message->>'state' = 'TO_FILL'
        order by (message->>'year')::integer desc limit 1
        """,
        department,
    )
    return _DIAGNOSTICS[row["type"]].model_validate_json(row["message"]) if row else None


async def record_action(connection: Connection, action: ActionDue) -> bool:
    return bool(
        await connection.fetchval(
            """
            insert into actions (action_id, revision, department, message) values ($1, $2, $3, $4::text::jsonb)
            on conflict (action_id) do update set revision = excluded.revision, department = excluded.department, message = excluded.message
                where actions.revision < excluded.revision
            returning true
            """,
            action.action_id,
            action.revision,
            action.department,
            action.model_dump_json(),
        )
    )


async def open_actions(connection: Connection, department: str) -> list[ActionDue]:
    rows = await connection.fetch(
        "select message::text from actions where department = $1 and message->>'state' = 'OPEN' order by message->>'due', action_id",
        department,
    )
    return [ActionDue.model_validate_json(row["message"]) for row in rows]
