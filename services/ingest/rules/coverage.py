"""What was expected of a declarant in a quarter and what is known of it (practice ruling 10). Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from schemas.periods import Period
from services.ingest.rules.times import period_of


@dataclass(frozen=True)
class Coverage:
    """The contracts that ran in the quarter, by what is known: hours, « rien à déclarer », nothing yet."""

    quarter: Period
    with_hours: tuple[dict[str, Any], ...]
    without: tuple[dict[str, Any], ...]
    unknown: tuple[dict[str, Any], ...]

    @property
    def expected(self) -> int:
        return len(self.with_hours) + len(self.without) + len(self.unknown)


def last_quarter(today: date) -> Period:
    """The last quarter that is over."""
    quarter = (today.month - 1) // 3
    return Period.parse(f"{today.year}-Q{quarter}" if quarter else f"{today.year - 1}-Q4")


def due_on(quarter: Period) -> date:
    """The last day on which a quarter is handed in: the end of the month after it (usage of the network, to be confirmed with users)."""
    after = quarter.end  # the first day of that month
    return date(after.year + after.month // 12, after.month % 12 + 1, 1) - timedelta(days=1)


def complete_by(received_on: date) -> date:
    """Until when rows set aside are completed: with what is due for the quarter in which they came (received in October: 31 January)."""
    return due_on(quarter_of(Period.month(received_on.year, received_on.month)))


def ran_lately(contracts: Sequence[dict[str, Any]], today: date) -> list[tuple[str, Period]]:
    """The numbers of contracts with the last whole quarter of three years in which each ran from its first day to its last, the latest first."""
    found = []
    for contract in contracts:
        quarter = last_quarter(today)
        for _ in range(12):
            starts, ends = contract["starts_on"], contract["ends_on"]
            if starts and starts <= quarter.start and (ends is None or ends >= quarter.end):
                found.append((str(contract["number"]), quarter))
                break
            quarter = last_quarter(quarter.start)
    return sorted(found, key=lambda one: one[1].start, reverse=True)


def quarter_of(period: Period) -> Period:
    """The quarter that a month lies in; a quarter is its own. Raises ValueError for what is longer."""
    if period.grain not in {"month", "quarter"}:
        raise ValueError("un trimestre est attendu, par exemple 2019-Q1")
    return Period.parse(f"{period.start.year}-Q{(period.start.month + 2) // 3}")


def quarter_said(text: str) -> str:
    """The quarter of a written month; any other text as it is, for its own reader to judge."""
    try:
        return str(quarter_of(period_of(text)))
    except ValueError:
        return text


def covered(quarter: Period, contracts: Sequence[dict[str, Any]], declared: Collection[UUID], nothing: Collection[UUID]) -> Coverage:
    """Hours speak louder than « rien à déclarer »."""
    return Coverage(
        quarter,
        tuple(contract for contract in contracts if contract["uid"] in declared),
        tuple(contract for contract in contracts if contract["uid"] in nothing and contract["uid"] not in declared),
        tuple(contract for contract in contracts if contract["uid"] not in nothing and contract["uid"] not in declared),
    )
