"""Structures of which nothing came for a quarter, asked of the replica: what a page shows. The task that writes to them asks the database."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from services.indicators.catalogue.asked_of_contracts import TOUCHES
from services.indicators.catalogue.once import Asking
from services.indicators.catalogue.spans import Span
from services.indicators.store.silences import Silence

_WHERE: Final = "regional and ($departments is null or list_contains($departments, department))"
# The rule of `store/silences.py`: expected of a running contract's facilitator, else its buyer; heard of by any line of the department, or
# « rien à déclarer », that touches the quarter.
_SILENT: Final = f"""
    with expected as (
        select coalesce(facilitator_id, buyer_id) as organisation_id, department, contract_uid from contracts
        where clause and {_WHERE} and coalesce(facilitator_id, buyer_id) is not null
            and starts_on < $end and (ends_on is null or ends_on >= $start)
    ), heard as (
        select contract_uid from facts where {TOUCHES} and {_WHERE}
        union select contract_uid from nothing where {TOUCHES}
    )
    select organisation_id, department, count(*) as contracts from expected
    group by organisation_id, department having bool_and(contract_uid not in (from heard))
    order by department, contracts desc, organisation_id
"""  # noqa: S608  no outside value


def silent(connection: Asking, quarter: Span, departments: Collection[str] | None = None) -> list[Silence]:
    """By department (None: the whole region), those with most contracts first."""
    values = {"start": quarter.start, "end": quarter.end, "departments": None if departments is None else sorted(departments)}
    return [Silence(*row) for row in connection.execute(_SILENT, values).fetchall()]
