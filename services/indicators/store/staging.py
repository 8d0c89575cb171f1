"""The session's staging table of hours: its columns in the order in which a line is packed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from kit.postgres import Connection
from services.indicators.store import copying

VALUES: Final = (
    "declarant_id uuid", "employer text", "period_start date", "period_months smallint", "department text", "commune text",
    "centihours bigint", "training bigint", "modality text", "work_contract text", "work_starts date", "work_ends date", "source text",
    "residence text", "sex text", "birth text", "qpv boolean", "public text", "education text", "unemployment text", "prescriber text",
    "left_for text", "person text", "person_local text", "group_persons integer", "group_women integer", "group_under_26 integer", "group_qpv integer",
)  # fmt: skip
"""What a line says; a retracted line says nothing (null) and counts nothing (0 hours)."""

_IDENTITY: Final = ("line_id uuid", "revision integer", "live boolean", "contract_uid uuid")
_ORIGIN: Final = ("declaration_id text", "declaration_revision integer", "partition integer")

FACT_COLUMNS: Final = tuple(column.split()[0] for column in _IDENTITY + VALUES)
STAGED: Final = _IDENTITY + VALUES + _ORIGIN
STAGED_BEFORE_HOURS: Final = VALUES.index("centihours bigint")
STAGED_AFTER_HOURS: Final = len(VALUES) - STAGED_BEFORE_HOURS - 1

_CREATE: Final = f"create temporary table if not exists staged ({', '.join(STAGED)}) on commit delete rows"


async def stage(connection: Connection, rows: list[bytes]) -> None:
    """Put packed rows into the staging table of this session, in place of what an earlier part of the transaction left there."""
    if await connection.fetchval("select to_regclass('pg_temp.staged')") is None:
        await connection.execute(_CREATE)
    else:
        await connection.execute("delete from pg_temp.staged")
    await connection.copy_to_table("staged", source=_stream(rows), format="binary")


async def _stream(rows: list[bytes]) -> AsyncIterator[bytes]:
    yield b"".join((copying.SIGNATURE, *rows, copying.TRAILER))
