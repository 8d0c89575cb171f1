"""Drafts of editions: what was found of each, and how it is told of. Their tables: `draft_tables`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from kit.postgres import Connection
from services.indicators.rules.editions import Draft


async def one(connection: Connection, edition: str, draft: int) -> Draft | None:
    """What the checks look at."""
    row = await connection.fetchrow(
        "select draft, after, attacked, coverage, hidden_totals, sheets from edition_drafts where edition = $1 and draft = $2",
        edition,
        draft,
    )
    if row is None:
        return None
    coverage = {code: None if share is None else Decimal(share) for code, share in row["coverage"].items()}
    return Draft(row["draft"], row["after"], row["attacked"], coverage, tuple(row["hidden_totals"]), row["sheets"])


@dataclass(frozen=True)
class Seen:
    """How a draft is told of: its size, when it was composed and how long that took (seconds by step)."""

    release: str
    draft: int
    composed_at: datetime
    figures_until: date
    cells: int
    hidden: int
    attacked: int
    seconds: Mapping[str, float]


async def every(connection: Connection, edition: str) -> list[Seen]:
    """Newest first."""
    rows = await connection.fetch(
        """
        select release, draft, composed_at, figures_until, cells, hidden, attacked, seconds from edition_drafts
        where edition = $1 order by draft desc
        """,
        edition,
    )
    return [Seen(**dict(row)) for row in rows]
