"""What whoever declares is told: received, counted, asked about, and that nothing came for a quarter."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

from kit.postgres import Connection
from schemas.countings import DeclarationCounted
from schemas.declarations import Declaration, NothingToDeclare, QuestionAnswered, QuestionAsked, SourceChanged
from schemas.indicators import SilenceNoticed
from schemas.meetings import Addressee
from services.notify.dispatch.tellings import Telling, tell
from services.notify.rules import declarant_letters, source_letters
from services.notify.rules.declarant_letters import Silent
from services.notify.rules.workdays import paris_day
from services.notify.store import declarants
from services.notify.store.declarants import Silence

PATIENCE: Final = timedelta(days=14)
"""Between the letter about a silence and its one reminder, and between the reminder and the coordination's decision."""
NOT_ME: Final = "/coordination/pas-moi"


async def received(connection: Connection, declared: Declaration, traceparent: str | None, now: datetime) -> None:
    """The receipt, to the account that sent it. The API's answer is a receipt already: there a mail is only for who asked for one."""
    await heard_from(connection, declared, now)
    whose = declared.acting_id or declared.declarant_id
    what = Telling(
        name=f"receipt:{declared.declaration_id}:{declared.revision}", kind="RECEIPT", about=declared.declaration_id,
        title=declarant_letters.receipt_title(declared), letter=declarant_letters.receipt(declared), revision=declared.revision,
        in_app=False, informs=True, unless_chosen="never" if declared.door == "api" else None, traceparent=traceparent,
    )  # fmt: skip
    for person in await declarants.authors(connection, declared.declared_by, whose):
        await tell(connection, Addressee(person_id=person), what, now)


async def counted(connection: Connection, declared: Declaration, found: DeclarationCounted, traceparent: str | None, now: datetime) -> None:
    whose = declared.acting_id or declared.declarant_id
    what = Telling(
        name=f"counted:{declared.declaration_id}:{found.revision}", kind="HOURS_COUNTED", about=declared.declaration_id,
        title=declarant_letters.counted_title(declared, found), letter=declarant_letters.counted(declared, found), revision=found.revision,
        informs=True, traceparent=traceparent,
    )  # fmt: skip
    for person in await declarants.authors(connection, declared.declared_by, whose):
        await tell(connection, Addressee(person_id=person), what, now)


async def asked(connection: Connection, message: QuestionAsked, traceparent: str | None, now: datetime) -> None:
    what = Telling(
        name=f"question:{message.question_id}", kind="QUESTION", about=message.declaration_id,
        title=f"Question sur {message.declaration_id} : {message.text}"[:300], letter=declarant_letters.question(message), traceparent=traceparent,
    )  # fmt: skip
    for person in await declarants.authors(connection, message.declared_by, message.declarant_id):
        await tell(connection, Addressee(person_id=person), what, now)


async def answered(connection: Connection, message: QuestionAnswered, traceparent: str | None, now: datetime) -> None:
    """To the person who asked; a question asked with a key that is nobody's is the departments'."""
    await connection.execute(
        "update deliveries set done_at = $2, done_by = 'answer' where dedupe like $1 and channel = 'inbox' and done_at is null",
        f"question:{message.question_id}:%",
        now,
    )
    what = Telling(
        name=f"answer:{message.question_id}", kind="ANSWER", about=message.declaration_id,
        title=f"Réponse sur {message.declaration_id} : {message.text}"[:300], letter=declarant_letters.answer(message), traceparent=traceparent,
    )  # fmt: skip
    person = await declarants.asker(connection, message.asked_by)
    to = [Addressee(person_id=person)] if person else [Addressee(department=code) for code in message.departments]
    for addressee in to:
        await tell(connection, addressee, what, now)


async def source_changed(connection: Connection, message: SourceChanged, traceparent: str | None, now: datetime) -> None:
    """To everybody who declares for the organisation, in the digest unless chosen otherwise (practice, ruling 17)."""
    what = Telling(
        name=f"source:{message.declaration_id}:{message.revision}:{'counts' if message.counts else 'beside'}", kind="SOURCE_CHANGED",
        about=message.declaration_id, title=source_letters.title(message), letter=source_letters.letter(message), revision=message.revision,
        informs=True, traceparent=traceparent,
    )  # fmt: skip
    for person in await declarants.of_organisation(connection, message.declarant_id):
        await tell(connection, Addressee(person_id=person), what, now)


async def heard_from(connection: Connection, message: Declaration | NothingToDeclare, now: datetime) -> None:
    """Something came: reminders stop."""
    named = message.departments
    departments = [each if isinstance(each, str) else each.department for each in named]
    for secret in await declarants.heard_from(connection, message.declarant_id, departments, message.occurred_at):
        await _items_done(connection, secret, now)


async def silent(connection: Connection, message: SilenceNoticed, now: datetime) -> None:
    """Kept until the morning, so that an organisation silent in several departments has one letter."""
    await declarants.notice(connection, message.organisation_id, message.department, message.since, message.contracts, now)


async def tell_of_silences(connection: Connection, now: datetime) -> int:
    """The letter, one reminder, then the coordination decides. Returns how many silences something was told of."""
    fresh = await declarants.untold(connection)
    for found in fresh:
        secret = secrets.token_urlsafe(24)
        await declarants.told(connection, found, secret, now)
        if not await _write(connection, found, secret, now, reminder=False):
            await _hand_over(connection, found, now)
    late = await declarants.to_remind(connection, now - PATIENCE)
    for found in late:
        await declarants.reminded(connection, found, now)
        await _write(connection, found, found.secret or "", now, reminder=True)
    given_up = await declarants.to_hand_over(connection, now - PATIENCE)
    for found in given_up:
        await _hand_over(connection, found, now)
    return len(fresh) + len(late) + len(given_up)


async def _write(connection: Connection, found: Silence, secret: str, now: datetime, *, reminder: bool) -> int:
    """To everybody who declares for the organisation. Returns how many that is."""
    contact = await declarants.contact_of(connection, found.departments[0], paris_day(now))
    letter = declarant_letters.silence(Silent(found.since, found.contracts, found.last, contact), f"{NOT_ME}/{secret}", reminder=reminder)
    what = Telling(
        name=f"silence:{secret}:{'reminder' if reminder else 'letter'}", kind="SILENCE", about=f"silence:{secret}",
        title=declarant_letters.silence_title(found.since, found.contracts), letter=letter, in_app=not reminder,
    )  # fmt: skip
    people = await declarants.of_organisation(connection, found.organisation_id)
    for person in people:
        await tell(connection, Addressee(person_id=person), what, now)
    return len(people)


async def _hand_over(connection: Connection, found: Silence, now: datetime) -> None:
    await declarants.handed_over(connection, found, now)
    for department in found.departments:
        what = Telling(
            name=f"silence:{found.organisation_id}:{found.since}:{department}", kind="SILENCE_UNANSWERED",
            about=f"silence:{found.organisation_id}",
            title=declarant_letters.silence_title(found.since, found.contracts, found.name, reminded=found.secret is not None),
        )  # fmt: skip
        await tell(connection, Addressee(department=department), what, now)


async def somebody_else(connection: Connection, found: Silence, who: str, now: datetime) -> None:
    """« Ce n'est plus moi »: the coordinations hear whom to write to; no more reminders to the wrong person."""
    await declarants.close(connection, found.organisation_id, found.departments, now)
    await _items_done(connection, found.secret or "", now)
    for department in found.departments:
        what = Telling(
            name=f"contact:{found.organisation_id}:{found.since}:{department}:{who}", kind="CONTACT_CHANGED",
            about=f"silence:{found.organisation_id}", title=f"Autre contact pour {found.name} : {who}",
        )  # fmt: skip
        await tell(connection, Addressee(department=department), what, now)


async def _items_done(connection: Connection, secret: str, now: datetime) -> None:
    await connection.execute(
        "update deliveries set done_at = $2, done_by = 'answer' where about = $1 and channel = 'inbox' and done_at is null",
        f"silence:{secret}",
        now,
    )
