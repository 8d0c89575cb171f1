"""People of the network and their accounts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from asyncpg import Record

from kit.postgres import Connection, Pool
from schemas.directory import PersonRecorded
from services.directory.store import keys, sessions
from services.directory.store.record import announce, same

_SELECT: Final = "select person_id, first_name, name, email, phone, organisation_id, roles, active, mail_refused_reason from people"


async def find(connection: Connection | Pool, person: UUID) -> PersonRecorded | None:
    row = await connection.fetchrow(f"{_SELECT} where person_id = $1", person)
    return _person(row) if row else None


async def of_address(connection: Connection, email: str) -> PersonRecorded | None:
    row = await connection.fetchrow(f"{_SELECT} where lower(email) = lower($1)", email)
    return _person(row) if row else None


async def named(connection: Connection | Pool, people: Iterable[UUID]) -> dict[UUID, PersonRecorded]:
    rows = await connection.fetch(f"{_SELECT} where person_id = any($1::uuid[])", list(people))
    return {row["person_id"]: _person(row) for row in rows}


async def save(connection: Connection, message: PersonRecorded, *, by: str) -> bool:
    """Record the person's full state; False when it is what is recorded already. Who loses a role or the account is signed out at once."""
    before = await find(connection, message.person_id)
    if same(message, before):
        return False
    await connection.execute(
        """
        insert into people (person_id, first_name, name, email, phone, organisation_id, roles, active)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (person_id) do update set first_name = excluded.first_name, name = excluded.name, email = excluded.email,
            phone = excluded.phone, organisation_id = excluded.organisation_id, roles = excluded.roles, active = excluded.active,
            mail_refused_at = case when people.email = excluded.email then people.mail_refused_at end,
            mail_refused_reason = case when people.email = excluded.email then people.mail_refused_reason end
        """,
        message.person_id, message.first_name, message.name, message.email, message.phone, message.organisation_id,
        list(message.roles), message.active,
    )  # fmt: skip
    await announce(connection, message, by=by)
    if before is not None and (not message.active or set(before.roles) - set(message.roles)):
        await sessions.revoke_all(connection, message.person_id, by=by)
    if before is not None and before.active and not message.active:
        await keys.revoke_all(connection, message.person_id, by=by)
    return True


def _person(row: Record) -> PersonRecorded:
    return PersonRecorded.model_validate(dict(row))


async def search(pool: Pool, text: str, *, role: str | None = None, limit: int = 200) -> list[PersonRecorded]:
    rows = await pool.fetch(
        f"""
        {_SELECT}
        where ($1 = '' or strpos(lower(first_name || ' ' || name || ' ' || email), lower($1)) > 0)
            and ($2::text is null or $2 = any(roles)) and active
        order by name, first_name, person_id limit $3
        """,
        text.strip(), role, limit,
    )  # fmt: skip
    return [_person(row) for row in rows]


async def mail_refused(connection: Connection, person: UUID, reason: str) -> None:
    """The mail server refused this address: shown to the team, who correct it."""
    await connection.execute(
        "update people set mail_refused_at = now(), mail_refused_reason = $2 where person_id = $1", person, reason[:300]
    )


async def mail_accepted(connection: Connection, person: UUID) -> None:
    await connection.execute(
        "update people set mail_refused_at = null, mail_refused_reason = null where person_id = $1 and mail_refused_at is not null", person
    )


async def refused(pool: Pool) -> list[tuple[PersonRecorded, str]]:
    """People whose last mail was refused, with the reason."""
    rows = await pool.fetch(f"{_SELECT} where mail_refused_at is not null order by name")
    return [(_person(row), row["mail_refused_reason"]) for row in rows]
