"""Committees, colleges and who sits in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from kit.postgres import Connection, Pool
from kit.problems import Problem
from schemas.identifiers import uuid7
from schemas.vocabulary.places import DEPARTMENTS
from services.events.rules.governance.sittings import Member


@dataclass(frozen=True)
class Body:
    code: str
    kind: str
    name: str
    mission: str
    rank: int
    active: bool

    @property
    def path(self) -> str:
        return f"/gouvernance/{self.code}"


@dataclass(frozen=True)
class Seat:
    """A member with the words that people read."""

    member_id: UUID
    member: Member
    since: date
    until: date | None
    person_name: str | None
    person_email: str | None

    @property
    def label(self) -> str:
        if self.member.department:
            return f"Coordination : {DEPARTMENTS.get(self.member.department, self.member.department)}"
        return self.member.name or self.person_name or "Personne retirée de l’annuaire"


@dataclass(frozen=True)
class Person:
    """Somebody of the annuaire who may own an action or sit in a body."""

    person_id: UUID
    name: str


_SELECT = "select code, kind, name, mission, rank, active from bodies "


async def all_of(connection: Connection | Pool) -> list[Body]:
    return [Body(**dict(row)) for row in await connection.fetch(_SELECT + "order by rank, code")]


async def get(connection: Connection | Pool, code: str) -> Body:
    """Raises a 404 problem."""
    row = await connection.fetchrow(_SELECT + "where code = $1", code)
    if row is None:
        raise Problem(404, "UNKNOWN_BODY", "Ce comité ou collège n’existe pas", f"« {code[:40]} » n’est pas dans la gouvernance.")
    return Body(**dict(row))


async def describe(connection: Connection, code: str, name: str, mission: str, *, active: bool) -> None:
    await connection.execute("update bodies set name = $2, mission = $3, active = $4 where code = $1", code, name, mission, active)


async def seats(connection: Connection | Pool, code: str, day: date) -> list[Seat]:
    """Who sits in the body on that day: the chair first, then by name."""
    rows = await connection.fetch(
        """
        select m.member_id, m.role, m.person_id, m.department, m.email, m.name, m.organisation, m.since, m.until,
            nullif(concat_ws(' ', p.first_name, p.name), '') as person_name, p.email as person_email
        from body_members m left join registry_people p using (person_id)
        where m.body = $1 and m.since <= $2 and (m.until is null or $2 < m.until)
        order by m.role = 'CHAIR' desc, m.role = 'SECRETARY' desc, coalesce(m.department, m.name, p.name), m.member_id
        """,
        code,
        day,
    )
    return [
        Seat(
            row["member_id"],
            Member(row["role"], row["person_id"], row["department"], row["email"], row["name"], row["organisation"]),
            row["since"], row["until"], row["person_name"], row["person_email"],
        )
        for row in rows
    ]  # fmt: skip


async def add(connection: Connection, code: str, member: Member, since: date) -> None:
    """Raises a 409 problem for somebody who sits there already."""
    there = await connection.fetchval(
        """
        select exists (select from body_members where body = $1 and until is null
            and (person_id = $2 or department = $3 or lower(email) = lower($4)))
        """,
        code, member.person_id, member.department, member.email,
    )  # fmt: skip
    if there:
        raise Problem(409, "ALREADY_MEMBER", "Cette personne ou coordination siège déjà ici")
    await connection.execute(
        """
        insert into body_members (member_id, body, person_id, department, email, name, organisation, role, since)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        uuid7(), code, member.person_id, member.department, member.email, member.name, member.organisation, member.role, since,
    )  # fmt: skip


async def leave(connection: Connection, code: str, member_id: UUID, day: date) -> None:
    """The member no longer sits from that day on. Raises a 404 problem."""
    found = await connection.execute(
        "update body_members set until = greatest($3, since) where body = $1 and member_id = $2 and until is null", code, member_id, day
    )
    if found == "UPDATE 0":
        raise Problem(404, "UNKNOWN_MEMBER", "Ce membre n’existe pas")


async def people_of(connection: Connection | Pool, members: Sequence[Member], day: date) -> tuple[str, ...]:
    """The ids of the annuaire behind these members on that day: the person, or whoever coordinates the department. Outsiders have none."""
    rows = await connection.fetch(
        """
        select person_id::text as id from unnest($1::uuid[]) as person_id
        union
        select person_id::text from registry_mandates
        where person_id is not null and department = any($2) and starts_on <= $3 and (ends_on is null or $3 < ends_on)
        order by id
        """,
        [member.person_id for member in members if member.person_id], [member.department for member in members if member.department], day,
    )  # fmt: skip
    return tuple(row["id"] for row in rows)


async def people(connection: Connection | Pool) -> list[Person]:
    """Active people of the network: the team, coordinators, facilitators."""
    rows = await connection.fetch(
        """
        select person_id, concat_ws(' ', first_name, name) as name from registry_people
        where active and roles && array['team', 'coordinator', 'facilitator'] order by name, first_name, person_id limit 1000
        """
    )
    return [Person(**dict(row)) for row in rows]
