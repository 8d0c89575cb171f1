"""What is forgotten, and when: contact data is kept for as long as it serves its purpose."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from kit.postgres import Connection

BYTES: Final = timedelta(days=30)
"""The text of a settled mail; that it was sent, and when, stays."""
REGISTRANTS: Final = timedelta(days=180)
"""Name and address of somebody who registered, after the meeting."""


async def forget_old(connection: Connection, now: datetime) -> None:
    await connection.execute("update deliveries set raw = null where raw is not null and settled_at < $1", now - BYTES)
    await connection.execute("delete from webhook_calls where settled_at < $1", now - BYTES)
    await connection.execute(
        "delete from registrations where meeting_id in (select meeting_id from meetings where ends_at < $1)", now - REGISTRANTS
    )
    await connection.execute(
        "delete from attendance where meeting_id in (select meeting_id from meetings where ends_at < $1)", now - REGISTRANTS
    )
    await connection.execute(
        """
        update deliveries set recipient_name = '', address = null, content = '{}', secret = null
        where (kind like 'REGISTRATION%' or kind = 'OUTCOMES') and address is not null and settled_at < $1
        """,
        now - REGISTRANTS,
    )
