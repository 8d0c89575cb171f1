"""An instant that somebody sends: with its offset, and within the years that a calendar and a database have in any zone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("cet instant sort du calendrier (années 1 à 9999)") from None


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
