"""Letters to the coordination about one filing: a large correction at once (practice, ruling 17)."""

from __future__ import annotations

from datetime import datetime

from kit.web.filters import number
from services.notify.rules import wording
from services.notify.rules.filings import Notice
from services.notify.rules.letters import Letter, greeting
from services.notify.rules.links import page_of


def filing(first_name: str | None, notice: Notice, gateway: str, at: datetime) -> Letter:
    """One filing, at once: a large correction, or what a person asked to be told about immediately."""
    name = {"FILING_CORRECTED": "corrigée", "FILING_WITHDRAWN": "retirée"}.get(notice.kind, "comptée")
    since = wording.instant(at)
    facts = [("Département", wording.department(notice.department)), ("Lignes", number(notice.lines))]
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
        actions=(
            ("Voir la déclaration", f"{gateway}{page_of(notice.kind, notice.number, None)}"),
            ("Ouvrir la boîte de réception", f"{gateway}/coordination"),
        ),
        closing=("Vous n’avez rien à faire si cet écart vous paraît normal.",) if notice.kind != "FILING_COUNTED" else (),
        footer=(f"Fréquence de ces courriels : {gateway}/preferences",),
    )


def _subject(notice: Notice, name: str) -> str:
    if notice.kind == "FILING_COUNTED":
        return f"Déclaration {notice.number} comptée : {wording.hours(notice.after)} h ({notice.department})"
    return f"Déclaration {notice.number} {name} : écart de {wording.signed_hours(notice.moved)} h ({notice.department})"
