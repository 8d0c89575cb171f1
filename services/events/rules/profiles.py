"""What somebody looks for or can do, as far as ten minutes with the right other need it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from kit.errors import LineError, Refused
from schemas.vocabulary.buyers import SECTORS
from schemas.vocabulary.places import DEPARTMENTS
from services.events.matchmaking.participants import SLOT_MINUTES
from services.events.rules.guests import ESS_ROLES

SEEKING_ROLES: Final = frozenset({"BUYER", "COMPANY"})
MOST_HOURS: Final = 10_000_000
LONGEST_ABOUT: Final = 1_000
_QUARTER: Final = re.compile(r"20[0-9]{2}-Q[1-4]", re.ASCII)


@dataclass(frozen=True)
class Profile:
    """`hours`: to place or to buy for a seeker, capacity a year for a structure. `quarter`: when a need begins, `2028-Q2`."""

    sectors: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    hours: int | None = None
    quarter: str | None = None
    about: str | None = None
    free_from: time | None = None
    free_until: time | None = None


def check(profile: Profile) -> None:
    """Raises Refused with every field that cannot be taken."""
    errors = [
        LineError(column=column, code="UNKNOWN_CODE", value=code[:40], message="Choisissez dans la liste.")
        for column, codes, known in (("sectors", profile.sectors, SECTORS), ("departments", profile.departments, DEPARTMENTS))
        for code in codes
        if code not in known
    ]
    if profile.hours is not None and not 0 <= profile.hours <= MOST_HOURS:
        errors.append(
            LineError(column="hours", code="NUMBER", value=str(profile.hours), message="Un nombre d’heures entier, à partir de 0.")
        )
    if profile.quarter is not None and not _QUARTER.fullmatch(profile.quarter):
        errors.append(
            LineError(column="quarter", code="PERIOD", value=profile.quarter[:20], message="Indiquez un trimestre.", example="2028-Q2")
        )
    if profile.about and len(profile.about) > LONGEST_ABOUT:
        errors.append(LineError(column="about", code="TEXT", message=f"{LONGEST_ABOUT} caractères au plus."))
    if profile.free_from and profile.free_until and profile.free_until <= profile.free_from:
        errors.append(LineError(column="free_until", code="INVERTED", message="L’heure de départ vient après l’heure d’arrivée."))
    if errors:
        raise Refused(errors, code="PROFILE_REFUSED", title="Ces informations ne peuvent pas être enregistrées telles quelles")


def seeks(role: str) -> bool:
    """Buyers and companies sit at a table and look for structures."""
    return role in SEEKING_ROLES


def answers(role: str) -> bool:
    """ESS structures go from table to table."""
    return role in ESS_ROLES


def slots_between(starts_at: datetime, ends_at: datetime) -> int:
    """Whole slots of ten minutes in a session."""
    return max(0, int((ends_at - starts_at).total_seconds() // (SLOT_MINUTES * 60)))


def slots_of(profile: Profile, starts_at: datetime, slots: int) -> frozenset[int]:
    """The slots in which somebody is there, from the hours that the person gave."""
    step = timedelta(minutes=SLOT_MINUTES)
    found = set()
    for number in range(slots):
        begins, ends = starts_at + number * step, starts_at + (number + 1) * step
        here = profile.free_from is None or begins.time() >= profile.free_from
        still = profile.free_until is None or ends.time() <= profile.free_until
        if here and still:
            found.add(number)
    return frozenset(found)
