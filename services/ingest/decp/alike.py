"""What the key of a contract, buyer and number, may have wrong in a file: told in the report, never mended, since either way it would be a guess."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from kit.postgres import Connection

SHARED_NUMBER: Final = "SHARED_NUMBER"
NUMBERED_AMENDMENT: Final = "NUMBERED_AMENDMENT"


async def flag_alike(connection: Connection, import_id: UUID) -> None:
    """Flag the rows that stand, once the file's duplicates are marked."""
    await _flag_shared_numbers(connection, import_id)
    await _flag_numbered_amendments(connection, import_id)


async def _flag_shared_numbers(connection: Connection, import_id: UUID) -> None:
    """Where a duplicate is another contract by its object, its CPV and its day or its holders: some platforms publish a counter's number, or one cut off."""
    await connection.execute(
        """
        with pairs as (
            select w.position, w.part::jsonb as stands, d.part::jsonb as other
            from import_rows d join import_rows w on w.import_id = d.import_id and w.position = d.winner
            where d.import_id = $1 and d.outcome = 'duplicate' and d.part is not null and w.part is not null and d.digest <> w.digest
        )
        update import_rows r set flags = r.flags || $2::text[] from (
            select distinct position from pairs
            where lower(stands->>'object') <> lower(other->>'object')
                and stands #>> '{procurement,cpv}' <> other #>> '{procurement,cpv}'
                and (stands #>> '{procurement,notified_on}' <> other #>> '{procurement,notified_on}'
                    or stands #> '{procurement,holders}' <> other #> '{procurement,holders}')
        ) shared
        where r.import_id = $1 and r.position = shared.position
        """,
        import_id,
        [SHARED_NUMBER],
    )


async def _flag_numbered_amendments(connection: Connection, import_id: UUID) -> None:
    """Where two numbers of DECP v1.5 differ by their last two digits alone (year, number, order of the amendment: 2018…00, 2018…01) and buyer,
    object and holders are the same: one contract published again after an amendment, or two lots. All but the first are flagged."""
    await connection.execute(
        """
        with found as (
            select position, row_number() over (
                partition by buyer, left(decp_id, -2), lower(part::jsonb->>'object'), part::jsonb #>> '{procurement,holders}'
                order by decp_id
            ) as place
            from import_rows
            where import_id = $1 and outcome in ('imported', 'repaired') and decp_id ~ '^20[0-9]{2}.+[0-2][0-9]$'
                and part::jsonb->>'object' is not null and part::jsonb #>> '{procurement,holders}' is not null
        )
        update import_rows r set flags = r.flags || $2::text[] from found
        where r.import_id = $1 and r.position = found.position and found.place > 1
        """,
        import_id,
        [NUMBERED_AMENDMENT],
    )
