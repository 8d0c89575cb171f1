"""A calendar file (iCalendar or free/busy) as busy times, and nothing else of it: no title, place or person is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import recurring_ical_events
from icalendar import Calendar

from schemas.zones import PARIS

MOST_COMPONENTS: Final = 20_000
MOST_BLOCKS: Final = 5_000


@dataclass(frozen=True, order=True)
class Block:
    """Busy from … until … (Europe/Paris wall clock); `if_needed`: tentative."""

    starts_at: datetime
    ends_at: datetime
    if_needed: bool = False


class NotACalendar(Exception):
    """The file cannot be used. The text is for the person who gave its address."""


def busy(body: bytes, starts_on: date, ends_on: date) -> list[Block]:
    """When the person is busy in [starts_on, ends_on], in order, without overlaps. Raises NotACalendar.

    Cancelled events, those marked as free (TRANSP:TRANSPARENT) and free periods do not count; recurring events count each time.
    """
    calendars = _read(body)
    begin, end = datetime.combine(starts_on, time(0)), datetime.combine(ends_on + timedelta(days=1), time(0))
    found = [block for calendar in calendars for block in (*_events(calendar, begin, end), *_periods(calendar))]
    clipped = [
        Block(max(block.starts_at, begin), min(block.ends_at, end), block.if_needed)
        for block in found if block.starts_at < end and block.ends_at > begin and block.starts_at < block.ends_at
    ]  # fmt: skip
    merged = [*_merged(b for b in clipped if not b.if_needed), *_merged(b for b in clipped if b.if_needed)]
    if len(merged) > MOST_BLOCKS:
        raise NotACalendar(f"Cet agenda compte plus de {MOST_BLOCKS} occupations sur la période.")
    return sorted(merged)


def _read(body: bytes) -> list[Calendar]:
    text = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text[:15].upper().startswith(b"BEGIN:VCALENDAR"):
        raise NotACalendar("Ce fichier n’est pas un agenda au format iCalendar (.ics ou .ifb).")
    if not text.rstrip()[-13:].upper() == b"END:VCALENDAR":
        raise NotACalendar("Cet agenda est incomplet : sa fin manque.")
    if text.upper().count(b"\nBEGIN:") > MOST_COMPONENTS:
        raise NotACalendar(f"Cet agenda compte plus de {MOST_COMPONENTS} éléments.")
    try:
        return list(Calendar.from_ical(text.decode("utf-8", errors="replace"), multiple=True))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise NotACalendar("Cet agenda est abîmé : il ne peut pas être lu en entier.") from error


def _events(calendar: Calendar, begin: datetime, end: datetime) -> Iterator[Block]:
    try:
        occurrences = recurring_ical_events.of(calendar, skip_bad_series=True).between(
            begin.replace(tzinfo=PARIS), end.replace(tzinfo=PARIS)
        )
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError) as error:
        raise NotACalendar("Cet agenda est abîmé : ses dates ne peuvent pas être lues.") from error
    for event in occurrences:
        status, shown_as = (str(event.get(name, "")).upper() for name in ("STATUS", "X-MICROSOFT-CDO-BUSYSTATUS"))
        if status == "CANCELLED" or str(event.get("TRANSP", "")).upper() == "TRANSPARENT" or shown_as == "FREE":
            continue
        starts, ends = event.get("DTSTART"), event.get("DTEND")
        if starts is not None and ends is not None:
            yield Block(_local(starts.dt), _local(ends.dt), "TENTATIVE" in {status, shown_as})


def _periods(calendar: Calendar) -> Iterator[Block]:
    """What a VFREEBUSY says (RFC 5545 3.6.4): each FREEBUSY is one or several periods, busy unless FBTYPE says otherwise."""
    for component in calendar.walk("VFREEBUSY"):
        values = component.get("FREEBUSY", [])
        for value in values if isinstance(values, list) else [values]:
            kind = str(getattr(value, "params", {}).get("FBTYPE", "BUSY")).upper()
            if kind == "FREE":
                continue
            for starts, ends in _pairs(value):
                yield Block(_local(starts), _local(ends), kind == "BUSY-TENTATIVE")


def _pairs(value: Any) -> Iterator[tuple[Any, Any]]:
    for each in getattr(value, "dts", [value]):
        period = getattr(each, "dt", each)
        if isinstance(period, tuple) and len(period) == 2:
            starts, ends = period
            yield starts, starts + ends if isinstance(ends, timedelta) else ends


def _local(moment: date) -> datetime:
    """Europe/Paris wall clock. A day is its midnight, a time without zone is meant there."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time(0))
    if moment.tzinfo is None:
        return moment
    return moment.astimezone(UTC).astimezone(PARIS).replace(tzinfo=None)


def _merged(blocks: Iterable[Block]) -> list[Block]:
    found: list[Block] = []
    for block in sorted(blocks):
        if found and block.starts_at <= found[-1].ends_at:
            found[-1] = Block(found[-1].starts_at, max(found[-1].ends_at, block.ends_at), block.if_needed)
        else:
            found.append(block)
    return found
