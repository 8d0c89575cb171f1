"""The coordinations' part in an edition: a word on a figure of their sheet, the team's answer, « relu »."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from kit.errors import LineError, Refused
from services.indicators.rules.editions import LONGEST_NOTE, STATES, Draft, Edition, may_change
from services.indicators.rules.refusals import conflict, text_of

Kind = Literal["OBJECTION", "QUESTION", "REMARK"]
KINDS: Final[Mapping[str, str]] = {"OBJECTION": "Objection : ce chiffre est faux", "QUESTION": "Question", "REMARK": "Remarque"}
Outcome = Literal["CORRECTED", "NOT_UPDATED", "EXPLAINED", "KEPT"]
OUTCOMES: Final[Mapping[str, str]] = {
    "CORRECTED": "Corrigé : une nouvelle épreuve en tient compte",
    "NOT_UPDATED": "Corrigé dans les déclarations : le chiffre publié n’est pas mis à jour, la correction parle de trop peu",
    "EXPLAINED": "Expliqué",
    "KEPT": "Maintenu : le chiffre reste tel quel",
}


KEPT: Final = " *"
"""How a sheet marks a value that is an older release's."""


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
    reopened_draft: int | None = None
    """The draft of which the answer is not true any more."""

    @property
    def is_open(self) -> bool:
        return self.outcome is None or self.reopened_draft is not None


@dataclass(frozen=True)
class Now:
    """The figure of a comment as the newest draft prints it: whether that is what was contested, and whether an older release's value was kept."""

    printed: str | None
    same: bool
    kept: bool


def now(contested: str, value: str | None) -> Now:
    """What the newest draft prints beside what was contested: marked as kept, a value is still that value."""
    same = value is not None and value.removesuffix(KEPT) == contested.removesuffix(KEPT)
    return Now(value, same, value is not None and value.endswith(KEPT))


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
TO_ANSWER: Final[frozenset[Position]] = frozenset({"WAITING", "SEEN", "ANSWERED", "CHANGED"})
"""Where the coordination's word is still missing; after a comment it is the team's turn."""
TONES: Final[Mapping[str, str]] = {
    "WAITING": "plain", "SEEN": "plain", "COMMENTED": "bad", "ANSWERED": "wait", "AGREED": "good", "CHANGED": "wait",
}  # fmt: skip


def may_speak(edition: Edition, today: date) -> None:
    """Raises Refused when the coordinations cannot comment or agree: before the review, after its deadline, once validated."""
    may_change(edition)
    if not edition.in_review:
        raise conflict("NOT_IN_REVIEW", "Cette édition n’est pas en relecture", f"Elle est : {STATES[edition.state]}.")
    if not edition.is_open(today):
        raise conflict("REVIEW_CLOSED", "La relecture est terminée", "L’équipe du réseau peut prolonger l’échéance.")


def read_today(newest: Draft, seen: Draft | None, department: str) -> None:
    """Raises Refused (409) when the coordination looks at a sheet that is not the newest draft's: what it says would be said of another."""
    if seen is None or seen.sheets.get(department) != newest.sheets.get(department):
        detail = f"Vous lisiez une épreuve antérieure ; votre fiche a changé dans l’épreuve {newest.number}. Relisez-la, puis recommencez."
        raise conflict("NEWER_DRAFT", "Une nouvelle épreuve vient d’être composée", detail)


def said(edition: Edition, comment: Comment, today: date) -> Comment:
    """The comment, if it may be made and says something. Raises Refused."""
    may_speak(edition, today)
    errors: list[LineError] = []
    text = text_of(comment.said, "text", LONGEST_NOTE, "Le chantier X a été déclaré deux fois en mars.", errors)
    if comment.kind not in KINDS:
        message = f"Nature : {', '.join(KINDS)}"
        errors.append(LineError(column="kind", value=str(comment.kind)[:40], code="CODE", message=message, example="OBJECTION"))
    if errors:
        raise Refused(errors, code="COMMENT", title="La remarque ne peut pas être enregistrée")
    return replace(comment, said=text)


def offered(edition: Edition, comment: Comment, now: Now | None) -> dict[str, str]:
    """The answers that are true of what the newest draft prints. `now`: None of a comment on the whole sheet."""
    return {code: label for code, label in OUTCOMES.items() if _untrue(code, edition, comment, now) is None}


def _untrue(outcome: str, edition: Edition, comment: Comment, now: Now | None) -> tuple[str, str] | None:
    """Code and words where the answer would say something else than the newest draft."""
    if outcome in {"CORRECTED", "NOT_UPDATED"} and edition.draft <= comment.draft:
        return "NO_NEWER_DRAFT", "Composez d’abord une nouvelle épreuve : celle-ci montre encore le chiffre contesté"
    if outcome == "CORRECTED" and now is not None and now.same:
        kept = " (correction de trop peu de personnes ou d’entreprises). Répondez « Corrigé dans les déclarations »" if now.kept else ""
        return "SAME_FIGURE", f"L’épreuve {edition.draft} imprime encore {now.printed}{kept}"
    if outcome == "NOT_UPDATED" and not (now is not None and now.kept):
        return "NOT_KEPT", f"L’épreuve {edition.draft} ne garde pas une valeur antérieure ici : elle imprime le chiffre des déclarations"
    if outcome == "KEPT" and now is not None and not now.same:
        printed = f"imprime {now.printed}" if now.printed is not None else "n’imprime plus ce chiffre"
        return "OTHER_FIGURE", f"L’épreuve {edition.draft} {printed}, et non {comment.printed} : répondez « Corrigé » ou « Expliqué »"
    return None


def reopened(edition: Edition, comments: Sequence[Comment], now: Mapping[UUID, Now]) -> list[Comment]:
    """The comments whose answer the newest draft does not bear out any more: « corrigé », and the contested figure is back; « maintenu », and
    it is gone."""
    return [
        replace(one, reopened_draft=edition.draft)
        for one in comments
        if one.outcome and not one.is_open and _untrue(one.outcome, edition, one, now.get(one.id)) is not None
    ]


def answered(edition: Edition, comment: Comment, outcome: str, text: str, by: str, at: datetime, now: Now | None = None) -> Comment:
    """The comment with the team's answer, which must be true of what the newest draft prints (`now`). Raises Refused."""
    may_change(edition)
    errors: list[LineError] = []
    answer = text_of(text, "text", LONGEST_NOTE, "Le doublon a été retiré par le déclarant.", errors)
    if outcome not in OUTCOMES:
        errors.append(
            LineError(column="outcome", value=outcome[:40], code="CODE", message=f"Suite : {', '.join(OUTCOMES)}", example="EXPLAINED")
        )
    elif untrue := _untrue(outcome, edition, comment, now):
        code, message = untrue
        errors.append(LineError(column="outcome", value=outcome, code=code, message=message))
    if errors:
        raise Refused(errors, code="ANSWER", title="La réponse ne peut pas être enregistrée")
    return replace(
        comment, outcome=outcome, answer=answer, answered_by=by, answered_at=at, answered_draft=edition.draft, reopened_draft=None  # type: ignore[arg-type]
    )  # fmt: skip


def agreed(edition: Edition, draft: Draft, review: Review, comments: Sequence[Comment], by: str, at: datetime, today: date) -> Review:
    """The coordination's « relu ». Not while one of its comments waits for an answer. Raises Refused."""
    may_speak(edition, today)
    waiting = sum(one.is_open for one in comments if one.department == review.department)
    if waiting:
        raise conflict("OPEN_COMMENTS", "Une de vos remarques attend sa réponse", f"Remarques sans réponse : {waiting}.")
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
