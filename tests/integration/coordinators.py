"""A coordinator with a mandate, in the register of events."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

from kit import registry
from schemas.directory import MandateRecorded, PersonRecorded
from tests.integration.events_house import House


async def coordinator(events: House, name: str, department: str) -> UUID:
    person = PersonRecorded(person_id=uuid4(), first_name=name, name="Fictive", email=f"{name}@exemple.test", roles=("coordinator",))
    mandate = MandateRecorded(
        mandate_id=uuid4(), department=department, structure_id=uuid4(), structure_siret="12345678200010", structure_name="PLIE fictif",
        person_id=person.person_id, starts_on=date(2026, 1, 1),
    )  # fmt: skip
    async with events.pool.acquire() as connection:
        await registry.record(connection, person)
        await registry.record(connection, mandate)
    return person.person_id
