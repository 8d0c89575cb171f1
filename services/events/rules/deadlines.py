"""A day by which something is expected, as calendars show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Deadline:
    """A Europe/Paris day. `uid` stays the same while the day may move; `path` is a page of this site."""

    uid: str
    day: date
    title: str
    path: str
