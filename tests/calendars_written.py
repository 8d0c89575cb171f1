"""Calendars as others write them."""

from __future__ import annotations


def calendar(*components: str) -> bytes:
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//fictif//FR",
        *[line for c in components for line in c.splitlines()],
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join(lines).encode()


def event(*lines: str) -> str:
    return "\n".join(["BEGIN:VEVENT", "UID:1", "DTSTAMP:20270101T000000Z", "SUMMARY:Rendez-vous médical", *lines, "END:VEVENT"])
