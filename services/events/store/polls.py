"""Polls as rows: who is asked what. Every change of the question announces its full state; what is said of it is kept by ballots.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from kit import outbox
from kit.postgres import Connection, Pool
from kit.problems import Problem
from schemas.identifiers import uuid7
from schemas.meetings import Poll, PollClosed, PollOpened, PollOption
from services.events.rules import polls as rules
from services.events.rules.polls import Ballot, Option, Question, Recipient
from services.events.secret_links import SecretLinks


@dataclass(frozen=True)
class Proposal:
    """Another date that a recipient would rather have."""

    proposal_id: UUID
    recipient_id: UUID
    option: Option
    state: str


@dataclass(frozen=True)
class KeptPoll:
    """A poll as it stands. `names` is what a recipient is called on a page."""

    poll_id: UUID
    revision: int
    state: str
    question: Question
    ballots: Mapping[UUID, Ballot]
    proposals: tuple[Proposal, ...]
    names: Mapping[UUID, str]
    chosen: UUID | None
    meeting_id: UUID | None
    reminded_on: date | None
    created_by: str

    @property
    def page(self) -> str:
        return f"/sondages/{self.poll_id}"

    def state_on(self, today: date) -> rules.State:
        return rules.state_of(self.state, self.question.answer_by, today)

    def recipient(self, recipient_id: UUID) -> Recipient | None:
        return next((who for who in self.question.recipients if who.recipient_id == recipient_id), None)


_SELECT = """
    select poll_id, revision, state, kind, title, theme, department, place, words, contact, answer_by, remind_on, reminded_on, chosen, meeting_id,
        created_by
    from polls
"""


async def create(connection: Connection, question: Question, links: SecretLinks, *, by: str, now: datetime) -> KeptPoll:
    poll_id = uuid7()
    await connection.execute(
        """
        insert into polls (poll_id, revision, state, kind, title, theme, department, place, words, contact, answer_by, remind_on,
            created_by, created_at)
        values ($1, 1, 'open', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """,
        poll_id, *_columns(question), by, now,
    )  # fmt: skip
    await _set_options(connection, poll_id, question.options)
    await _set_recipients(connection, poll_id, question.recipients)
    kept = await get(connection, poll_id)
    await outbox.add(connection, PollOpened(**message(kept, links), occurred_at=now))
    return kept


async def change(connection: Connection, kept: KeptPoll, question: Question, links: SecretLinks, *, now: datetime) -> KeptPoll:
    """Another question, under the lock of `locked`. Answers to dates that stay are kept; dates left out take their answers with them."""
    await connection.execute(
        """
        update polls set revision = revision + 1, kind = $2, title = $3, theme = $4, department = $5, place = $6, words = $7, contact = $8,
            answer_by = $9, remind_on = $10
        where poll_id = $1
        """,
        kept.poll_id, *_columns(question),
    )  # fmt: skip
    await _set_options(connection, kept.poll_id, question.options)
    await _set_recipients(connection, kept.poll_id, question.recipients)
    after = await get(connection, kept.poll_id)
    await outbox.add(connection, PollOpened(**message(after, links), occurred_at=now))
    return after


async def close(
    connection: Connection, kept: KeptPoll, links: SecretLinks, *, chosen: UUID | None, meeting_id: UUID | None, now: datetime
) -> KeptPoll:
    await connection.execute(
        """
        update polls set state = 'closed', revision = revision + 1, chosen = $2, meeting_id = $3, closed_at = $4, remind_on = null
        where poll_id = $1
        """,
        kept.poll_id, chosen, meeting_id, now,
    )  # fmt: skip
    after = await get(connection, kept.poll_id)
    await outbox.add(connection, PollClosed(**message(after, links), chosen=chosen, meeting_id=meeting_id, occurred_at=now))
    return after


async def locked(connection: Connection, poll_id: UUID, revision: int | None = None) -> KeptPoll:
    """The poll under its row's lock. Raises 404, 412 for another revision than the caller saw."""
    present = await connection.fetchval("select revision from polls where poll_id = $1 for update", poll_id)
    if present is None:
        raise unknown()
    if revision is not None and revision != present:
        raise Problem(
            412, "STALE", "Le sondage a changé entre-temps", f"Vous partiez de la version {revision}, il en est à la version {present}."
        )
    return await get(connection, poll_id)


async def get(connection: Connection | Pool, poll_id: UUID) -> KeptPoll:
    """Raises a 404 problem for an unknown poll."""
    row = await connection.fetchrow(_SELECT + "where poll_id = $1", poll_id)
    if row is None:
        raise unknown()
    options = await connection.fetch(
        "select option_id, starts_at, ends_at, place from poll_options where poll_id = $1 and not withdrawn order by starts_at, ends_at",
        poll_id,
    )
    recipients = await connection.fetch(_RECIPIENTS, poll_id)
    answers = await connection.fetch(
        """
        select a.recipient_id, a.option_id, a.answer from poll_answers a join poll_recipients r using (recipient_id)
        join poll_options o on o.option_id = a.option_id and not o.withdrawn where r.poll_id = $1
        """,
        poll_id,
    )
    proposals = await connection.fetch(
        """
        select proposal_id, recipient_id, starts_at, ends_at, state from poll_proposals where poll_id = $1 order by starts_at, proposal_id
        """,
        poll_id,
    )
    return KeptPoll(
        row["poll_id"], row["revision"], row["state"], _question(row, options, recipients), _ballots(recipients, answers),
        tuple(Proposal(p["proposal_id"], p["recipient_id"], Option(p["starts_at"], p["ends_at"]), p["state"]) for p in proposals),
        {r["recipient_id"]: r["called"] for r in recipients}, row["chosen"], row["meeting_id"], row["reminded_on"], row["created_by"],
    )  # fmt: skip


_RECIPIENTS = """
    select r.recipient_id, r.person_id, r.department, r.email, r.name, r.organisation, r.required, r.answered_at, r.answered_by, r.to_confirm,
        r.comment, coalesce(
            case when r.department is not null then 'Coordination du ' || r.department end, p.first_name || ' ' || p.name, r.name, r.email,
            'Personne de l’annuaire') as called
    from poll_recipients r left join registry_people p on p.person_id = r.person_id
    where r.poll_id = $1 order by r.rank
"""


async def poll_of(connection: Connection | Pool, recipient_id: UUID) -> UUID:
    """The poll that this recipient is asked in. Raises a 404 problem."""
    found = await connection.fetchval("select poll_id from poll_recipients where recipient_id = $1", recipient_id)
    if found is None:
        raise unknown()
    return UUID(str(found))


async def listed(pool: Pool, *, departments: Sequence[str] | None, asked: UUID | None, asked_for: Sequence[str]) -> list[dict[str, Any]]:
    """The newest first: polls organised in these departments (None: all), and those in which this person or these departments are asked."""
    rows = await pool.fetch(
        """
        select p.poll_id, p.title, p.state, p.answer_by, p.department, p.meeting_id,
            (select count(*) from poll_recipients r where r.poll_id = p.poll_id) as asked,
            (select count(*) from poll_recipients r where r.poll_id = p.poll_id and r.answered_at is not null) as answered,
            ($1::text[] is null or coalesce(p.department = any($1), false)) as organised,
            exists (select from poll_recipients r where r.poll_id = p.poll_id and (r.person_id = $2 or r.department = any($3))) as mine,
            exists (select from poll_recipients r where r.poll_id = p.poll_id and (r.person_id = $2 or r.department = any($3))
                and (r.answered_at is null or r.to_confirm)) as waiting
        from polls p order by p.created_at desc, p.poll_id limit 200
        """,
        departments, asked, list(asked_for),
    )  # fmt: skip
    return [dict(row) for row in rows if row["organised"] or row["mine"]]


async def people(connection: Connection | Pool, roles: Sequence[str]) -> list[dict[str, Any]]:
    """Active people of the directory with one of these roles, by name: id, name, address."""
    rows = await connection.fetch(
        """
        select person_id, first_name || ' ' || name as name, email from registry_people where active and roles && $1::text[]
        order by name, first_name, person_id limit 100
        """,
        list(roles),
    )
    return [dict(row) for row in rows]


async def known_people(connection: Connection, people_: Sequence[UUID]) -> set[UUID]:
    rows = await connection.fetch("select person_id from registry_people where person_id = any($1::uuid[])", list(people_))
    return {row["person_id"] for row in rows}


async def people_at(connection: Connection, addresses: Sequence[str]) -> dict[str, UUID]:
    """Address in lower case → the person of the directory who has it."""
    rows = await connection.fetch(
        "select lower(email) as email, person_id from registry_people where lower(email) = any($1::text[])", [a.lower() for a in addresses]
    )
    return {row["email"]: row["person_id"] for row in rows}


def unknown() -> Problem:
    return Problem(404, "UNKNOWN_POLL", "Ce sondage n’existe pas", "Vérifiez l’adresse, ou partez de la page des sondages.")


async def _set_options(connection: Connection, poll_id: UUID, options: Sequence[Option]) -> None:
    kept = [option.option_id for option in options if option.option_id]
    await connection.execute(
        "update poll_options set withdrawn = true where poll_id = $1 and not option_id = any($2::uuid[])", poll_id, kept
    )
    for option in options:
        await connection.execute(
            """
            insert into poll_options (option_id, poll_id, starts_at, ends_at, place) values ($1, $2, $3, $4, $5)
            on conflict (option_id) do update set place = excluded.place, withdrawn = false
            """,
            option.option_id or uuid7(), poll_id, option.starts_at, option.ends_at, option.place,
        )  # fmt: skip


async def _set_recipients(connection: Connection, poll_id: UUID, recipients: Sequence[Recipient]) -> None:
    """Matched by who they are: somebody who stays keeps the answers and the link."""
    await connection.execute(
        """
        delete from poll_recipients where poll_id = $1 and not coalesce(person_id::text, department, lower(email)) = any($2::text[])
        """,
        poll_id, [who.key for who in recipients],
    )  # fmt: skip
    for rank, who in enumerate(recipients):
        await connection.execute(
            """
            insert into poll_recipients (recipient_id, poll_id, rank, person_id, department, email, name, organisation, required)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict (poll_id, coalesce(person_id::text, department, lower(email)))
                do update set rank = excluded.rank, name = excluded.name, organisation = excluded.organisation, required = excluded.required
            """,
            uuid7(), poll_id, rank, who.person_id, who.department, who.email, who.name, who.organisation, who.required,
        )  # fmt: skip


def _columns(question: Question) -> tuple[Any, ...]:
    return (
        question.kind, question.title, question.theme, question.department, question.place, question.words, question.contact,
        question.answer_by, question.remind_on,
    )  # fmt: skip


def _question(row: Any, options: Sequence[Any], recipients: Sequence[Any]) -> Question:
    return Question(
        title=row["title"], kind=row["kind"], theme=row["theme"], department=row["department"], place=row["place"], words=row["words"],
        contact=row["contact"], answer_by=row["answer_by"], remind_on=row["remind_on"],
        options=tuple(Option(o["starts_at"], o["ends_at"], o["place"], o["option_id"]) for o in options),
        recipients=tuple(
            Recipient(r["person_id"], r["department"], r["email"], r["name"], r["organisation"], r["required"], r["recipient_id"])
            for r in recipients
        ),
    )  # fmt: skip


def _ballots(recipients: Sequence[Any], answers: Sequence[Any]) -> dict[UUID, Ballot]:
    found = {
        r["recipient_id"]: Ballot({}, r["answered_at"], r["to_confirm"], r["comment"], r["answered_by"])
        for r in recipients if r["answered_at"] is not None
    }  # fmt: skip
    said: dict[UUID, dict[UUID, str]] = {}
    for row in answers:
        said.setdefault(row["recipient_id"], {})[row["option_id"]] = row["answer"]
    return {recipient: replace(ballot, answers=said.get(recipient, {})) for recipient, ballot in found.items()}


def path(who: Recipient, links: SecretLinks) -> str | None:
    """The page of an address outside holds a secret; everybody else signs in."""
    return links.poll(who.recipient_id) if who.email is not None and who.recipient_id is not None else None


def message(kept: KeptPoll, links: SecretLinks) -> dict[str, Any]:
    """The fields that every message about a poll shares (schemas.meetings.Poll)."""
    question = kept.question
    options = tuple(
        PollOption(option_id=o.option_id, starts_at=o.starts_at, ends_at=o.ends_at, place=o.place or question.place)
        for o in question.options if o.option_id
    )  # fmt: skip
    recipients = tuple(who.addressee(path(who, links)) for who in question.recipients)
    state = Poll(
        poll_id=kept.poll_id, revision=kept.revision, title=question.title, department=question.department, options=options,
        recipients=recipients, answer_by=question.answer_by, remind_on=question.remind_on, page=kept.page, words=question.words,
        contact=question.contact,
    )  # fmt: skip
    return {name: getattr(state, name) for name in Poll.model_fields if name not in {"id", "occurred_at"}}
