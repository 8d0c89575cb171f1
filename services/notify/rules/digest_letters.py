"""The morning's digest: what happened, by kind, in one mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from kit.web.filters import plural
from services.notify.rules import wording
from services.notify.rules.letters import Letter, greeting

LISTED: Final = 40
"""Filings written out in one digest; the inbox has them all."""
_OTHERS: Final = (
    (("ACTION",), "action à faire", "actions à faire"),
    (("MEETING_REMINDER",), "réunion à venir", "réunions à venir"),
    (("POLL", "DIAGNOSTIC", "DIAGNOSTIC_REVIEWED", "EDITION_REVIEW"), "demande à suivre", "demandes à suivre"),
    (("QUESTION", "ANSWER"), "question ou réponse", "questions ou réponses"),
    (("RECEIPT",), "déclaration reçue", "déclarations reçues"),
    (("HOURS_COUNTED",), "déclaration comptée", "déclarations comptées"),
    (("SOURCE_CHANGED",), "rapprochement", "rapprochements"),
)


@dataclass(frozen=True)
class Entry:
    """One item of a digest, as the inbox shows it. Without department it is the reader's own."""

    department: str | None
    title: str
    at: datetime
    kind: str = "FILING"


def digest(first_name: str | None, day: date, entries: Sequence[Entry], gateway: str, unsubscribe: str) -> Letter:
    """Everything since the last digest: what waits for the reader first, then the filings of the departments."""
    where = ", ".join(wording.department(code) for code in sorted({entry.department for entry in entries if entry.department}))
    filings = [entry for entry in entries if entry.kind.startswith("FILING")]
    groups = [(*_count(entries, kinds, one, many), kinds) for kinds, one, many in _OTHERS]
    others = [counted for counted, number, _ in groups if number]
    listed = [entry.title for _, _, kinds in groups for entry in entries if entry.kind in kinds]
    listed += [f"{entry.title} ({wording.instant(entry.at)})" for entry in filings[:LISTED]]
    if len(filings) > LISTED:
        listed.append(f"et {len(filings) - LISTED} autres, dans votre boîte de réception")
    count = plural(len(filings), "déclaration", "déclarations")
    what = " et ".join([*((count,) if filings else ()), *others])
    return Letter(
        subject=f"{where or 'Votre résumé'} : {what}, {wording.day(day)}",
        greeting=greeting(first_name),
        paragraphs=(
            *((f"Depuis le dernier résumé, {count} de votre territoire {_handled(len(filings))}.",) if filings else ()),
            *((f"Vous avez {', '.join(others)}.",) if others else ()),
        ),
        items=tuple(listed),
        actions=(("Ouvrir la boîte de réception", f"{gateway}/coordination"),),
        closing=("Les chiffres sont provisoires jusqu’à la prochaine édition.",) if filings else (),
        footer=(
            "Résumé des jours ouvrés, à 8 h. Rien n’est envoyé quand rien ne s’est passé.",
            f"Choisir ce qui vient et quand : {gateway}/preferences",
            f"Ne plus recevoir ce résumé : {unsubscribe}",
        ),
    )


def _count(entries: Sequence[Entry], kinds: Sequence[str], one: str, many: str) -> tuple[str, int]:
    number = sum(entry.kind in kinds for entry in entries)
    return plural(number, one, many), number


def _handled(count: int) -> str:
    return "a été traitée" if count < 2 else "ont été traitées"
