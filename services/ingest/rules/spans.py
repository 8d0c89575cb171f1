"""What a filing is about when its author did not say. Pure."""

from __future__ import annotations

from collections.abc import Collection

from schemas.periods import Period
from services.ingest.rules.times import shortest


def spanned(periods: Collection[Period]) -> Period | None:
    """The shortest period that holds all of them; None for none, and for lines of several years."""
    if not periods:
        return None
    return shortest(min(period.start for period in periods), max(period.end for period in periods))
