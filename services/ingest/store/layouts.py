"""What an organisation answered about files with the same titles."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from kit.postgres import Connection


async def remembered(connection: Connection, declarant: UUID, layout: str) -> Mapping[str, Any] | None:
    """The answers given for the last file of this layout; None for a new one."""
    found: Mapping[str, Any] | None = await connection.fetchval(
        "select answers from import_layouts where declarant_id = $1 and layout = $2", declarant, layout
    )
    return found


async def remember(connection: Connection, declarant: UUID, layout: str, answers: Mapping[str, Any], at: datetime) -> None:
    await connection.execute(
        """
        insert into import_layouts (declarant_id, layout, answers, used_at) values ($1, $2, $3, $4)
        on conflict (declarant_id, layout) do update set answers = excluded.answers, used_at = excluded.used_at
        """,
        declarant,
        layout,
        dict(answers),
        at,
    )
