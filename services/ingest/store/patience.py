"""More time for a transaction with thousands of lines: it computes between its statements, and others like it hold what it needs for seconds."""

from __future__ import annotations

from typing import Final

from kit.postgres import Connection

LONG: Final = 2_000
"""Lines from which a filing gets it."""


async def be_patient(connection: Connection) -> None:
    """For the present transaction only. A lock is waited for less long than the client waits for a statement (20 s)."""
    await connection.execute(
        """
        select set_config('idle_in_transaction_session_timeout', '60s', true), set_config('statement_timeout', '60s', true),
            set_config('lock_timeout', '15s', true)
        """
    )
