"""The life of an edition: draft, review by the coordinations, validated, published; and a corrigendum, which never changes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Literal

from kit.errors import LineError, Refused
from schemas.vocabulary.places import DEPARTMENTS
from services.indicators.rules.refusals import conflict, text_of, whole

State = Literal["DRAFT", "REVIEW", "VALIDATED", "PUBLISHED", "ABANDONED"]
STATES: Final[Mapping[str, str]] = {
    "DRAFT": "brouillon", "REVIEW": "en relecture", "VALIDATED": "validée", "PUBLISHED": "publiée", "ABANDONED": "abandonnée",
}  # fmt: skip
LONGEST_REVIEW: Final = timedelta(days=92)
LONGEST_TITLE, LONGEST_TEXT, LONGEST_NOTE = 120, 4_000, 1_000
FIRST_YEAR: Final = 2010


@dataclass(frozen=True)
class Plan:
    """What the team says of an edition before it is composed."""

    year: int
    title: str
    final: bool
    minimum_coverage: int
    """Departments that must be covered, of eight."""
    least_share: int
    """Per cent of the structures expected (I33) from which a department is covered."""
    says_not: str
    """« Ce que cette édition ne dit pas »."""


@dataclass(frozen=True)
class Edition:
    """An edition as it stands. `draft` is the number of its newest draft, 0 before the first."""

    number: str
    plan: Plan
    state: State = "DRAFT"
    draft: int = 0
    deadline: date | None = None
    minutes: str | None = None
    release: str | None = None
    reason: str | None = None
    """Why it was abandoned."""

    @property
    def in_review(self) -> bool:
        return self.state == "REVIEW"

    def is_open(self, today: date) -> bool:
        """Whether coordinations may still speak: the deadline's day is the last one."""
        return self.in_review and self.deadline is not None and today <= self.deadline


@dataclass(frozen=True)
class Draft:
    """What the checks look at of the newest draft. `after`: the newest release when it was composed."""

    number: int
    after: str | None
    attacked: int
    coverage: Mapping[str, Decimal | None]
    hidden_totals: Sequence[str]
    sheets: Mapping[str, str]


@dataclass(frozen=True)
class Check:
    """One condition of a validation: `said` is what was found, in a sentence."""

    code: str
    title: str
    good: bool
    said: str


def planned(fields: Mapping[str, object], today: date) -> Plan:
    """The plan that these fields make. Raises Refused with every mistake."""
    errors: list[LineError] = []
    year = whole(fields.get("year"), "year", FIRST_YEAR, today.year, str(today.year - 1), errors)
    covered = whole(fields.get("minimum_coverage", len(DEPARTMENTS) - 1), "minimum_coverage", 1, len(DEPARTMENTS), "7", errors)
    share = whole(fields.get("least_share", 50), "least_share", 1, 100, "50", errors)
    title = text_of(fields.get("title"), "title", LONGEST_TITLE, f"Panorama {year}", errors)
    says_not = text_of(
        fields.get("says_not"), "says_not", LONGEST_TEXT, "Les marchés réservés ne sont pas compris dans ces heures.", errors
    )
    final = fields.get("final", False)
    if not isinstance(final, bool):
        errors.append(
            LineError(
                column="final", value=str(final)[:40], code="BOOLEAN", message="« Édition définitive » : vrai ou faux", example="false"
            )
        )
    if errors:
        raise Refused(errors, code="EDITION", title="L’édition ne peut pas être enregistrée telle quelle")
    return Plan(year, title, bool(final), covered, share, says_not)


def composed(edition: Edition, after: int | None = None) -> Edition:
    """With one more draft, `after` the newest that was seen (None: whatever it is). What was validated goes back to the coordinations. Raises
    Refused once it is published, and when a newer draft was composed meanwhile."""
    may_change(edition)
    if after is not None and after != edition.draft:
        detail = f"C’est l’épreuve {edition.draft} ; rien d’autre n’a été composé."
        raise conflict("NEWER_DRAFT", "Une nouvelle épreuve vient d’être composée", detail)
    back = edition.state == "VALIDATED"
    return replace(edition, draft=edition.draft + 1, state="REVIEW" if back else edition.state, minutes=None if back else edition.minutes)


def opened(edition: Edition, deadline: date, today: date) -> Edition:
    """In review until the deadline, or with another deadline. Raises Refused."""
    may_change(edition)
    if edition.state == "VALIDATED":
        raise conflict("VALIDATED", "Cette édition est déjà validée", "Composez une nouvelle épreuve pour rouvrir la relecture.")
    has_draft(edition)
    if not today < deadline <= today + LONGEST_REVIEW:
        error = LineError(
            column="deadline", value=deadline.isoformat(), code="DATE",
            message=f"L’échéance doit être après aujourd’hui et dans les {LONGEST_REVIEW.days} jours ; lu : {deadline:%d/%m/%Y}", example=(today + timedelta(days=21)).isoformat(),
        )  # fmt: skip
        raise Refused([error], code="DEADLINE", title="Cette échéance ne convient pas")
    return replace(edition, state="REVIEW", deadline=deadline)


def validated(edition: Edition, found: Sequence[Check], minutes: str) -> Edition:
    """Signed off. Raises Refused with every check that is not met."""
    may_change(edition)
    has_draft(edition)
    if not edition.in_review:
        code = "ALREADY_VALIDATED" if edition.state == "VALIDATED" else "NOT_IN_REVIEW"
        raise conflict(code, "Cette édition n’est pas en relecture", f"Elle est : {STATES[edition.state]}.")
    errors = [LineError(column=check.code, code=check.code, message=f"{check.title} : {check.said}") for check in found if not check.good]
    if errors:
        raise Refused(errors, code="NOT_READY", title="L’édition n’est pas prête", status=409)
    text = text_of(minutes, "minutes", LONGEST_NOTE, "Comité du 12 mars 2026, https://exemple.fr/releve-2026-03-12.pdf", errors)
    if errors:
        raise Refused(errors, code="MINUTES", title="Le relevé de décisions manque")
    return replace(edition, state="VALIDATED", minutes=text)


def published(edition: Edition, draft: Draft | None, newest: str | None, release: str) -> Edition:
    """Published as this release. Raises Refused (409) when it is not validated, was published already, or its draft is stale."""
    may_change(edition)
    if edition.state != "VALIDATED" or draft is None:
        raise conflict("NOT_VALIDATED", "Cette édition n’est pas validée", f"Elle est : {STATES[edition.state]}.")
    still = fresh(draft, newest)
    if not still.good:
        raise conflict("STALE_DRAFT", "L’épreuve est dépassée", still.said)
    return replace(edition, state="PUBLISHED", release=release)


def abandoned(edition: Edition, reason: str) -> Edition:
    """Given up, for a reason; what was said of it stays. Raises Refused once it is published or abandoned, and for no reason."""
    may_change(edition)
    errors: list[LineError] = []
    text = text_of(reason, "reason", LONGEST_NOTE, "L’année est fausse : l’édition 2026-2 la remplace.", errors)
    if errors:
        raise Refused(errors, code="ABANDON", title="Dites pourquoi cette édition est abandonnée")
    return replace(edition, state="ABANDONED", reason=text)


def analysed(edition: Edition, text: str) -> str:
    """The analysis of a thematic study; empty: none. What was signed off stays as it was. Raises Refused."""
    may_change(edition)
    if edition.state == "VALIDATED":
        raise conflict("VALIDATED", "Cette édition est déjà validée", "Composez une nouvelle épreuve pour rouvrir la relecture.")
    errors: list[LineError] = []
    found = text_of(text, "text", LONGEST_TEXT, "La part des femmes progresse dans le nettoyage.", errors) if text.strip() else ""
    if errors:
        raise Refused(errors, code="STUDY", title="L’analyse ne peut pas être enregistrée")
    return found


def correctable(edition: Edition, text: str) -> str:
    """The words of a corrigendum. Raises Refused for an edition that is not published, and for no words."""
    if edition.state != "PUBLISHED":
        what = "Elle est abandonnée." if edition.state == "ABANDONED" else "Avant la publication, composez une nouvelle épreuve."
        raise conflict("NOT_PUBLISHED", "Cette édition n’est pas publiée", what)
    errors: list[LineError] = []
    found = text_of(text, "text", LONGEST_NOTE, "Un marché a été compté dans le mauvais département.", errors)
    if errors:
        raise Refused(errors, code="CORRIGENDUM", title="Le corrigendum ne dit rien")
    return found


def fresh(draft: Draft, newest: str | None) -> Check:
    """Whether no release came out since the draft."""
    if draft.after == newest:
        return Check("FRESH", "Épreuve à jour", good=True, said=f"Aucune publication depuis l’épreuve {draft.number}.")
    text = f"La publication {newest} a eu lieu depuis l’épreuve {draft.number} : composez-en une nouvelle, protégée avec elle."
    return Check("FRESH", "Épreuve à jour", good=False, said=text)


def may_change(edition: Edition) -> None:
    """Raises Refused (409) for what is published or abandoned."""
    if edition.state == "ABANDONED":
        raise conflict("ABANDONED", "Cette édition est abandonnée", f"Motif : {edition.reason}. Préparez-en une nouvelle.")
    if edition.state == "PUBLISHED":
        raise conflict("ALREADY_PUBLISHED", "Cette édition est déjà publiée", "Elle ne change plus : publiez un corrigendum.")


def has_draft(edition: Edition) -> None:
    """Raises Refused (409)."""
    if not edition.draft:
        raise conflict("NO_DRAFT", "Aucune épreuve n’est composée", "Composez une première épreuve.")
