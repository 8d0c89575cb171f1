"""Pitch applications as rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kit.postgres import Connection, Pool
from kit.problems import Problem
from schemas.identifiers import uuid7
from services.events.rules.pitches import Pitch
from services.events.rules.registrations import Applicant


@dataclass(frozen=True)
class KeptPitch:
    """An application as it stands."""

    pitch_id: UUID
    edition_id: UUID
    pitch: Pitch
    state: str
    rank: int | None
    reason: str | None
    applied_at: datetime


_SELECT = """
    select pitch_id, edition_id, organisation, siret, name, email, role, title, about, answers, state, rank, reason, applied_at
    from openmap_pitches
"""


async def apply(connection: Connection, edition_id: UUID, pitch: Pitch, *, now: datetime) -> KeptPitch:
    """Raises a 409 problem when the address has an application already."""
    pitch_id = await connection.fetchval(
        """
        insert into openmap_pitches (pitch_id, edition_id, organisation, siret, name, email, role, title, about, answers, state, applied_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'received', $11)
        on conflict (edition_id, lower(email)) where state <> 'withdrawn' do nothing returning pitch_id
        """,
        uuid7(), edition_id, pitch.who.organisation, pitch.siret, pitch.who.name, pitch.who.email, pitch.who.role, pitch.title, pitch.about,
        list(pitch.answers), now,
    )  # fmt: skip
    if pitch_id is None:
        raise Problem(409, "ALREADY_APPLIED", "Cette adresse a déjà proposé un pitch", "Une proposition par structure et par édition.")
    return await get(connection, pitch_id)


async def decide(connection: Connection, edition_id: UUID, pitch_id: UUID, state: str, reason: str | None, *, now: datetime) -> None:
    """Selected, refused with a reason, or open again. A selected one takes the next place in the order. Raises 404."""
    await connection.execute("select from openmap_editions where edition_id = $1 for update", edition_id)
    answer = await connection.execute(
        """
        update openmap_pitches set state = $3, reason = $4, decided_at = $5,
            rank = case when $3 = 'selected' then coalesce(rank, (
                select coalesce(max(rank), 0) + 1 from openmap_pitches where edition_id = $1)) end
        where edition_id = $1 and pitch_id = $2 and state <> 'withdrawn'
        """,
        edition_id, pitch_id, state, reason, now,
    )  # fmt: skip
    if answer == "UPDATE 0":
        raise Problem(404, "UNKNOWN_PITCH", "Cette proposition n’existe pas ou a été retirée")


async def withdraw(connection: Connection, pitch_id: UUID, *, now: datetime) -> None:
    await connection.execute(
        "update openmap_pitches set state = 'withdrawn', rank = null, decided_at = $2 where pitch_id = $1", pitch_id, now
    )


async def get(connection: Connection | Pool, pitch_id: UUID) -> KeptPitch:
    """Raises a 404 problem for an unknown application."""
    row = await connection.fetchrow(_SELECT + "where pitch_id = $1", pitch_id)
    if row is None:
        raise Problem(404, "UNKNOWN_PITCH", "Cette proposition n’existe pas")
    return _kept(row)


async def of_edition(connection: Connection | Pool, edition_id: UUID) -> list[KeptPitch]:
    """The selected ones in their order, then the others in the order of arrival."""
    rows = await connection.fetch(_SELECT + "where edition_id = $1 order by rank nulls last, applied_at, pitch_id", edition_id)
    return [_kept(row) for row in rows]


def _kept(row: Any) -> KeptPitch:
    who = Applicant(row["name"], row["email"], row["organisation"], row["role"])
    pitch = Pitch(who, row["title"], row["about"], tuple(row["answers"]), row["siret"])
    return KeptPitch(row["pitch_id"], row["edition_id"], pitch, row["state"], row["rank"], row["reason"], row["applied_at"])
