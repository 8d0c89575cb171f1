"""Letters about filings: the morning's digest, and a large correction at once (practice, ruling 17)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from services.notify.rules import wording
from services.notify.rules.filings import Notice
from services.notify.rules.letters import Letter, greeting

LISTED: Final = 40
"""Filings written out in one digest; the inbox has them all."""


@dataclass(frozen=True)
class Entry:
    """One item of a digest, as the inbox shows it."""

    department: str
    title: str
    at: datetime
    kind: str = "FILING"


def digest(first_name: str | None, day: date, entries: Sequence[Entry], gateway: str, unsubscribe: str) -> Letter:
    """Everything since the last digest, by department."""
    departments = sorted({entry.department for entry in entries})
    where = ", ".join(wording.department(code) for code in departments)
    actions = [entry for entry in entries if entry.kind == "ACTION"]
    entries = [entry for entry in entries if entry.kind != "ACTION"]
    count = wording.counted(len(entries), "déclaration", "déclarations")
    late = wording.counted(len(actions), "action à faire", "actions à faire")
    what = " et ".join(text for text, there in ((count, entries), (late, actions)) if there)
    listed = [entry.title for entry in actions]
    listed += [f"{entry.title} ({wording.instant(entry.at)})" for entry in entries[:LISTED]]
    if len(entries) > LISTED:
        listed.append(f"et {len(entries) - LISTED} autres, dans votre boîte de réception")
    return Letter(
        subject=f"{where} : {what}, {wording.day(day)}",
        greeting=greeting(first_name),
        paragraphs=(
            *((f"Depuis le dernier résumé, {count} de votre territoire {_handled(len(entries))}.",) if entries else ()),
            *((f"Vous avez {late}.",) if actions else ()),
        ),
        items=tuple(listed),
        actions=(("Ouvrir la boîte de réception", f"{gateway}/coordination"),),
        closing=("Les chiffres sont provisoires jusqu’à la prochaine édition.",),
        footer=(
            "Résumé des jours ouvrés, à 8 h. Rien n’est envoyé quand rien ne s’est passé.",
            f"Ne plus recevoir ce résumé : {unsubscribe}",
        ),
    )


def _handled(count: int) -> str:
    return "a été traitée" if count < 2 else "ont été traitées"


def filing(first_name: str | None, notice: Notice, gateway: str, at: datetime) -> Letter:
    """One filing, at once: a large correction, or what a person asked to be told about immediately."""
    name = {"FILING_CORRECTED": "corrigée", "FILING_WITHDRAWN": "retirée"}.get(notice.kind, "comptée")
    since = wording.instant(at)
    facts = [("Département", wording.department(notice.department)), ("Lignes", wording.whole(notice.lines))]
    if notice.kind == "FILING_COUNTED":
        facts.append(("Heures", f"{wording.hours(notice.after)} h"))
    else:
        facts += [
            ("Avant", f"{wording.hours(notice.before)} h"),
            ("Maintenant", f"{wording.hours(notice.after)} h"),
            ("Écart", f"{wording.signed_hours(notice.moved)} h"),
        ]
    if notice.reason:
        facts.append(("Motif", notice.reason))
    return Letter(
        subject=_subject(notice, name),
        greeting=greeting(first_name),
        paragraphs=(f"La déclaration {notice.number} a été {name} ; les chiffres du département en tiennent compte depuis le {since}.",),
        facts=tuple(facts),
        actions=(("Ouvrir la boîte de réception", f"{gateway}/coordination"),),
        closing=("Vous n’avez rien à faire si cet écart vous paraît normal.",) if notice.kind != "FILING_COUNTED" else (),
        footer=(f"Fréquence de ces courriels : {gateway}/preferences",),
    )


def _subject(notice: Notice, name: str) -> str:
    if notice.kind == "FILING_COUNTED":
        return f"Déclaration {notice.number} comptée : {wording.hours(notice.after)} h ({notice.department})"
    return f"Déclaration {notice.number} {name} : écart de {wording.signed_hours(notice.moved)} h ({notice.department})"
