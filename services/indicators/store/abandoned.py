"""Editions that will not be published, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kit.postgres import Connection
from services.indicators.rules.editions import Edition


@dataclass(frozen=True)
class Abandoned:
    """Who gave an edition up, and when."""

    at: datetime
    by: str


async def abandon(connection: Connection, edition: Edition, at: datetime, by: str) -> None:
    """The caller holds the edition's lock."""
    await connection.execute(
        "update editions set state = $2, reason = $3, abandoned_at = $4, abandoned_by = $5 where edition = $1",
        edition.number, edition.state, edition.reason, at, by,
    )  # fmt: skip


async def one(connection: Connection, number: str) -> Abandoned | None:
    row = await connection.fetchrow(
        "select abandoned_at as at, abandoned_by as by from editions where edition = $1 and abandoned_at is not null", number
    )
    return Abandoned(**dict(row)) if row else None
