"""Who is proposed for an edition, who was kept or dropped, who has been invited."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from kit.postgres import Connection, Pool
from kit.problems import Problem
from schemas.identifiers import uuid7
from services.events.rules.guests import ESS_ROLES, Guest

State = Literal["proposed", "kept", "dropped", "invited"]


@dataclass(frozen=True)
class KeptGuest:
    """A guest of an edition as it stands."""

    guest_id: UUID
    guest: Guest
    state: State
    added_by: str


async def propose(
    connection: Connection, edition_id: UUID, found: Iterable[Guest], *, by: str, now: datetime, state: State = "proposed"
) -> int:
    """Add those that are not there yet; the reason of one that is only proposed is brought up to date. Answers how many are new."""
    added = 0
    for guest in found:
        new: bool | None = await connection.fetchval(
            """
            insert into openmap_guests (guest_id, edition_id, source, organisation, siret, name, email, reason, department, state, added_by, changed_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            on conflict (edition_id, coalesce(siret, lower(organisation)), coalesce(lower(email), '')) do update
                set reason = case when openmap_guests.state = 'proposed' then excluded.reason else openmap_guests.reason end
            returning xmax = 0
            """,
            uuid7(), edition_id, guest.source, guest.organisation, guest.siret, guest.name, guest.email, guest.reason, guest.department,
            state, by, now,
        )  # fmt: skip
        added += bool(new)
    return added


async def set_state(connection: Connection, edition_id: UUID, guest_id: UUID, state: str, *, email: str | None, now: datetime) -> None:
    """Keep or drop somebody, with an address found meanwhile. One who was invited stays invited. Raises 404, 422."""
    if state not in get_args(State) or state == "invited":
        raise Problem(422, "UNKNOWN_STATE", "Choisissez garder ou écarter")
    answer = await connection.execute(
        """
        update openmap_guests set state = $3, email = coalesce($4, email), changed_at = $5
        where edition_id = $1 and guest_id = $2 and state <> 'invited'
        """,
        edition_id, guest_id, state, email, now,
    )  # fmt: skip
    if answer == "UPDATE 0":
        raise Problem(404, "UNKNOWN_GUEST", "Cette proposition n’existe pas, ou l’invitation est déjà partie")


async def invite(connection: Connection, edition_id: UUID, *, now: datetime) -> list[Guest]:
    """Everybody kept who has an address and is not invited yet becomes invited; answers everybody invited so far."""
    await connection.execute(
        "update openmap_guests set state = 'invited', changed_at = $2 where edition_id = $1 and state = 'kept' and email is not null",
        edition_id,
        now,
    )
    return [kept.guest for kept in await of_edition(connection, edition_id) if kept.state == "invited"]


async def of_edition(connection: Connection | Pool, edition_id: UUID) -> list[KeptGuest]:
    """In the order in which they were found: the soonest end of a contract first."""
    rows = await connection.fetch(
        """
        select guest_id, source, organisation, siret, name, email, reason, department, state, added_by
        from openmap_guests where edition_id = $1 order by guest_id
        """,
        edition_id,
    )
    return [
        KeptGuest(
            row["guest_id"],
            Guest(row["source"], row["organisation"], row["reason"], row["siret"], row["name"], row["email"], row["department"]),
            row["state"],
            row["added_by"],
        )
        for row in rows
    ]


async def earlier_structures(connection: Connection | Pool, edition_id: UUID, sectors: Sequence[str]) -> list[Guest]:
    """ESS structures that came to an earlier edition of the trade and let their contact be used for it."""
    rows = await connection.fetch(
        """
        select distinct on (lower(p.email)) p.organisation, p.siret, p.name, p.email, e.title
        from participants p join openmap_editions e using (meeting_id)
        where e.edition_id <> $1 and e.sectors && $2::text[] and p.role = any($3::text[]) and p.shares_contact
        order by lower(p.email), e.day desc
        """,
        edition_id,
        list(sectors),
        sorted(ESS_ROLES),
    )
    return [Guest("ESS", row["organisation"], f"Présente à « {row['title']} »", row["siret"], row["name"], row["email"]) for row in rows]
