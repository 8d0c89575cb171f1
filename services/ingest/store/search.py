"""Finds contracts by number, words and department, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from kit.postgres import Connection
from schemas.identifiers import normalised
from services.ingest.sources import Declarant
from services.ingest.store import cursors

_BUYER: Final = "(select min(o.name) from registry_organisations o where o.siret = contracts.buyer_siret)"
_OVER: Final = "coalesce(ends_on < $11::date, false)"


@dataclass(frozen=True)
class Question:
    """`declarant` is None for the team: every contract."""

    declarant: Declarant | None
    words: str = ""
    department: str | None = None
    cursor: str | None = None
    limit: int = 100
    over_before: date | None = None
    """Contracts that ended before this day come after all others; such a list has no second page."""


async def search(connection: Connection, question: Question) -> tuple[list[dict[str, Any]], str | None]:
    """The contracts in the order of their numbers, and the cursor of the next page. Raises a 422 problem for a cursor that is not ours."""
    after = cursors.read(question.cursor, str, UUID) if question.cursor else ("", UUID(int=0))
    who = question.declarant
    rows = await connection.fetch(
        f"""
        select uid, number, object, buyer_siret, coalesce(buyer_name, {_BUYER}) as buyer_name, department, starts_on, ends_on,
            hours_committed, declared is not null as declared, {_OVER} as over
        from contracts
        where ($1::uuid is null or facilitator_id = $1 or buyer_id = $1 or buyer_siret = $2 or holder_sirets @> array[$2]
                or department = any($3::text[]))
            and ($4::text is null or department = $4)
            and words like all ($5::text[])
            and (number, uid) > ($6::text, $7::uuid)
            and ($9::uuid is null or department = any($10::text[]) or facilitator_id = $9)
        order by {"over, " if question.over_before else ""}number, uid limit $8
        """,  # noqa: S608  constants
        who.id if who else None,
        who.siret if who else None,
        list(who.territory) if who else [],
        question.department,
        [f"%{word}%" for word in normalised(question.words).split()],
        *after,
        question.limit + 1,
        who.acting if who else None,
        sorted(who.within) if who else [],
        question.over_before,
    )
    items = [dict(row) for row in rows[: question.limit]]
    if question.over_before is None:
        for item in items:
            del item["over"]
    more = len(rows) > question.limit
    return items, cursors.write(items[-1]["number"], items[-1]["uid"]) if more else None
