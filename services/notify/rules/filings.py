"""What a counted filing tells the coordination of each department: an item at once, a mail when ruling 17 asks for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from kit.web.filters import plural
from schemas.countings import DeclarationCounted
from schemas.declarations import Declaration, DeclarationCorrected, DeclarationWithdrawn
from schemas.vocabulary.reasons import REASONS
from services.notify.rules import wording

Kind = Literal["FILING_COUNTED", "FILING_CORRECTED", "FILING_WITHDRAWN"]
LARGE_MOVE_CENTIHOURS: Final = 100_000
"""1,000 hours (practice, ruling 17)."""
LARGE_MOVE_SHARE: Final = 10
"""Per cent of the hours of the filing in the department before the correction."""


@dataclass(frozen=True)
class Notice:
    """One department's part of a counted revision."""

    kind: Kind
    number: str
    revision: int
    department: str
    before: int
    after: int
    lines: int
    dead: int
    reason: str | None

    @property
    def moved(self) -> int:
        return self.after - self.before


def kind_of(declared: Declaration) -> Kind:
    match declared:
        case DeclarationCorrected():
            return "FILING_CORRECTED"
        case DeclarationWithdrawn():
            return "FILING_WITHDRAWN"
        case _:
            return "FILING_COUNTED"


def notices(declared: Declaration, counted: DeclarationCounted) -> list[Notice]:
    """One notice a department: those whose hours moved, and those that the filing names without moving them (« rapprochement »)."""
    said = {part.department: part for part in declared.departments}
    moves = {move.department: move for move in counted.departments}
    alone = len(said.keys() | moves.keys()) == 1
    found = []
    for code in sorted(said.keys() | moves.keys()):
        move, part = moves.get(code), said.get(code)
        lines = part.lines if part else (counted.lines if alone else 0)
        found.append(
            Notice(
                kind_of(declared), declared.declaration_id, counted.revision, code,
                move.centihours_before if move else 0, move.centihours_after if move else 0,
                lines, counted.dead, _reason(declared),
            )
        )  # fmt: skip
    return found


def _reason(declared: Declaration) -> str | None:
    if isinstance(declared, (DeclarationCorrected, DeclarationWithdrawn)):
        return REASONS.get(declared.reason, "Autre motif")
    return None


def at_once(notice: Notice) -> bool:
    """Whether a mail leaves without waiting for the digest: a correction or withdrawal that moves more than 10 % or more than 1,000 h."""
    if notice.kind == "FILING_COUNTED":
        return False
    moved = abs(notice.moved)
    return moved > LARGE_MOVE_CENTIHOURS or moved * 100 > LARGE_MOVE_SHARE * abs(notice.before)


def title(notice: Notice) -> str:
    """« Déclaration D-2018-000456 comptée : 12 480,50 h, 207 lignes »."""
    lines = plural(notice.lines, "ligne", "lignes")
    name = f"Déclaration {notice.number}"
    match notice.kind:
        case "FILING_CORRECTED":
            said = f"{name} corrigée : {wording.signed_hours(notice.moved)} h ({_from_to(notice)}), {lines}"
        case "FILING_WITHDRAWN":
            said = f"{name} retirée : {wording.signed_hours(notice.moved)} h" + (f", {lines}" if notice.lines else "")
        case _:
            said = f"{name} {_counted(notice)} : {wording.hours(notice.after)} h, {lines}"
    return f"{said} – {notice.reason.lower()}" if notice.reason else said


def _counted(notice: Notice) -> str:
    return "comptée en partie" if notice.dead else "comptée"


def _from_to(notice: Notice) -> str:
    return f"{wording.hours(notice.before)} → {wording.hours(notice.after)}"
