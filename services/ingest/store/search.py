"""Finds contracts by number, words and department, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kit.postgres import Connection
from schemas.identifiers import normalised
from services.ingest.sources import Declarant
from services.ingest.store import cursors


@dataclass(frozen=True)
class Question:
    """`declarant` is None for the team: every contract."""

    declarant: Declarant | None
    words: str = ""
    department: str | None = None
    cursor: str | None = None
    limit: int = 100


async def search(connection: Connection, question: Question) -> tuple[list[dict[str, Any]], str | None]:
    """The contracts in the order of their numbers, and the cursor of the next page. Raises a 422 problem for a cursor that is not ours."""
    after = cursors.read(question.cursor, str, UUID) if question.cursor else ("", UUID(int=0))
    who = question.declarant
    rows = await connection.fetch(
        """
        select uid, number, object, buyer_siret, buyer_name, department, starts_on, ends_on, hours_committed, declared is not null as declared
        from contracts
        where ($1::uuid is null or facilitator_id = $1 or buyer_id = $1 or buyer_siret = $2 or holder_sirets @> array[$2]
                or department = any($3::text[]))
            and ($4::text is null or department = $4)
            and words like all ($5::text[])
            and (number, uid) > ($6::text, $7::uuid)
            and ($9::uuid is null or department = any($10::text[]) or facilitator_id = $9)
        order by number, uid limit $8
        """,
        who.id if who else None,
        who.siret if who else None,
        list(who.territory) if who else [],
        question.department,
        [f"%{word}%" for word in normalised(question.words).split()],
        *after,
        question.limit + 1,
        who.acting if who else None,
        sorted(who.within) if who else [],
    )
    items = [dict(row) for row in rows[: question.limit]]
    more = len(rows) > question.limit
    return items, cursors.write(items[-1]["number"], items[-1]["uid"]) if more else None
