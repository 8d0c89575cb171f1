"""What notify reads, topic by topic, and what each message makes it tell. Every reader can be read twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from kit import registry
from kit.consumer import Batch, Reader
from kit.postgres import Connection
from schemas import topics
from schemas.countings import DeclarationCounted
from schemas.declarations import Declaration, NothingToDeclare, QuestionAnswered, QuestionAsked, SourceChanged
from schemas.directory import MandateRecorded, PersonRecorded
from schemas.indicators import EditionAbandoned, EditionPublished, EditionReviewOpened, SilenceNoticed
from schemas.meetings import ActionDue, AttendanceRecorded, Diagnostic, Meeting, OutcomesAsked, Poll, PollAnswered, Registration
from schemas.vocabulary.places import DEPARTMENTS
from services.notify.dispatch import attendance, declarants, editions, filings, handovers, meetings, registrations, tasks
from services.notify.store import people

Clock = Callable[[], datetime]
NAME = "notify"


def readers(clock: Clock, wake: Callable[[], None]) -> list[Reader]:
    """`wake` is called after each commit, so that a mail leaves at once instead of at the next look."""

    def woken(_batch: Batch) -> None:
        wake()

    found = [_directory(clock), _declarations(clock), _countings(clock), _meetings(clock), _indicators(clock)]
    for reader in found:
        reader.after_commit = woken
    return found


def _directory(clock: Clock) -> Reader:
    async def moved(connection: Connection, batch: Batch) -> None:
        """A mandate or an address changed: look again at everything that is open in its departments."""
        departments: set[str] = set()
        persons: list[UUID] = []
        mandates: list[MandateRecorded] = []
        if any(received.message is None for received in batch.records):  # whose it was, nobody can tell any more
            departments |= set(DEPARTMENTS)
        for received in batch.records:
            match received.message:
                case MandateRecorded() as mandate:
                    departments.add(mandate.department)
                    mandates.append(mandate)
                case PersonRecorded() as person:
                    persons.append(person.person_id)
                case _:
                    pass
        if persons:
            departments |= await people.departments_of_people(connection, persons)
        if departments:
            now = clock()
            await meetings.reroute(connection, sorted(departments), now)
            await filings.reroute(connection, sorted(departments), now)
            for mandate in mandates:
                await handovers.recorded(connection, mandate, now)
            await connection.execute(
                "update deliveries set not_before = $2 where channel = 'mail' and state = 'waiting' and attempts = 0"
                " and coalesce(due_at, created_at) <= $2 and department = any($1)",
                sorted(departments),
                now,
            )

    return registry.reader(NAME, also=moved)


def _declarations(clock: Clock) -> Reader:
    async def apply(connection: Connection, batch: Batch) -> None:
        for received in batch.records:
            match received.message:
                case Declaration() as declared:
                    await filings.declared(connection, declared, received.traceparent, clock())
                    await declarants.received(connection, declared, received.traceparent, clock())
                case QuestionAsked() as question:
                    await declarants.asked(connection, question, received.traceparent, clock())
                case QuestionAnswered() as answer:
                    await declarants.answered(connection, answer, received.traceparent, clock())
                case SourceChanged() as changed:
                    await declarants.source_changed(connection, changed, received.traceparent, clock())
                case NothingToDeclare() as nothing:
                    await declarants.heard_from(connection, nothing, clock())
                case _:
                    pass

    return Reader(topics.DECLARATIONS, NAME, apply)


def _countings(clock: Clock) -> Reader:
    async def apply(connection: Connection, batch: Batch) -> None:
        for received in batch.records:
            if isinstance(received.message, DeclarationCounted):
                await filings.counted(connection, received.message, received.traceparent, clock())

    return Reader(topics.COUNTINGS, NAME, apply)


def _meetings(clock: Clock) -> Reader:
    async def apply(connection: Connection, batch: Batch) -> None:
        for received in batch.records:
            match received.message:
                case Meeting() as meeting:
                    await meetings.changed(connection, meeting, received.traceparent, clock())
                case Registration() as registration:
                    await registrations.changed(connection, registration, received.traceparent, clock())
                case Poll() as poll:
                    await tasks.poll(connection, poll, received.traceparent, clock())
                case PollAnswered() as answer:
                    await tasks.poll_answered(connection, answer, clock())
                case Diagnostic() as diagnostic:
                    await tasks.diagnostic(connection, diagnostic, received.traceparent, clock())
                case AttendanceRecorded() | OutcomesAsked() as afterwards:
                    await attendance.afterwards(connection, afterwards, received.traceparent, clock())
                case ActionDue() as action:
                    await tasks.action(connection, action, received.traceparent, clock())
                case _:
                    pass

    return Reader(topics.MEETINGS, NAME, apply)


def _indicators(clock: Clock) -> Reader:
    async def apply(connection: Connection, batch: Batch) -> None:
        """Figures are looked up, not mailed; a silence and an edition to be read are."""
        for received in batch.records:
            match received.message:
                case SilenceNoticed() as silence:
                    await declarants.silent(connection, silence, clock())
                case EditionReviewOpened() as review:
                    await editions.review_opened(connection, review, received.traceparent, clock())
                case EditionAbandoned() as given_up:
                    await editions.abandoned(connection, given_up, received.traceparent, clock())
                case EditionPublished() as edition:
                    await editions.published(connection, edition, clock())
                case _:
                    pass

    return Reader(topics.INDICATORS, NAME, apply)
