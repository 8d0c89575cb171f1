"""What recipients of a poll say, as rows: answers, other dates proposed, a reminder, and what a successor inherits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from kit import outbox, registry
from kit.postgres import Connection
from kit.problems import Problem
from schemas.identifiers import uuid7
from schemas.meetings import PollAnswered, PollReminded
from services.events.rules import polls as rules
from services.events.rules.polls import Option, Recipient
from services.events.secret_links import SecretLinks
from services.events.store import polls
from services.events.store.polls import KeptPoll


async def answer(
    connection: Connection, kept: KeptPoll, who: Recipient, answers: Mapping[UUID, str], comment: str | None, by: UUID | None, now: datetime
) -> None:
    """What a recipient says, in place of what was said before. Everybody else only hears that an answer came."""
    await connection.execute("delete from poll_answers where recipient_id = $1", who.recipient_id)
    await connection.executemany(
        "insert into poll_answers (recipient_id, option_id, answer) values ($1, $2, $3)",
        [(who.recipient_id, option_id, said) for option_id, said in answers.items()],
    )
    await connection.execute(
        """
        update poll_recipients set answered_at = $2, answered_by = $3, to_confirm = false, comment = $4 where recipient_id = $1
        """,
        who.recipient_id, now, by, comment,
    )  # fmt: skip
    await outbox.add(connection, PollAnswered(poll_id=kept.poll_id, by=who.addressee(), answered_at=now, occurred_at=now))


async def confirm(connection: Connection, kept: KeptPoll, who: Recipient, by: UUID | None, now: datetime) -> None:
    """A successor stands by what was said before."""
    await connection.execute(
        "update poll_recipients set to_confirm = false, answered_by = $2, answered_at = $3 where recipient_id = $1",
        who.recipient_id, by, now,
    )  # fmt: skip
    await outbox.add(connection, PollAnswered(poll_id=kept.poll_id, by=who.addressee(), answered_at=now, occurred_at=now))


async def propose(connection: Connection, kept: KeptPoll, who: Recipient, option: Option, now: datetime) -> None:
    """Raises a 409 problem when the recipient has proposed as many dates as one may."""
    count = await connection.fetchval("select count(*) from poll_proposals where recipient_id = $1", who.recipient_id)
    if count >= rules.MOST_PROPOSALS:
        raise Problem(409, "TOO_MANY", "Vous avez déjà proposé d’autres dates", f"{rules.MOST_PROPOSALS} dates au plus par personne.")
    await connection.execute(
        """
        insert into poll_proposals (proposal_id, poll_id, recipient_id, starts_at, ends_at, proposed_at) values ($1, $2, $3, $4, $5, $6)
        on conflict (poll_id, recipient_id, starts_at, ends_at) do nothing
        """,
        uuid7(), kept.poll_id, who.recipient_id, option.starts_at, option.ends_at, now,
    )  # fmt: skip


async def settle(connection: Connection, proposal_id: UUID, state: str) -> None:
    await connection.execute("update poll_proposals set state = $2 where proposal_id = $1", proposal_id, state)


async def remind(
    connection: Connection, kept: KeptPoll, who: Sequence[Recipient], links: SecretLinks, *, today: date, now: datetime
) -> None:
    """Ask again those who have not answered; notify writes to nobody else."""
    await connection.execute("update polls set reminded_on = $2 where poll_id = $1", kept.poll_id, today)
    state = {**polls.message(kept, links), "recipients": tuple(who_.addressee(polls.path(who_, links)) for who_ in who)}
    await outbox.add(connection, PollReminded(**state, occurred_at=now))


async def inherit(connection: Connection, department: str, now: datetime) -> int:
    """After a mandate changed hands: answers given for the department by somebody who does not hold it on one of the days are to be confirmed.

    Returns how many changed; the same mandates again change nothing.
    """
    rows = await connection.fetch(
        """
        select r.recipient_id, r.poll_id, r.answered_by, r.answered_at, r.to_confirm from poll_recipients r join polls p using (poll_id)
        where r.department = $1 and p.state = 'open' and r.answered_by is not null order by r.recipient_id for update of r
        """,
        department,
    )
    changed = 0
    for row in rows:
        days = await connection.fetch(
            "select distinct starts_at::date as day from poll_options where poll_id = $1 and not withdrawn", row["poll_id"]
        )
        holders = {await registry.holder_on(connection, department, each["day"]) for each in days} - {None}
        to_confirm = any(holder is not None and holder.person_id != row["answered_by"] for holder in holders)
        if to_confirm == row["to_confirm"]:
            continue
        changed += 1
        at = max(now, row["answered_at"])
        await connection.execute("update poll_recipients set to_confirm = $2 where recipient_id = $1", row["recipient_id"], to_confirm)
        who = Recipient(department=department)
        await outbox.add(
            connection, PollAnswered(poll_id=row["poll_id"], by=who.addressee(), answered_at=at, to_confirm=to_confirm, occurred_at=now)
        )
    return changed
