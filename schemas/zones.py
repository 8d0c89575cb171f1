"""Where the network's days, months and deadlines begin and end (design: instants are UTC, dates are those of Paris)."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

PARIS_NAME: Final = "Europe/Paris"
"""As a calendar file and a message write it."""
PARIS: Final = ZoneInfo(PARIS_NAME)
