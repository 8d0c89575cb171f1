"""This service's replica of `directory`: who an organisation is, who coordinates a department on a day."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from kit.consumer import Batch, Reader
from kit.postgres import Connection
from schemas import topics
from schemas.directory import ApiKeyRecorded, MandateRecorded, OrganisationRecorded, PersonRecorded, SessionRevoked, SigningKeyRecorded
from schemas.message import Message

Also = Callable[[Connection, Batch], Awaitable[None]]


@dataclass(frozen=True)
class Organisation:
    id: UUID
    siret: str
    name: str
    kind: str
    department: str | None


@dataclass(frozen=True)
class Holder:
    """Who coordinates a department on a day. Contact fields are None until the person's own record has been read."""

    mandate_id: UUID
    department: str
    structure_siret: str
    structure_name: str
    person_id: UUID
    first_name: str | None
    name: str | None
    email: str | None
    interim: bool


def reader(service: str, also: Also | None = None) -> Reader:
    """The reader that keeps this replica. `also` runs after it in the same transaction, with the same batch."""

    async def apply(connection: Connection, batch: Batch) -> None:
        for received in batch.records:
            if received.message is None:
                await forget(connection, received.key)
            else:
                await record(connection, received.message)
        if also is not None:
            await also(connection, batch)

    return Reader(topic=topics.DIRECTORY, name=service, apply=apply)


async def organisation(
    connection: Connection,
    *,
    id: UUID | None = None,  # noqa: A002  `id=` reads best where it is called
    siret: str | None = None,
) -> Organisation | None:
    """The organisation of this id or SIRET; the first by name when several share a SIRET."""
    row = await connection.fetchrow(
        """
        select organisation_id, siret, name, kind, department from registry_organisations
        where ($1::uuid is null or organisation_id = $1) and ($2::text is null or siret = $2) and not ($1::uuid is null and $2::text is null)
        order by name limit 1
        """,
        id,
        siret,
    )
    return Organisation(row["organisation_id"], row["siret"], row["name"], row["kind"], row["department"]) if row else None


async def names_of(connection: Connection, sirets: Iterable[str]) -> dict[str, str]:
    """The names of those of these SIRET that the directory knows; the first by name when several share one."""
    rows = await connection.fetch(
        "select siret, min(name) as name from registry_organisations where siret = any($1::text[]) group by siret", list(set(sirets))
    )
    return {row["siret"]: row["name"] for row in rows}


async def holder_on(connection: Connection, department: str, day: date) -> Holder | None:
    """Who coordinates the department on that Europe/Paris day: exactly one answer, or None for a vacancy."""
    row = await connection.fetchrow(
        """
        select m.mandate_id, m.department, m.structure_siret, m.structure_name, m.person_id, p.first_name, p.name, p.email, m.interim
        from registry_mandates m left join registry_people p using (person_id)
        where m.department = $1 and m.starts_on <= $2 and (m.ends_on is null or $2 < m.ends_on)
        order by m.starts_on desc, m.mandate_id limit 1
        """,
        department,
        day,
    )
    return Holder(**dict(row)) if row else None


async def departments_of(connection: Connection, person_id: UUID, day: date) -> frozenset[str]:
    """The departments that the person coordinates on that day."""
    rows = await connection.fetch(
        "select department from registry_mandates where person_id = $1 and starts_on <= $2 and (ends_on is null or $2 < ends_on)",
        person_id,
        day,
    )
    return frozenset(row["department"] for row in rows)


async def record(connection: Connection, message: Message) -> None:
    """Keep the entity's full state. The directory service calls it in its own transactions, every other service from its reader."""
    match message:
        case OrganisationRecorded():
            await _organisation(connection, message)
        case PersonRecorded():
            await _person(connection, message)
        case MandateRecorded():
            await _mandate(connection, message)
        case ApiKeyRecorded():
            await _key(connection, message)
        case SigningKeyRecorded():
            await _signing_key(connection, message)
        case SessionRevoked():
            await _revoked(connection, message)


async def forget(connection: Connection, key: str) -> None:
    """A tombstone: the key's entity is gone, whatever it was. Ids are random, so one key names one entity only."""
    await connection.execute("delete from registry_keys where key_id = $1", key)
    await connection.execute("delete from registry_signing_keys where kid = $1", key)
    try:
        entity = UUID(key)
    except ValueError:
        return
    await connection.execute("delete from registry_organisations where organisation_id = $1", entity)
    await connection.execute("delete from registry_people where person_id = $1", entity)
    await connection.execute("delete from registry_mandates where mandate_id = $1", entity)
    await connection.execute("delete from registry_revoked_sessions where session_id = $1", entity)


async def _organisation(connection: Connection, m: OrganisationRecorded) -> None:
    await connection.execute(
        """
        insert into registry_organisations (organisation_id, siret, name, kind, department) values ($1, $2, $3, $4, $5)
        on conflict (organisation_id) do update set siret = excluded.siret, name = excluded.name, kind = excluded.kind, department = excluded.department
        """,
        m.organisation_id, m.siret, m.name, m.kind, m.department,
    )  # fmt: skip


async def _person(connection: Connection, m: PersonRecorded) -> None:
    await connection.execute(
        """
        insert into registry_people (person_id, first_name, name, email, phone, organisation_id, roles, active) values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (person_id) do update set first_name = excluded.first_name, name = excluded.name, email = excluded.email,
            phone = excluded.phone, organisation_id = excluded.organisation_id, roles = excluded.roles, active = excluded.active
        """,
        m.person_id, m.first_name, m.name, m.email, m.phone, m.organisation_id, list(m.roles), m.active,
    )  # fmt: skip


async def _mandate(connection: Connection, m: MandateRecorded) -> None:
    await connection.execute(
        """
        insert into registry_mandates (mandate_id, department, structure_id, structure_siret, structure_name, person_id, interim,
            starts_on, ends_on, ends_text, supposed_end) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        on conflict (mandate_id) do update set department = excluded.department, structure_id = excluded.structure_id,
            structure_siret = excluded.structure_siret, structure_name = excluded.structure_name, person_id = excluded.person_id,
            interim = excluded.interim, starts_on = excluded.starts_on, ends_on = excluded.ends_on, ends_text = excluded.ends_text,
            supposed_end = excluded.supposed_end
        """,
        m.mandate_id, m.department, m.structure_id, m.structure_siret, m.structure_name, m.person_id, m.interim,
        m.starts_on, m.ends_on, m.ends_text, m.supposed_end,
    )  # fmt: skip


async def _key(connection: Connection, m: ApiKeyRecorded) -> None:
    await connection.execute(
        """
        insert into registry_keys (key_id, sha256, name, organisation_id, person_id, roles, departments, revoked_at, recorded_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (key_id) do update set sha256 = excluded.sha256, name = excluded.name, organisation_id = excluded.organisation_id,
            person_id = excluded.person_id, roles = excluded.roles, departments = excluded.departments, revoked_at = excluded.revoked_at,
            recorded_at = excluded.recorded_at
        """,
        m.key_id, m.sha256, m.name, m.organisation_id, m.person_id, list(m.roles), list(m.departments), m.revoked_at, m.occurred_at,
    )  # fmt: skip


async def _signing_key(connection: Connection, m: SigningKeyRecorded) -> None:
    await connection.execute(
        """
        insert into registry_signing_keys (kid, jwk, not_after) values ($1, $2, $3)
        on conflict (kid) do update set jwk = excluded.jwk, not_after = excluded.not_after
        """,
        m.kid, m.jwk, m.not_after,
    )  # fmt: skip


async def _revoked(connection: Connection, m: SessionRevoked) -> None:
    await connection.execute(
        "insert into registry_revoked_sessions (session_id, expires_at) values ($1, $2) on conflict (session_id) do nothing",
        m.session_id, m.expires_at,
    )  # fmt: skip
