"""Who is behind a mandate or an id, as letters address them."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from kit import registry
from kit.postgres import Connection
from services.notify.rules.routing import Person


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


async def departments_of_people(connection: Connection, people: list[UUID]) -> set[str]:
    """The departments in which one of these people has a mandate, past or to come."""
    rows = await connection.fetch("select distinct department from registry_mandates where person_id = any($1)", people)
    return {row["department"] for row in rows}


async def team(connection: Connection) -> list[UUID]:
    """The network's team."""
    rows = await connection.fetch("select person_id from registry_people where 'team' = any(roles) and active order by person_id")
    return [row["person_id"] for row in rows]
