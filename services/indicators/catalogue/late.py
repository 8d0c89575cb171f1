"""Contracts under way that have done less than their time would have it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from services.indicators.catalogue.once import Asking
from services.indicators.catalogue.relation import Scope

MOST: Final = 30
# Pro rata: the hours committed times the share of the contract's days that are over. Late: below it by more than the margin.
_LATE: Final = """
    with running as (
        select contract_uid, department, ends_on, hours_committed,
            date_diff('day', starts_on, $today) / date_diff('day', starts_on, ends_on + 1) as elapsed
        from contracts
        where clause and hours_committed > 0 and starts_on < $today and ends_on >= $today and regional
            and ($departments is null or list_contains($departments, department))
            and ($organisation is null or buyer_id = $organisation or facilitator_id = $organisation)
    )
    select contract_uid, department, ends_on, hours_committed, coalesce(done, 0)::bigint as done,
        round(hours_committed * elapsed * 100)::bigint as expected, count(*) over () as late
    from running left join done using (contract_uid)
    where coalesce(done, 0) < hours_committed * elapsed * (100 - $margin)
    order by expected - coalesce(done, 0) desc, contract_uid limit $most
"""


@dataclass(frozen=True)
class Late:
    """One contract; centi-hours but for `committed`, in hours."""

    contract_uid: UUID
    department: str
    ends_on: date
    committed: int
    done: int
    expected: int


def late(connection: Asking, scope: Scope, today: date, margin: Decimal) -> tuple[list[Late], int]:
    """Those that lack most, and how many there are."""
    values = {
        "today": today, "departments": sorted(scope.departments) if scope.departments is not None else None, "organisation": scope.organisation, "margin": float(margin),
        "most": MOST,
    }  # fmt: skip
    rows = connection.execute(_LATE, values).fetchall()
    return [Late(*row[:6]) for row in rows], int(rows[0][6]) if rows else 0
