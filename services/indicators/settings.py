"""What may be tuned of this service, with the values of production. Addresses and secrets are the kit's settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Pace:
    """How often things happen. Tests shorten them."""

    figures_every: timedelta = timedelta(seconds=10)
    """At most one announcement of a department's figures in this time (design, topic `indicators`)."""
    looks_every: timedelta = timedelta(seconds=1)
    changes_kept: timedelta = timedelta(hours=6)
    """A replica that was away for longer loads everything again."""
    trims_every: timedelta = timedelta(minutes=5)
