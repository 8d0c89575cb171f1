"""Who is invited to a meeting, by name: whoever holds a department's mandate on its day, people of the annuaire, people from outside."""

from __future__ import annotations

from dataclasses import dataclass

from kit.postgres import Connection, Pool
from services.events.rules.meetings import Plan


@dataclass(frozen=True)
class Guest:
    """`department` is the coordination that the person is invited for; without a name it is vacant on that day."""

    name: str | None
    organisation: str | None
    department: str | None = None


async def of_meeting(connection: Connection | Pool, plan: Plan) -> list[Guest]:
    """The coordination of the meeting's department first, then as invited; each once."""
    departments = [plan.department] if plan.department else []
    departments += [who.department for who in plan.invited if who.department and who.department not in departments]
    holders = await connection.fetch(
        """
        select d.department, nullif(concat_ws(' ', p.first_name, p.name), '') as name, m.structure_name as organisation
        from unnest($1::text[]) with ordinality as d(department, rank)
        left join registry_mandates m on m.department = d.department and m.starts_on <= $2 and (m.ends_on is null or $2 < m.ends_on)
        left join registry_people p using (person_id) order by d.rank
        """,
        departments,
        plan.starts_at.date(),
    )
    named = await connection.fetch(
        """
        select concat_ws(' ', first_name, name) as name from unnest($1::uuid[]) with ordinality as i(person_id, rank)
        join registry_people using (person_id) order by rank
        """,
        [who.person_id for who in plan.invited if who.person_id],
    )
    outside = [Guest(who.name or who.email, who.organisation) for who in plan.invited if who.email]
    found = [Guest(row["name"], row["organisation"], row["department"]) for row in holders]
    return [*found, *[Guest(row["name"], None) for row in named], *outside]
