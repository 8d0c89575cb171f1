"""The life of an edition: draft, review by the coordinations, validated, published; and a corrigendum, which never changes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

from kit.errors import LineError, Refused
from schemas.vocabulary.places import DEPARTMENTS

State = Literal["DRAFT", "REVIEW", "VALIDATED", "PUBLISHED"]
STATES: Final[Mapping[str, str]] = {"DRAFT": "brouillon", "REVIEW": "en relecture", "VALIDATED": "validée", "PUBLISHED": "publiée"}
Kind = Literal["OBJECTION", "QUESTION", "REMARK"]
KINDS: Final[Mapping[str, str]] = {"OBJECTION": "Objection : ce chiffre est faux", "QUESTION": "Question", "REMARK": "Remarque"}
Outcome = Literal["CORRECTED", "EXPLAINED", "KEPT"]
OUTCOMES: Final[Mapping[str, str]] = {
    "CORRECTED": "Corrigé : une nouvelle épreuve en tient compte",
    "EXPLAINED": "Expliqué",
    "KEPT": "Maintenu : le chiffre reste tel quel",
}
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
class Comment:
    """A coordination's word on a figure of its sheet, and the team's answer."""

    id: UUID
    department: str
    figure: str
    printed: str
    kind: Kind
    said: str
    said_by: str
    at: datetime
    draft: int
    outcome: Outcome | None = None
    answer: str | None = None
    answered_by: str | None = None
    answered_at: datetime | None = None
    answered_draft: int | None = None

    @property
    def is_open(self) -> bool:
        return self.outcome is None


@dataclass(frozen=True)
class Review:
    """Where a coordination is: when it first saw its sheet, and of which draft and sheet it said « relu »."""

    department: str
    seen_at: datetime | None = None
    agreed_at: datetime | None = None
    agreed_by: str | None = None
    agreed_draft: int | None = None
    agreed_sheet: str | None = None


Position = Literal["WAITING", "SEEN", "COMMENTED", "ANSWERED", "AGREED", "CHANGED"]
POSITIONS: Final[Mapping[str, str]] = {
    "WAITING": "pas encore ouverte",
    "SEEN": "ouverte, pas encore relue",
    "COMMENTED": "a une remarque sans réponse",
    "ANSWERED": "réponse donnée, à relire",
    "AGREED": "relue, sans réserve",
    "CHANGED": "relue, mais la fiche a changé depuis",
}
TONES: Final[Mapping[str, str]] = {
    "WAITING": "plain", "SEEN": "plain", "COMMENTED": "bad", "ANSWERED": "wait", "AGREED": "good", "CHANGED": "wait",
}  # fmt: skip


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
    year = _whole(fields.get("year"), "year", FIRST_YEAR, today.year, str(today.year - 1), errors)
    covered = _whole(fields.get("minimum_coverage", len(DEPARTMENTS) - 1), "minimum_coverage", 1, len(DEPARTMENTS), "7", errors)
    share = _whole(fields.get("least_share", 50), "least_share", 1, 100, "50", errors)
    title = _text(fields.get("title"), "title", LONGEST_TITLE, f"Panorama {year}", errors)
    says_not = _text(fields.get("says_not"), "says_not", LONGEST_TEXT, "Les marchés réservés ne sont pas compris dans ces heures.", errors)
    final = fields.get("final", False)
    if not isinstance(final, bool):
        errors.append(LineError(column="final", value=str(final)[:40], code="BOOLEAN", message="« final » : vrai ou faux", example="false"))
    if errors:
        raise Refused(errors, code="EDITION", title="L’édition ne peut pas être créée telle quelle")
    return Plan(year, title, bool(final), covered, share, says_not)


def composed(edition: Edition) -> Edition:
    """With one more draft. What was validated goes back to the coordinations. Raises Refused once it is published."""
    _not_published(edition)
    back = edition.state == "VALIDATED"
    return replace(edition, draft=edition.draft + 1, state="REVIEW" if back else edition.state, minutes=None if back else edition.minutes)


def opened(edition: Edition, deadline: date, today: date) -> Edition:
    """In review until the deadline, or with another deadline. Raises Refused."""
    _not_published(edition)
    if edition.state == "VALIDATED":
        raise _conflict("VALIDATED", "Cette édition est déjà validée", "Composez une nouvelle épreuve pour rouvrir la relecture.")
    _has_draft(edition)
    if not today < deadline <= today + LONGEST_REVIEW:
        error = LineError(
            column="deadline", value=deadline.isoformat(), code="DATE",
            message=f"L’échéance doit être après aujourd’hui et dans les {LONGEST_REVIEW.days} jours", example=(today + timedelta(days=21)).isoformat(),
        )  # fmt: skip
        raise Refused([error], code="DEADLINE", title="Cette échéance ne convient pas")
    return replace(edition, state="REVIEW", deadline=deadline)


def may_speak(edition: Edition, today: date) -> None:
    """Raises Refused when the coordinations cannot comment or agree: before the review, after its deadline, once validated."""
    _not_published(edition)
    if not edition.in_review:
        raise _conflict("NOT_IN_REVIEW", "Cette édition n’est pas en relecture", f"Elle est : {STATES[edition.state]}.")
    if not edition.is_open(today):
        raise _conflict("REVIEW_CLOSED", "La relecture est terminée", "L’équipe du réseau peut prolonger l’échéance.")


def said(edition: Edition, comment: Comment, today: date) -> Comment:
    """The comment, if it may be made and says something. Raises Refused."""
    may_speak(edition, today)
    errors: list[LineError] = []
    text = _text(comment.said, "text", LONGEST_NOTE, "Le chantier X a été déclaré deux fois en mars.", errors)
    if comment.kind not in KINDS:
        message = f"Nature : {', '.join(KINDS)}"
        errors.append(LineError(column="kind", value=str(comment.kind)[:40], code="CODE", message=message, example="OBJECTION"))
    if errors:
        raise Refused(errors, code="COMMENT", title="La remarque ne peut pas être enregistrée")
    return replace(comment, said=text)


def answered(edition: Edition, comment: Comment, outcome: str, text: str, by: str, at: datetime) -> Comment:
    """The comment with the team's answer. « Corrigé » needs a draft that is newer than the comment. Raises Refused."""
    _not_published(edition)
    errors: list[LineError] = []
    answer = _text(text, "text", LONGEST_NOTE, "Le doublon a été retiré par le déclarant.", errors)
    if outcome not in OUTCOMES:
        errors.append(
            LineError(column="outcome", value=outcome[:40], code="CODE", message=f"Suite : {', '.join(OUTCOMES)}", example="EXPLAINED")
        )
    elif outcome == "CORRECTED" and edition.draft <= comment.draft:
        message = "Composez d’abord une nouvelle épreuve : celle-ci montre encore le chiffre contesté"
        errors.append(LineError(column="outcome", value=outcome, code="NO_NEWER_DRAFT", message=message))
    if errors:
        raise Refused(errors, code="ANSWER", title="La réponse ne peut pas être enregistrée")
    return replace(comment, outcome=outcome, answer=answer, answered_by=by, answered_at=at, answered_draft=edition.draft)  # type: ignore[arg-type]


def agreed(edition: Edition, draft: Draft, review: Review, comments: Sequence[Comment], by: str, at: datetime, today: date) -> Review:
    """The coordination's « relu ». Not while one of its comments waits for an answer. Raises Refused."""
    may_speak(edition, today)
    waiting = sum(one.is_open for one in comments if one.department == review.department)
    if waiting:
        raise _conflict("OPEN_COMMENTS", "Une de vos remarques attend sa réponse", f"Remarques sans réponse : {waiting}.")
    return replace(
        review,
        seen_at=review.seen_at or at,
        agreed_at=at,
        agreed_by=by,
        agreed_draft=edition.draft,
        agreed_sheet=draft.sheets[review.department],
    )


def position(review: Review, comments: Sequence[Comment], draft: Draft | None) -> Position:
    """Where the coordination of the review's department is with the newest draft."""
    own = [one for one in comments if one.department == review.department]
    if any(one.is_open for one in own):
        return "COMMENTED"
    later = max((one.answered_at for one in own if one.answered_at), default=None)
    if review.agreed_at is not None and (later is None or later <= review.agreed_at):
        same = draft is None or review.agreed_sheet == draft.sheets.get(review.department)
        return "AGREED" if same else "CHANGED"
    if own:
        return "ANSWERED"
    return "SEEN" if review.seen_at else "WAITING"


def checks(
    edition: Edition, draft: Draft | None, reviews: Sequence[Review], comments: Sequence[Comment], newest: str | None, today: date
) -> list[Check]:
    """Every condition of a validation but the minutes, met or not, in a fixed order."""
    if draft is None:
        return [Check("DRAFT", "Une épreuve", good=False, said="Aucune épreuve n’est composée.")]
    return [
        _covered(edition.plan, draft),
        Check("DISCLOSURE", "Secret statistique", good=True, said=f"{draft.attacked} chiffres masqués attaqués, aucun retrouvé."),
        _totals(edition.plan, draft),
        _fresh(draft, newest),
        _answers(comments),
        _reviewed(edition, draft, reviews, comments, today),
    ]


def validated(edition: Edition, found: Sequence[Check], minutes: str) -> Edition:
    """Signed off. Raises Refused with every check that is not met."""
    _not_published(edition)
    _has_draft(edition)
    if not edition.in_review:
        code = "ALREADY_VALIDATED" if edition.state == "VALIDATED" else "NOT_IN_REVIEW"
        raise _conflict(code, "Cette édition n’est pas en relecture", f"Elle est : {STATES[edition.state]}.")
    errors = [LineError(column=check.code, code=check.code, message=f"{check.title} : {check.said}") for check in found if not check.good]
    if errors:
        raise Refused(errors, code="NOT_READY", title="L’édition n’est pas prête", status=409)
    text = _text(minutes, "minutes", LONGEST_NOTE, "Comité du 12 mars 2026, https://exemple.fr/releve-2026-03-12.pdf", errors)
    if errors:
        raise Refused(errors, code="MINUTES", title="Le relevé de décisions manque")
    return replace(edition, state="VALIDATED", minutes=text)


def published(edition: Edition, draft: Draft | None, newest: str | None, release: str) -> Edition:
    """Published as this release. Raises Refused (409) when it is not validated, was published already, or its draft is stale."""
    _not_published(edition)
    if edition.state != "VALIDATED" or draft is None:
        raise _conflict("NOT_VALIDATED", "Cette édition n’est pas validée", f"Elle est : {STATES[edition.state]}.")
    fresh = _fresh(draft, newest)
    if not fresh.good:
        raise _conflict("STALE_DRAFT", "L’épreuve est dépassée", fresh.said)
    return replace(edition, state="PUBLISHED", release=release)


def analysed(edition: Edition, text: str) -> str:
    """The analysis of a thematic study; empty: none. What was signed off stays as it was. Raises Refused."""
    _not_published(edition)
    if edition.state == "VALIDATED":
        raise _conflict("VALIDATED", "Cette édition est déjà validée", "Composez une nouvelle épreuve pour rouvrir la relecture.")
    errors: list[LineError] = []
    found = _text(text, "text", LONGEST_TEXT, "La part des femmes progresse dans le nettoyage.", errors) if text.strip() else ""
    if errors:
        raise Refused(errors, code="STUDY", title="L’analyse ne peut pas être enregistrée")
    return found


def correctable(edition: Edition, text: str) -> str:
    """The words of a corrigendum. Raises Refused for an edition that is not published, and for no words."""
    if edition.state != "PUBLISHED":
        raise _conflict("NOT_PUBLISHED", "Cette édition n’est pas publiée", "Avant la publication, composez une nouvelle épreuve.")
    errors: list[LineError] = []
    found = _text(text, "text", LONGEST_NOTE, "Un marché a été compté dans le mauvais département.", errors)
    if errors:
        raise Refused(errors, code="CORRIGENDUM", title="Le corrigendum ne dit rien")
    return found


def covered(plan: Plan, coverage: Mapping[str, Decimal | None]) -> list[str]:
    """The departments from which enough structures have sent something."""
    return [code for code in DEPARTMENTS if (share := coverage.get(code)) is not None and share >= plan.least_share]


def _covered(plan: Plan, draft: Draft) -> Check:
    good = covered(plan, draft.coverage)
    missing = [f"{DEPARTMENTS[code]} ({_share(draft.coverage.get(code))})" for code in DEPARTMENTS if code not in good]
    text = f"{len(good)} départements couverts sur {len(DEPARTMENTS)}, {plan.minimum_coverage} demandés (un département est couvert quand {plan.least_share} % des structures attendues ont transmis)."
    return Check(
        "COVERAGE",
        "Couverture (I33)",
        len(good) >= plan.minimum_coverage,
        f"{text} Non couvert : {', '.join(missing)}." if missing else text,
    )


def _share(value: Decimal | None) -> str:
    return "aucune structure attendue" if value is None else f"{value:.0f} %"


def _totals(plan: Plan, draft: Draft) -> Check:
    if not draft.hidden_totals:
        said = f"Les heures {plan.year} de la région et des huit départements sont publiées."
        return Check("TOTALS", "Totaux annuels", good=True, said=said)
    where = ", ".join(DEPARTMENTS.get(code, "la région") for code in draft.hidden_totals)
    return Check("TOTALS", "Totaux annuels", good=False, said=f"Les heures {plan.year} seraient masquées pour : {where}.")


def _fresh(draft: Draft, newest: str | None) -> Check:
    if draft.after == newest:
        return Check("FRESH", "Épreuve à jour", good=True, said=f"Aucune publication depuis l’épreuve {draft.number}.")
    text = f"La publication {newest} a eu lieu depuis l’épreuve {draft.number} : composez-en une nouvelle, protégée avec elle."
    return Check("FRESH", "Épreuve à jour", good=False, said=text)


def _answers(comments: Sequence[Comment]) -> Check:
    waiting = [one for one in comments if one.is_open]
    if waiting:
        where = ", ".join(dict.fromkeys(DEPARTMENTS[one.department] for one in waiting))
        return Check("ANSWERS", "Remarques", good=False, said=f"Remarques sans réponse : {len(waiting)} ({where}).")
    said = f"Remarques reçues : {len(comments)}, toutes avec une réponse." if comments else "Aucune remarque reçue."
    return Check("ANSWERS", "Remarques", good=True, said=said)


def _reviewed(edition: Edition, draft: Draft, reviews: Sequence[Review], comments: Sequence[Comment], today: date) -> Check:
    known = {review.department: review for review in reviews}
    found = {code: position(known.get(code, Review(code)), comments, draft) for code in DEPARTMENTS}
    missing = [f"{DEPARTMENTS[code]} ({POSITIONS[where]})" for code, where in found.items() if where != "AGREED"]
    over = edition.deadline is not None and today > edition.deadline
    text = f"{len(DEPARTMENTS) - len(missing)} coordinations sur {len(DEPARTMENTS)} ont relu leur fiche."
    if missing:
        text += f" Les autres : {', '.join(missing)}." + (" L’échéance est passée." if over else "")
    return Check("REVIEW", "Relecture des coordinations", not missing or over, text)


def _not_published(edition: Edition) -> None:
    if edition.state == "PUBLISHED":
        raise _conflict("ALREADY_PUBLISHED", "Cette édition est déjà publiée", "Elle ne change plus : publiez un corrigendum.")


def _has_draft(edition: Edition) -> None:
    if not edition.draft:
        raise _conflict("NO_DRAFT", "Aucune épreuve n’est composée", "Composez une première épreuve.")


def _conflict(code: str, title: str, detail: str) -> Refused:
    return Refused(code=code, title=title, detail=detail, status=409)


def _whole(value: object, column: str, least: int, most: int, example: str, errors: list[LineError]) -> int:
    text = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if text.isascii() and text.isdigit() and len(text) <= 6 and least <= int(text) <= most:
        return int(text)
    shown = "" if value is None else str(value)[:40]
    errors.append(
        LineError(column=column, value=shown, code="NUMBER", message=f"« {column} » : un nombre entre {least} et {most}", example=example)
    )
    return least


def _text(value: object, column: str, longest: int, example: str, errors: list[LineError]) -> str:
    text = " ".join(value.split(" ")).strip() if isinstance(value, str) else ""
    if not text or len(text) > longest or "\x00" in text:
        message = f"« {column} » : un texte de 1 à {longest} caractères"
        errors.append(LineError(column=column, value=text[:40], code="TEXT", message=message, example=example))
    return text
