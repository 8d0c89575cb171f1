"""What a person said once for all sessions of a meeting, beside the registrations that hold the seats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.postgres import Connection, Pool
from kit.problems import Problem
from schemas.identifiers import uuid7
from services.events.rules.participants import Participation


@dataclass(frozen=True)
class Participant:
    """One person at one meeting."""

    participant_id: UUID
    meeting_id: UUID
    who: Participation


_SELECT = "select participant_id, meeting_id, name, email, organisation, siret, role, shares_contact, needs from participants "


async def add(connection: Connection, meeting_id: UUID, who: Participation, *, now: datetime) -> Participant:
    """Raises a 409 problem when the address takes part already: only the link sent to it may change that."""
    participant_id = await connection.fetchval(
        """
        insert into participants (participant_id, meeting_id, name, email, organisation, siret, role, shares_contact, needs, registered_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict (meeting_id, lower(email)) do nothing returning participant_id
        """,
        uuid7(), meeting_id, who.name, who.email, who.organisation, who.siret, who.role, who.shares_contact, who.needs, now,
    )  # fmt: skip
    if participant_id is None:
        raise Problem(
            409,
            "ALREADY_REGISTERED",
            "Cette adresse est déjà inscrite",
            "Le lien reçu par courriel permet d’ajouter une séance, de changer ou d’annuler l’inscription.",
        )
    return Participant(participant_id, meeting_id, who)


async def change(connection: Connection, participant_id: UUID, *, shares_contact: bool, needs: str | None) -> None:
    """What the person may change behind the own link."""
    await connection.execute(
        "update participants set shares_contact = $2, needs = $3 where participant_id = $1", participant_id, shares_contact, needs
    )


async def get(connection: Connection | Pool, participant_id: UUID) -> Participant:
    """Raises a 404 problem for an unknown participant."""
    row = await connection.fetchrow(_SELECT + "where participant_id = $1", participant_id)
    if row is None:
        raise Problem(404, "UNKNOWN_REGISTRATION", "Cette inscription n’existe pas")
    return _participant(row)


async def of_meeting(connection: Connection | Pool, meeting_id: UUID) -> list[Participant]:
    """Everybody of a meeting, by organisation and name."""
    rows = await connection.fetch(_SELECT + "where meeting_id = $1 order by organisation, name, participant_id", meeting_id)
    return [_participant(row) for row in rows]


async def registrations_of(connection: Connection | Pool, who: Participant) -> list[tuple[UUID, UUID]]:
    """(session, registration) of this person that are not cancelled."""
    rows = await connection.fetch(
        """
        select session_id, registration_id from registrations join sessions using (session_id)
        where meeting_id = $1 and lower(email) = lower($2) and registrations.state <> 'cancelled' order by registrations.place
        """,
        who.meeting_id,
        who.who.email,
    )
    return [(row["session_id"], row["registration_id"]) for row in rows]


def _participant(row: object) -> Participant:
    found = dict(row)  # type: ignore[call-overload]  # a record of asyncpg is a mapping
    participant_id, meeting_id = found.pop("participant_id"), found.pop("meeting_id")
    return Participant(participant_id, meeting_id, Participation(**found))
