"""Polls, diagnostics and actions → letters to those who are asked, and nothing to those who have answered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from kit.postgres import Connection
from schemas.meetings import (
    ActionDue,
    Addressee,
    Diagnostic,
    DiagnosticRequested,
    DiagnosticReviewed,
    DiagnosticSubmitted,
    Poll,
    PollAnswered,
    PollClosed,
    PollOpened,
    PollReminded,
)
from schemas.zones import PARIS
from services.notify.dispatch.tellings import Telling, done, tell, tell_team
from services.notify.rules import task_letters
from services.notify.rules.workdays import paris_day
from services.notify.store import tasks


async def poll(connection: Connection, message: Poll, traceparent: str | None, now: datetime) -> None:
    """Opened, reminded or closed."""
    if isinstance(message, PollReminded):  # a question to people, not a state of the poll
        await _ask(connection, message, message.recipients, f"reminded:{message.id}", traceparent, now)
        return
    is_new, before = await tasks.record_poll(connection, message)
    if not is_new:
        return
    if isinstance(message, PollClosed):
        await done(connection, "POLL", str(message.poll_id), "closed", now)
        return
    if isinstance(message, PollOpened):
        same_question = before is not None and before.options == message.options
        asked = {tasks.key_of(who) for who in before.recipients} if before is not None and same_question else set()
        fresh = [who for who in message.recipients if tasks.key_of(who) not in asked]
        await _ask(connection, message, fresh, f"opened:{_question(message)}", traceparent, now)


async def poll_answered(connection: Connection, message: PollAnswered, now: datetime) -> None:
    """No reminder any more; the item is dealt with, unless a successor has to confirm the answer."""
    await tasks.record_answer(connection, message)
    if message.to_confirm or message.by.email is not None:
        return
    await connection.execute(
        """
        update deliveries set done_at = $4, done_by = 'answer' where about = $1 and kind = 'POLL' and channel = 'inbox' and done_at is null
            and (department = $2 or recipient_id = $3)
        """,
        str(message.poll_id), message.by.department, str(message.by.person_id), now,
    )  # fmt: skip


async def remind(connection: Connection, now: datetime) -> int:
    """Reminders of polls that are due today: to those alone of whom no answer has come. Returns the polls reminded of."""
    found = await tasks.polls_to_remind(connection, paris_day(now))
    for each in found:
        await tasks.reminder_done(connection, each.poll_id)
        if each.answer_by >= paris_day(now):
            await _ask(connection, each, each.recipients, f"due:{each.remind_on}", None, now, reminder=True)
    return len(found)


async def _ask(
    connection: Connection,
    message: Poll,
    who: Iterable[Addressee],
    name: str,
    traceparent: str | None,
    now: datetime,
    *,
    reminder: bool = False,
) -> None:
    reminder = reminder or isinstance(message, PollReminded)
    answered = await tasks.answered(connection, message.poll_id) if reminder else set()
    for addressee in who:
        if tasks.key_of(addressee) in answered:
            continue
        what = Telling(
            name=f"poll:{message.poll_id}:{name}",
            kind="POLL",
            about=str(message.poll_id),
            title=task_letters.poll_title(message, reminder=reminder),
            letter=task_letters.poll(message, addressee, reminder=reminder),
            revision=message.revision,
            expires_at=_end_of(message.answer_by),
            traceparent=traceparent,
        )
        await tell(connection, addressee, what, now)


async def diagnostic(connection: Connection, message: Diagnostic, traceparent: str | None, now: datetime) -> None:
    if not await tasks.record_diagnostic(connection, message):
        return
    about, to = str(message.diagnostic_id), Addressee(department=message.department)
    match message:
        case DiagnosticRequested():
            what = Telling(
                name=f"diagnostic:{about}:{f'reminder:{message.revision}' if message.reminder else 'asked'}", kind="DIAGNOSTIC", about=about,
                title=task_letters.diagnostic_title(message, reminder=message.reminder),
                letter=task_letters.diagnostic(message, reminder=message.reminder), revision=message.revision,
                expires_at=_end_of(message.answer_by + timedelta(days=30)) if message.answer_by else None, traceparent=traceparent,
            )  # fmt: skip
            await tell(connection, to, what, now)
        case DiagnosticSubmitted():
            await done(connection, "DIAGNOSTIC", about, "submitted", now)
            title = task_letters.diagnostic_submitted_title(message)
            what = Telling(
                f"diagnostic:{about}:submitted:{message.revision}", "DIAGNOSTIC_SUBMITTED", about, title, department=message.department,
                revision=message.revision, page=message.page, traceparent=traceparent,
            )  # fmt: skip
            await tell_team(connection, what, now)
        case DiagnosticReviewed():
            await done(connection, "DIAGNOSTIC_SUBMITTED", about, "reviewed", now)
            letter = task_letters.diagnostic_reviewed(message)
            what = Telling(
                f"diagnostic:{about}:reviewed:{message.revision}", "DIAGNOSTIC_REVIEWED", about, letter.subject, letter,
                revision=message.revision, traceparent=traceparent,
            )  # fmt: skip
            await tell(connection, to, what, now)
        case _:
            pass


async def action(connection: Connection, message: ActionDue, traceparent: str | None, now: datetime) -> None:
    """One open item an action, rewritten while it lasts; the morning's digest tells of it. Done or dropped, it leaves the inbox."""
    if not await tasks.record_action(connection, message):
        return
    about = str(message.action_id)
    await done(connection, "ACTION", about, "state", now)
    if message.state != "OPEN":
        await connection.execute(
            "update deliveries set digest = 'unwanted' where about = $1 and kind = 'ACTION' and digest = 'pending'", about
        )
        return
    what = Telling(
        f"action:{about}:{message.revision}", "ACTION", about, task_letters.action_title(message, paris_day(now)),
        department=message.department, revision=message.revision, in_digest=message.department is not None and message.person_id is None,
        page=message.page, traceparent=traceparent,
    )  # fmt: skip
    if message.person_id is not None or message.department is not None:
        await tell(
            connection, Addressee(person_id=message.person_id, department=None if message.person_id else message.department), what, now
        )
    else:
        await tell_team(connection, what, now)


def _question(message: Poll) -> str:
    """The revision whose options are asked about: the same addressee is asked again when the options change."""
    return str(message.revision)


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(0), PARIS)
