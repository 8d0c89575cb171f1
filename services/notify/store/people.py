"""Who is behind a mandate or an id, as letters address them."""

from __future__ import annotations

from datetime import date
from uuid import NAMESPACE_URL, UUID, uuid5

from kit import registry
from kit.postgres import Connection
from schemas.meetings import Addressee, Meeting
from services.notify.rules.routing import GUEST, Invitee, Person, departments_of, each_once


async def holder(connection: Connection, department: str | None, day: date) -> Person | None:
    """Who coordinates the department on that Europe/Paris day; None for a vacancy, and for a region-wide matter."""
    found = await registry.holder_on(connection, department, day) if department else None
    return Person(str(found.person_id), found.mandate_id, found.first_name, found.name, found.email) if found else None


async def person(connection: Connection, person_id: str) -> Person | None:
    """A person of the directory by id."""
    try:
        found = UUID(person_id)
    except ValueError:
        return None
    row = await connection.fetchrow("select first_name, name, email from registry_people where person_id = $1", found)
    return Person(person_id, None, row["first_name"], row["name"], row["email"]) if row else None


async def persons(connection: Connection, ids: list[UUID]) -> dict[UUID, Person]:
    """People of the directory by id; one whose record has not been read yet has no address."""
    rows = await connection.fetch("select person_id, first_name, name, email from registry_people where person_id = any($1)", ids)
    known = {row["person_id"]: Person(str(row["person_id"]), None, row["first_name"], row["name"], row["email"]) for row in rows}
    return {id_: known.get(id_, Person(str(id_), None)) for id_ in ids}


def guest(who: Addressee) -> Person:
    """Somebody known by an address only; the same address is the same guest."""
    address = (who.email or "").strip()
    return Person(f"{GUEST}{uuid5(NAMESPACE_URL, f'mailto:{address.lower()}')}", None, None, who.name or who.organisation, address)


async def expected(connection: Connection, meeting: Meeting, day: date) -> tuple[Invitee, ...]:
    """Everybody whom the meeting invites, as of that Europe/Paris day: the holders of mandates, then people and guests in the meeting's order."""
    found = []
    optional = {who.department for who in meeting.invited if who.department and not who.required} - {meeting.department}
    for department in departments_of(meeting):
        person = await holder(connection, department, day)
        if person is not None:
            found.append(Invitee(person, department, required=department not in optional))
    known = await persons(connection, [who.person_id for who in meeting.invited if who.person_id])
    for who in meeting.invited:
        if who.person_id is not None:
            found.append(Invitee(known[who.person_id], path=who.path, required=who.required))
        elif who.email is not None:
            found.append(Invitee(guest(who), organisation=who.organisation, path=who.path, required=who.required))
    return each_once(found)


async def departments_of_people(connection: Connection, people: list[UUID]) -> set[str]:
    """The departments in which one of these people has a mandate, past or to come."""
    rows = await connection.fetch("select distinct department from registry_mandates where person_id = any($1)", people)
    return {row["department"] for row in rows}


async def team(connection: Connection) -> list[UUID]:
    """The network's team."""
    rows = await connection.fetch("select person_id from registry_people where 'team' = any(roles) and active order by person_id")
    return [row["person_id"] for row in rows]


async def by_address(connection: Connection, address: str) -> Person | None:
    """The active person of the directory with this mail address, in any case."""
    row = await connection.fetchrow(
        "select person_id, first_name, name, email from registry_people where lower(email) = lower($1) and active order by person_id limit 1",
        address,
    )
    return Person(str(row["person_id"]), None, row["first_name"], row["name"], row["email"]) if row else None
