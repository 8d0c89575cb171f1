"""A meeting as schema.org describes it, for search engines and assistants: a block of data in its page, not a script."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from services.events.store.meetings import Kept


def event(kept: Kept, gateway: str) -> dict[str, Any]:
    """https://schema.org/Event. Times carry their offset from UTC."""
    plan, there = kept.plan, ZoneInfo(kept.plan.zone)
    page = plan.page or f"/agenda/{kept.meeting_id}"
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": plan.title,
        "startDate": plan.starts_at.replace(tzinfo=there).isoformat(),
        "endDate": plan.ends_at.replace(tzinfo=there).isoformat(),
        "eventStatus": "https://schema.org/EventCancelled" if kept.cancelled else "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": {"@type": "Place", "name": plan.place, "address": plan.place},
        "organizer": {"@type": "Organization", "name": "MACS", "url": f"{gateway}/"},
        "isAccessibleForFree": True,
        "inLanguage": "fr",
        "url": f"{gateway}{page}",
    }
    if plan.access:
        found["description"] = plan.access
    return found
