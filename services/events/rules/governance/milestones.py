"""Milestones of the observatory: how far they slipped, and whether the one to come is at risk."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from kit.errors import LineError, Refused

MEASURES: Final = {"NONE": "Aucune", "COVERAGE": "Départements avec des chiffres", "MANUAL": "Un chiffre saisi"}
RISK: Final = timedelta(days=90)
"""A milestone whose measure is short is at risk when it is due within that time (to be confirmed with users)."""
LONGEST: Final = 200


@dataclass(frozen=True)
class Milestone:
    """`planned_on` is the day of the first plan and never changes; `due_on` is the present one."""

    title: str
    planned_on: date
    due_on: date
    done_on: date | None = None
    measure: str = "NONE"
    year: int | None = None
    """Of the figures whose coverage is measured."""
    minimum: int | None = None
    figure: int | None = None
    unit: str | None = None
    release: str | None = None
    """The edition that ends it: published, the milestone is reached."""
    milestone_id: UUID | None = None
    revision: int = 0

    @property
    def slip(self) -> int:
        """Days later than first planned; negative is earlier."""
        return ((self.done_on or self.due_on) - self.planned_on).days


@dataclass(frozen=True)
class Standing:
    """A milestone today. `measured` of `minimum` is what the risk is judged by."""

    milestone: Milestone
    state: str
    measured: int | None
    unit: str

    @property
    def short(self) -> bool:
        return self.measured is not None and self.milestone.minimum is not None and self.measured < self.milestone.minimum


STATES: Final = {"DONE": "atteint", "LATE": "en retard", "AT_RISK": "à risque", "ON_TIME": "à venir"}
TONES: Final = {"DONE": "good", "LATE": "bad", "AT_RISK": "wait", "ON_TIME": "plain"}


def standing(milestone: Milestone, today: date, covered: Collection[str]) -> Standing:
    """`covered` are the departments from which figures of the milestone's year came."""
    measured, unit = None, ""
    if milestone.measure == "COVERAGE":
        measured, unit = len(covered), "départements"
    elif milestone.measure == "MANUAL":
        measured, unit = milestone.figure, milestone.unit or ""
    found = Standing(milestone, "ON_TIME", measured, unit)
    if milestone.done_on is not None:
        state = "DONE"
    elif milestone.due_on < today:
        state = "LATE"
    else:
        state = "AT_RISK" if found.short and milestone.due_on <= today + RISK else "ON_TIME"
    return Standing(milestone, state, measured, unit)


def check(milestone: Milestone) -> None:
    """Raises Refused with everything that is wrong."""
    errors = list(_faults(milestone))
    if errors:
        raise Refused(errors, code="MILESTONE_REFUSED", title="Le jalon ne peut pas être enregistré tel quel")


def _faults(milestone: Milestone) -> Iterator[LineError]:
    if not milestone.title.strip() or len(milestone.title) > LONGEST:
        yield LineError(
            column="title", code="TEXT", message=f"Nommez le jalon, en {LONGEST} caractères au plus.", example="Première édition en ligne"
        )
    for column, day in (("planned_on", milestone.planned_on), ("due_on", milestone.due_on), ("done_on", milestone.done_on)):
        if day is not None and not 2000 <= day.year <= 2100:
            yield LineError(
                column=column,
                code="DATE",
                value=day.isoformat(),
                message="Cette date est hors du calendrier du réseau.",
                example="2027-12-15",
            )
    if milestone.measure not in MEASURES:
        yield LineError(
            column="measure",
            code="UNKNOWN_CODE",
            value=milestone.measure,
            message=f"Mesure attendue : {', '.join(MEASURES)}.",
            example="COVERAGE",
        )
    if milestone.measure == "COVERAGE" and (milestone.year is None or milestone.minimum is None or not 1 <= milestone.minimum <= 8):
        yield LineError(
            column="minimum", code="MINIMUM", message="Indiquez l’année et le nombre de départements attendus, de 1 à 8.", example="7"
        )
    if milestone.measure == "MANUAL" and (milestone.minimum is None or milestone.figure is None):
        yield LineError(column="figure", code="MINIMUM", message="Indiquez le chiffre atteint et le minimum attendu.", example="120")
    for column, number in (("minimum", milestone.minimum), ("figure", milestone.figure)):
        if number is not None and not 0 <= number <= 100_000_000:
            yield LineError(column=column, code="NUMBER", value=str(number), message="Un nombre entier positif est attendu.", example="7")
