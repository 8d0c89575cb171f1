"""What people are written to about, how often they may want it, and when a mail leaves. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

from schemas.zones import PARIS
from services.notify.rules import workdays

Subject = Literal[
    "FILINGS", "CORRECTIONS", "PREPARATION", "REMINDERS", "TASKS", "EDITIONS", "RECEIPTS", "COUNTED", "BESIDE", "QUESTIONS", "SILENCE",
]  # fmt: skip
Frequency = Literal["immediate", "daily", "weekly", "never"]


@dataclass(frozen=True)
class Choice:
    """A line of the preferences: what it is, for which roles, how often at most. The invitation is mandatory and not among them."""

    label: str
    hint: str
    roles: tuple[str, ...]
    allowed: tuple[Frequency, ...]
    default: Frequency


_ALL: Final[tuple[Frequency, ...]] = ("immediate", "daily", "weekly", "never")
_DECLARING: Final = ("declarant", "facilitator")
_NETWORK: Final = ("coordinator", "team", "operator")
CHOICES: Final[dict[Subject, Choice]] = {
    "FILINGS": Choice("Déclarations de mon département", "comptées, corrigées ou retirées", _NETWORK, _ALL, "daily"),
    "CORRECTIONS": Choice("Grandes corrections", "plus de 10 % ou plus de 1 000 heures", _NETWORK, _ALL, "immediate"),
    "PREPARATION": Choice(
        "Copies « pour préparation »",
        "réunions d’un jour où une autre personne sera en fonction",
        _NETWORK,
        ("immediate", "never"),
        "immediate",
    ),
    "REMINDERS": Choice(
        "Rappels de réunions", "une semaine et un jour avant ; le courriel immédiat porte l’invitation", _NETWORK, _ALL, "daily"
    ),
    "TASKS": Choice("Sondages, fiche diagnostic", "ce qui attend une réponse de votre part", _NETWORK, _ALL, "immediate"),
    "EDITIONS": Choice("Éditions à relire", "fiche de votre département et délai", _NETWORK, _ALL, "immediate"),
    "RECEIPTS": Choice("Accusés de réception", "chaque déclaration reçue de votre part", _DECLARING, _ALL, "immediate"),
    "COUNTED": Choice("Heures comptées", "quand vos heures sont dans les chiffres", _DECLARING, _ALL, "never"),
    "BESIDE": Choice("Rapprochements", "une autre source compte à la place de vos heures, ou ne compte plus", _DECLARING, _ALL, "daily"),
    "QUESTIONS": Choice(
        "Questions et réponses sur une déclaration", "entre la coordination et vous", (*_DECLARING, *_NETWORK), _ALL, "immediate"
    ),
    "SILENCE": Choice(
        "Rappels de déclaration", "rien reçu pour un trimestre ; un seul rappel", _DECLARING, ("immediate", "never"), "immediate"
    ),
}
_OF_KIND: Final[dict[str, Subject]] = {
    "FILING_COUNTED": "FILINGS", "FILING_CORRECTED": "FILINGS", "FILING_WITHDRAWN": "FILINGS", "ACTION": "FILINGS", "MEETING_REMINDER": "REMINDERS",
    "POLL": "TASKS", "DIAGNOSTIC": "TASKS", "DIAGNOSTIC_REVIEWED": "TASKS", "EDITION_REVIEW": "EDITIONS", "RECEIPT": "RECEIPTS",
    "HOURS_COUNTED": "COUNTED", "SOURCE_CHANGED": "BESIDE", "QUESTION": "QUESTIONS", "ANSWER": "QUESTIONS", "SILENCE": "SILENCE",
}  # fmt: skip


def of_kind(kind: str) -> Subject | None:
    """The line of the preferences that a kind of message falls under; None for what nobody may refuse."""
    return _OF_KIND.get(kind)


def of_roles(roles: frozenset[str]) -> list[Subject]:
    """The lines that concern somebody with these roles."""
    return [subject for subject, choice in CHOICES.items() if not roles.isdisjoint(choice.roles)]


def frequencies_due(day: date) -> frozenset[Frequency]:
    """Which digests a working day brings: the daily one, and the weekly one on the first working day of the week."""
    monday = day - timedelta(days=day.weekday())
    first = next(each for each in (monday + timedelta(days=n) for n in range(7)) if workdays.is_working_day(each) or each == day)
    return frozenset(("daily", "weekly")) if day == first else frozenset(("daily",))


@dataclass(frozen=True)
class Quiet:
    """Hours in which nothing but calendar mails leaves, by the clock in Paris; over midnight when `start` is later than `end`."""

    start: time | None = None
    end: time | None = None
    weekends: bool = False

    def until(self, now: datetime) -> datetime | None:
        """When the quiet ends that `now` lies in; None outside of it."""
        local, found = now.astimezone(PARIS), None
        for _ in range(8):  # a quiet weekend follows a quiet evening
            ends = self._ends(local)
            if ends is None or ends <= local:
                break
            local = found = ends
        return found

    def _ends(self, local: datetime) -> datetime | None:
        if self.weekends and local.weekday() >= 5:
            return datetime.combine(local.date() + timedelta(days=7 - local.weekday()), time(0), PARIS)
        if self.start is None or self.end is None:
            return None
        clock = local.time()
        if self.start <= self.end:
            return datetime.combine(local.date(), self.end, PARIS) if self.start <= clock < self.end else None
        if clock >= self.start:
            return datetime.combine(local.date() + timedelta(days=1), self.end, PARIS)
        return datetime.combine(local.date(), self.end, PARIS) if clock < self.end else None
