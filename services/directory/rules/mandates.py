"""Mandates in time: who holds a department on a day, what would overlap, which days would have nobody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from kit.errors import LineError, Refused
from schemas.directory import MandateRecorded

WARNING: Final = timedelta(days=30)
"""How long before a supposed end the team is asked: back, prolonged, or vacant (practice ruling 14)."""


YEARS: Final = range(2000, 2200)
"""An older date is a typing error (V20), a later one too."""


@dataclass(frozen=True)
class Vacancy:
    """Days `[starts_on, ends_on)` on which nobody coordinates. An open side is None."""

    starts_on: date | None
    ends_on: date | None


def holds(mandate: MandateRecorded, day: date) -> bool:
    return mandate.starts_on <= day and (mandate.ends_on is None or day < mandate.ends_on)


def holder(mandates: Iterable[MandateRecorded], day: date) -> MandateRecorded | None:
    """The one mandate of that day; None is a vacancy. A supposed end ends nothing: somebody has to say so."""
    return next((mandate for mandate in mandates if holds(mandate, day)), None)


def vacancy(mandates: Sequence[MandateRecorded], day: date) -> Vacancy:
    """The days without anybody around a day that has nobody."""
    ended = [mandate.ends_on for mandate in mandates if mandate.ends_on is not None and mandate.ends_on <= day]
    ahead = [mandate.starts_on for mandate in mandates if day < mandate.starts_on]
    return Vacancy(max(ended, default=None), min(ahead, default=None))


def overlapping(mandates: Iterable[MandateRecorded], candidate: MandateRecorded) -> list[MandateRecorded]:
    """Recorded mandates of the department that share a day with the candidate, the candidate's own row left out."""
    return [
        other
        for other in mandates
        if other.mandate_id != candidate.mandate_id
        and other.department == candidate.department
        and (candidate.ends_on is None or other.starts_on < candidate.ends_on)
        and (other.ends_on is None or candidate.starts_on < other.ends_on)
    ]


def gaps(mandates: Iterable[MandateRecorded], candidate: MandateRecorded) -> list[Vacancy]:
    """Days left without anybody right before and right after the candidate, once it is recorded."""
    others = [m for m in mandates if m.mandate_id != candidate.mandate_id and m.department == candidate.department]
    found: list[Vacancy] = []
    ended = max((m.ends_on for m in others if m.ends_on is not None and m.ends_on <= candidate.starts_on), default=None)
    if ended is not None and ended < candidate.starts_on:
        found.append(Vacancy(ended, candidate.starts_on))
    if candidate.ends_on is not None:
        following = min((m.starts_on for m in others if m.starts_on >= candidate.ends_on), default=None)
        if following is None or candidate.ends_on < following:
            found.append(Vacancy(candidate.ends_on, following))
    return found


def closed_by(mandates: Iterable[MandateRecorded], candidate: MandateRecorded) -> MandateRecorded | None:
    """The mandate under way without an end that the candidate would succeed, with its end set to the day of the handover."""
    for other in mandates:
        if other.mandate_id != candidate.mandate_id and other.ends_on is None and other.starts_on < candidate.starts_on:
            return other.model_copy(update={"ends_on": candidate.starts_on})
    return None


def succession(
    mandates: Sequence[MandateRecorded], candidate: MandateRecorded, *, handover: bool
) -> tuple[list[MandateRecorded], MandateRecorded | None]:
    """The department's mandates as the candidate finds them, and the one that it closes when the handover is meant."""
    closed = closed_by(mandates, candidate) if handover else None
    if closed is None:
        return list(mandates), None
    return [closed if mandate.mandate_id == closed.mandate_id else mandate for mandate in mandates], closed


def check(mandates: Iterable[MandateRecorded], candidate: MandateRecorded, *, names: dict[UUID, str]) -> None:
    """Raises Refused when the candidate cannot stand beside what is recorded. `names` are people by id, for the sentence."""
    strange = [day for day in (candidate.starts_on, candidate.ends_on, candidate.supposed_end) if day and day.year not in YEARS]
    if strange:
        raise Refused([_error("from", day, "Cette année n’est pas plausible.") for day in strange], code="MANDATE_DATES")
    if candidate.ends_on is not None and candidate.ends_on <= candidate.starts_on:
        raise Refused(
            [_error("to", candidate.ends_on, "La fin doit être après le début : la fin est le premier jour sans ce mandat.")],
            code="MANDATE_DATES",
            title="Les dates de ce mandat se contredisent",
        )
    others = overlapping(mandates, candidate)
    if others:
        raise Refused(
            [_error("from", candidate.starts_on, overlap_sentence(other, names.get(other.person_id))) for other in others],
            code="MANDATE_OVERLAP",
            title="Un autre mandat couvre déjà une partie de ces jours",
            status=409,
            detail=" ".join(overlap_sentence(other, names.get(other.person_id)) for other in others),
        )


def overlap_sentence(other: MandateRecorded, name: str | None) -> str:
    who = f"{name or 'une autre personne'} ({other.structure_name})"
    since = (
        f"depuis le {written(other.starts_on)}"
        if other.ends_on is None
        else f"du {written(other.starts_on)} au {written(last_day(other.ends_on))}"
    )
    return f"Le département {other.department} est déjà suivi par {who} {since}. Mettez d’abord fin à ce mandat, ou changez les dates."


def gap_sentence(gap: Vacancy) -> str:
    """« Personne ne suivrait le département du … au … »: shown before saving, never an obstacle."""
    if gap.starts_on is None or (gap.ends_on is not None and gap.ends_on <= gap.starts_on):
        return ""
    if gap.ends_on is None:
        return f"Personne n’est prévu à partir du {written(gap.starts_on)}."
    if last_day(gap.ends_on) == gap.starts_on:
        return f"Personne ne suivrait le département le {written(gap.starts_on)}."
    return f"Personne ne suivrait le département du {written(gap.starts_on)} au {written(last_day(gap.ends_on))}."


def to_confirm(mandate: MandateRecorded, today: date) -> bool:
    """An end that is only supposed comes near, or has passed without anybody deciding."""
    return mandate.ends_on is None and mandate.supposed_end is not None and mandate.supposed_end - WARNING <= today


def last_day(end: date) -> date:
    """Half-open intervals are shown inclusive."""
    return end - timedelta(days=1)


def written(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _error(column: str, value: date, message: str) -> LineError:
    return LineError(column=column, code="MANDATE", value=value.isoformat(), message=message)
