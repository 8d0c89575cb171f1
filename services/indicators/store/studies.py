"""What the network says of a theme in an edition: written while the edition is prepared, published with it."""

from __future__ import annotations

from datetime import datetime

from kit.postgres import Connection, Pool


async def write(connection: Connection, edition: str, theme: str, said: str, by: str, at: datetime) -> None:
    """The newest wording stands; no words take the analysis out."""
    if not said:
        await connection.execute("delete from edition_studies where edition = $1 and theme = $2", edition, theme)
        return
    await connection.execute(
        """
        insert into edition_studies (edition, theme, said, said_by, at) values ($1, $2, $3, $4, $5)
        on conflict (edition, theme) do update set said = excluded.said, said_by = excluded.said_by, at = excluded.at
        """,
        edition, theme, said, by, at,
    )  # fmt: skip


async def written(connection: Connection, edition: str) -> dict[str, str]:
    """Theme → analysis, of an edition under way."""
    rows = await connection.fetch("select theme, said from edition_studies where edition = $1", edition)
    return {row["theme"]: row["said"] for row in rows}


async def publish(connection: Connection, edition: str) -> None:
    """In the transaction that publishes the edition."""
    await connection.execute(
        "insert into published_studies (edition, theme, said) select edition, theme, said from edition_studies where edition = $1", edition
    )


async def said(pool: Pool, edition: str) -> dict[str, str]:
    """Theme → analysis as published; on the pool of drafts, as written so far."""
    rows = await pool.fetch("select theme, said from published_studies where edition = $1", edition)
    return {row["theme"]: row["said"] for row in rows}
