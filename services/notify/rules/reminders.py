"""When a meeting is reminded of: a week before and a day before, on working days. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final, Literal

from schemas.meetings import Meeting
from services.notify.rules import wording
from services.notify.rules.meeting_letters import name_of
from services.notify.rules.workdays import is_working_day

Stage = Literal["week", "day"]
AHEAD: Final = timedelta(days=12)
"""How far ahead a morning looks: a week, and holidays in between."""


def stage(day: date, today: date) -> Stage | None:
    """Which reminder of a meeting on `day` is due: the last working day at least a day, or seven days, before; a missed one is caught up."""
    if today >= day:
        return None
    if today >= working_day_before(day, 1):
        return "day"
    return "week" if today >= working_day_before(day, 7) else None


def since(day: date, which: Stage) -> date:
    """The day on which this reminder is due. Who was written to about the meeting on it or later needs no reminder."""
    return working_day_before(day, 1 if which == "day" else 7)


def working_day_before(day: date, days: int) -> date:
    found = day - timedelta(days=days)
    while not is_working_day(found):
        found -= timedelta(days=1)
    return found


def title(meeting: Meeting, today: date) -> str:
    """« Demain à 9 h 30 : Atelier « … », Bobigny »."""
    day = meeting.starts_at.date()
    when = "Demain" if day == today + timedelta(days=1) else wording.day(day).capitalize()
    place = f"{meeting.place} (lieu à reconfirmer)" if meeting.place_to_confirm else meeting.place
    return f"{when} à {wording.clock(meeting.starts_at)} : {name_of(meeting)}, {place}"
