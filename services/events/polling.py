"""Ask for dates, answer, remind, propose another, choose. The API, the pages and the secret link call the same functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import Request, Response

from kit import idempotency, registry
from kit.errors import LineError, Refused
from kit.identity import Caller
from kit.postgres import Connection
from kit.problems import Problem
from kit.service import Runtime
from schemas.vocabulary.network import MEETINGS
from services.events import access
from services.events.organising import links_of, today
from services.events.rules import meetings as meeting_rules
from services.events.rules import polls as rules
from services.events.rules.meetings import Plan, PlannedSession
from services.events.rules.polls import Option, Question, Recipient, Tally
from services.events.store import ballots, meetings, polls
from services.events.store.polls import KeptPoll


async def create(runtime: Runtime, caller: Caller, wanted: Question) -> KeptPoll:
    """Raises Refused for a question that is not right, 403 outside the own department."""
    async with runtime.pool.acquire() as connection, connection.transaction():
        kept = await _create(connection, runtime, caller, wanted)
    runtime.wake_relay()
    return kept


async def create_once(
    runtime: Runtime, caller: Caller, request: Request, wanted: Question, key: str | None, answer: Callable[[KeptPoll], dict[str, Any]]
) -> Response:
    """The same, sent again under one Idempotency-Key: one poll. Without a key every request is its own."""
    async with runtime.pool.acquire() as connection, connection.transaction():
        claim = None
        if key is not None:
            claim = await idempotency.begin(
                connection, scope=caller.id, route="POST polls", key=idempotency.key_of(request), body=await request.body()
            )
            if claim.replay:
                return claim.replay.response()
        kept = await _create(connection, runtime, caller, wanted)
        given = idempotency.Answer.of(201, answer(kept), {"Location": f"/api/v1/polls/{kept.poll_id}", "ETag": f'"{kept.revision}"'})
        if claim is not None:
            await claim.keep(given)
    runtime.wake_relay()
    return given.response()


async def _create(connection: Connection, runtime: Runtime, caller: Caller, wanted: Question) -> KeptPoll:
    access.organiser(caller, wanted.department)
    day = today(runtime)
    wanted = replace(wanted, remind_on=wanted.remind_on or rules.remind_on(wanted.answer_by, day))
    wanted = await _known(connection, wanted)
    rules.check(wanted, day)
    return await polls.create(connection, wanted, links_of(runtime), by=caller.id, now=runtime.clock())


async def change(runtime: Runtime, caller: Caller, poll_id: UUID, revision: int, wanted: Question) -> KeptPoll:
    """Raises Refused, 404, 409 once closed, 412. A later deadline opens it again; a new date is asked of everybody."""
    async with runtime.pool.acquire() as connection, connection.transaction():
        kept = await _organised(connection, caller, poll_id, revision)
        access.organiser(caller, wanted.department)
        known = {option.option_id: option for option in kept.question.options}
        foreign = [option for option in wanted.options if option.option_id is not None and option.option_id not in known]
        if foreign:
            error = LineError(
                column="options", code="UNKNOWN_OPTION", value=str(foreign[0].option_id), message="Cette date est d’un autre sondage."
            )
            raise Refused([error], code="POLL_REFUSED")
        options = tuple(_same(option, known.get(option.option_id)) for option in wanted.options)
        wanted = await _known(connection, replace(wanted, options=options))
        rules.check(wanted, today(runtime), kept.question.options)
        kept = await polls.change(connection, kept, wanted, links_of(runtime), now=runtime.clock())
    runtime.wake_relay()
    return kept


def _same(option: Option, before: Option | None) -> Option:
    """Another time is another date: what was said of the old one does not hold for it."""
    if before is None or (before.starts_at, before.ends_at) == (option.starts_at, option.ends_at):
        return option
    return replace(option, option_id=None)


async def answer(
    runtime: Runtime, poll_id: UUID, who: UUID, given: Mapping[str, str], comment: str | None = None, by: UUID | None = None
) -> KeptPoll:
    """What a recipient says of every date. Raises Refused when a date is left out, 409 after the deadline."""
    async with runtime.pool.acquire() as connection, connection.transaction():
        kept, recipient = await _asked(connection, runtime, poll_id, who)
        said = rules.check_answers(kept.question.options, given, comment)
        speaker = by or await _speaker(connection, runtime, recipient)
        await ballots.answer(connection, kept, recipient, said, comment or None, speaker, runtime.clock())
        kept = await polls.get(connection, poll_id)
    runtime.wake_relay()
    return kept


async def confirm(runtime: Runtime, poll_id: UUID, who: UUID, by: UUID | None = None) -> KeptPoll:
    """A successor keeps the predecessor's answers. Raises 409 after the deadline or when nothing was said."""
    async with runtime.pool.acquire() as connection, connection.transaction():
        kept, recipient = await _asked(connection, runtime, poll_id, who)
        if who not in kept.ballots:
            raise Problem(409, "NO_ANSWER", "Il n’y a pas encore de réponse à confirmer", "Répondez d’abord pour chaque date.")
        speaker = by or await _speaker(connection, runtime, recipient)
        await ballots.confirm(connection, kept, recipient, speaker, runtime.clock())
        kept = await polls.get(connection, poll_id)
    runtime.wake_relay()
    return kept


async def propose(runtime: Runtime, poll_id: UUID, who: UUID, option: Option) -> KeptPoll:
    """Another date. Raises Refused for a date that is not right or is proposed already, 409 after the deadline."""
    async with runtime.pool.acquire() as connection, connection.transaction():
        kept, recipient = await _asked(connection, runtime, poll_id, who)
        errors = list(rules.faults_of(option, today(runtime)))
        if any((option.starts_at, option.ends_at) == (other.starts_at, other.ends_at) for other in kept.question.options):
            errors.append(LineError(column="options.starts_at", code="TWICE", message="Cette date est déjà dans le sondage."))
        if errors:
            raise Refused(errors, code="PROPOSAL_REFUSED", title="Cette date ne peut pas être proposée")
        await ballots.propose(connection, kept, recipient, option, runtime.clock())
        return await polls.get(connection, poll_id)


async def settle(runtime: Runtime, caller: Caller, poll_id: UUID, proposal_id: UUID, *, add: bool) -> KeptPoll:
    """The organiser takes a proposed date up, and everybody is asked about it, or leaves it. A second time changes nothing."""
    async with runtime.pool.acquire() as connection, connection.transaction():
        kept = await _organised(connection, caller, poll_id)
        found = next((p for p in kept.proposals if p.proposal_id == proposal_id), None)
        if found is None:
            raise Problem(404, "UNKNOWN_PROPOSAL", "Cette proposition n’existe pas")
        if found.state != "proposed":
            return kept
        await ballots.settle(connection, proposal_id, "added" if add else "declined")
        if add:
            question = replace(kept.question, options=(*kept.question.options, found.option))
            rules.check(question, today(runtime), kept.question.options)
            kept = await polls.change(connection, kept, question, links_of(runtime), now=runtime.clock())
        kept = await polls.get(connection, poll_id)
    runtime.wake_relay()
    return kept


async def remind(runtime: Runtime, caller: Caller, poll_id: UUID) -> list[Recipient]:
    """Those who have not answered are asked again, at most once a day. Returns them. Raises 409 when there is nobody, or after the deadline."""
    day = today(runtime)
    async with runtime.pool.acquire() as connection, connection.transaction():
        kept = await _organised(connection, caller, poll_id)
        _open(kept, day)
        silent = [who for who in kept.question.recipients if not rules.has_answered(kept.question, kept.ballots, who)]
        if not silent:
            raise Problem(409, "ALL_ANSWERED", "Tout le monde a répondu", "Il n’y a personne à relancer.")
        if kept.reminded_on == day:
            raise Problem(409, "REMINDED", "Une relance est déjà partie aujourd’hui", "Une relance par jour au plus.")
        await ballots.remind(connection, kept, silent, links_of(runtime), today=day, now=runtime.clock())
    runtime.wake_relay()
    return silent


async def close(
    runtime: Runtime, caller: Caller, poll_id: UUID, chosen: UUID | None, *, place: str | None = None, despite_no: bool = False
) -> KeptPoll:
    """One date becomes the meeting and everybody who was asked is invited; without a date nothing is planned.

    Raises 409 when a required person said no and the organiser has not said that this is known, 409 when it was closed otherwise. The same
    choice again gives the same meeting.
    """
    async with runtime.pool.acquire() as connection, connection.transaction():
        kept = await polls.locked(connection, poll_id)
        access.organiser(caller, kept.question.department)
        if kept.state == "closed":
            if kept.chosen == chosen:
                return kept
            raise _closed()
        meeting_id = None
        if chosen is not None:
            tally = next((t for t in rules.tallies(kept.question, kept.ballots) if t.option.option_id == chosen), None)
            if tally is None:
                raise Problem(404, "UNKNOWN_OPTION", "Cette date n’est pas dans le sondage")
            if tally.missed and not despite_no:
                raise required_no(kept, tally)
            wanted = meeting_of(kept.question, tally.option, place)
            meeting_rules.check(wanted, today(runtime))
            meeting_id = (await meetings.plan(connection, wanted, by=caller.id, now=runtime.clock())).meeting_id
        kept = await polls.close(connection, kept, links_of(runtime), chosen=chosen, meeting_id=meeting_id, now=runtime.clock())
    runtime.wake_relay()
    return kept


def meeting_of(question: Question, option: Option, place: str | None) -> Plan:
    """The meeting of the date kept: the department's holder is invited by it, everybody else who was asked by name."""
    others = tuple(who.addressee() for who in question.recipients if who.department is None or who.department != question.department)
    return Plan(
        kind=question.kind, title=question.title, starts_at=option.starts_at, ends_at=option.ends_at,
        place=(place or "").strip() or option.place or question.place or "", theme=question.theme, department=question.department,
        sessions=(PlannedSession(MEETINGS[question.kind], "ATELIER" if question.kind == "ATELIER" else "PLENIERE"),), invited=others, contact=question.contact,
    )  # fmt: skip


def required_no(kept: KeptPoll, tally: Tally) -> Problem:
    names = ", ".join(kept.names.get(who.recipient_id, who.key) for who in tally.missed if who.recipient_id)
    return Problem(
        409, "REQUIRED_NO", "Une personne dont la présence est requise a répondu non",
        f"{names} : non pour le {rules.when(tally.option)}. Choisissez une autre date, ou confirmez que vous le savez.",
    )  # fmt: skip


async def own(connection: Connection, kept: KeptPoll, caller: Caller) -> list[Recipient]:
    """Those recipients that the caller speaks for: the person, and a department coordinated today or on one of the days."""
    found = []
    for who in kept.question.recipients:
        is_person = who.person_id is not None and who.person_id == caller.person
        if is_person or (who.department is not None and await _speaks_for(connection, kept, caller, who.department)):
            found.append(who)
    return found


async def _speaks_for(connection: Connection, kept: KeptPoll, caller: Caller, department: str) -> bool:
    if department in caller.own:
        return True
    if caller.person is None:
        return False
    days = {option.starts_at.date() for option in kept.question.options}
    holders = [await registry.holder_on(connection, department, day) for day in days]
    return any(holder is not None and holder.person_id == caller.person for holder in holders)


async def _speaker(connection: Connection, runtime: Runtime, recipient: Recipient) -> UUID | None:
    """Whose word it is when the caller is a key without a person: the person asked, or the department's holder today."""
    if recipient.department is None:
        return recipient.person_id
    holder = await registry.holder_on(connection, recipient.department, today(runtime))
    return holder.person_id if holder else None


async def _organised(connection: Connection, caller: Caller, poll_id: UUID, revision: int | None = None) -> KeptPoll:
    """The poll under its lock, for its organiser. Raises 403, 404, 409 once closed, 412."""
    kept = await polls.locked(connection, poll_id, revision)
    access.organiser(caller, kept.question.department)
    if kept.state == "closed":
        raise _closed()
    return kept


async def _asked(connection: Connection, runtime: Runtime, poll_id: UUID, who: UUID) -> tuple[KeptPoll, Recipient]:
    """The poll under its lock and its recipient. Raises 404, 409 when answers no longer count."""
    kept = await polls.locked(connection, poll_id)
    recipient = kept.recipient(who)
    if recipient is None:
        raise polls.unknown()
    _open(kept, today(runtime))
    return kept, recipient


def _open(kept: KeptPoll, day: date) -> None:
    match kept.state_on(day):
        case "closed":
            raise _closed()
        case "locked":
            raise Problem(
                409, "LOCKED", "Les réponses sont closes",
                f"Les réponses comptaient jusqu’au {kept.question.answer_by:%d/%m/%Y} inclus. L’organisation peut repousser cette date.",
            )  # fmt: skip


def _closed() -> Problem:
    return Problem(409, "CLOSED", "Le sondage est terminé", "Une date a été choisie, ou le sondage a été clos sans suite.")


async def _known(connection: Connection, wanted: Question) -> Question:
    """People by id must be in the directory; an address outside that is somebody's of the directory is that person. Raises Refused."""
    by_address = await polls.people_at(connection, [who.email for who in wanted.recipients if who.email])
    recipients = tuple(
        Recipient(person_id=by_address[who.email.lower()], required=who.required) if who.email and who.email.lower() in by_address else who
        for who in wanted.recipients
    )
    asked = [who.person_id for who in recipients if who.person_id]
    missing = sorted(set(asked) - await polls.known_people(connection, asked), key=str)
    if missing:
        errors = [
            LineError(column="recipients", code="UNKNOWN_PERSON", value=str(one), message="Cette personne n’est pas dans l’annuaire.")
            for one in missing
        ]
        raise Refused(errors, code="POLL_REFUSED", title="Le sondage ne peut pas être enregistré tel quel")
    return replace(wanted, recipients=recipients)
