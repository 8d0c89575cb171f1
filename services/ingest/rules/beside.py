"""A filing held against what its declarant has declared already: a person's month over contracts and filings (V08), persons and groups (V21)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from kit.errors import LineError
from schemas.identifiers import normalised
from services.ingest.rules.declared import Checked, LineValue, RawLine
from services.ingest.rules.durations import MONTH_LIMIT, french_hours
from services.ingest.rules.times import french_period

PersonMonth = tuple[str, date]
"""A local token and the first day of a month."""
Work = tuple[UUID, str, str]
"""A contract, an employer (number or normalised name) and a period as written."""


@dataclass(frozen=True)
class Beside:
    """The declarant's other lines, those of this filing left out: centi-hours and filing of each person's month; filings in which work is
    declared by groups, and by persons."""

    months: Mapping[PersonMonth, tuple[int, str]] = field(default_factory=dict)
    groups: Mapping[Work, str] = field(default_factory=dict)
    persons: Mapping[Work, str] = field(default_factory=dict)


NOTHING: Final = Beside()


def person_months(values: Sequence[LineValue]) -> dict[PersonMonth, int]:
    """Centi-hours of each person's month in these values. Quarters and groups have none (practice ruling 1)."""
    found: dict[PersonMonth, int] = {}
    for value in values:
        if value.person is not None and value.period.grain == "month":
            key = (value.person.local, value.period.start)
            found[key] = found.get(key, 0) + value.centihours
    return found


def work_of(value: LineValue) -> Work:
    return value.contract_uid, value.employer_siret or normalised(value.employer_name or ""), str(value.period)


def hold_against(checked: Checked, lines: Sequence[RawLine], beside: Beside) -> None:
    """Add what is to be said to `checked`. V08 is looked at, once for a person's month: nobody can say which of the lines is wrong. V21 blocks
    the line: counted together, persons and their group would count twice."""
    if beside == NOTHING:
        return
    titles = {line.line: line.columns for line in lines}
    sums, told = person_months(checked.values), set[PersonMonth]()
    for value in list(checked.values):
        _month(checked, value, sums, told, beside, titles)
        _kind(checked, value, beside, titles)
    if checked.blocked:
        checked.values = [value for value in checked.values if value.line not in checked.blocked]


def _month(
    checked: Checked,
    value: LineValue,
    sums: Mapping[PersonMonth, int],
    told: set[PersonMonth],
    beside: Beside,
    titles: Mapping[int, Mapping[str, str]],
) -> None:
    if value.person is None or value.period.grain != "month":
        return
    key = (value.person.local, value.period.start)
    before, number = beside.months.get(key, (0, ""))
    if not before or key in told or sums[key] > MONTH_LIMIT or sums[key] + before <= MONTH_LIMIT:
        return
    told.add(key)
    sentence = (
        f"avec vos déclarations précédentes ({number}), cette personne a {french_hours(sums[key] + before)} heures en {french_period(value.period)}, "
        "tous marchés ensemble. Un mois compte au plus 213 h : l’une des lignes est-elle en trop ?"
    )
    _say(checked, value, "hours", "V08", "check", sentence, titles)


def _kind(checked: Checked, value: LineValue, beside: Beside, titles: Mapping[int, Mapping[str, str]]) -> None:
    of_group = value.group is not None
    others = beside.persons if of_group else beside.groups
    if not others or not (of_group or value.person):
        return
    number = others.get(work_of(value))
    if number is None:
        return
    kind, name = ("des personnes", "persons") if of_group else ("un groupe", "worker_id")
    sentence = (
        f"votre déclaration {number} compte déjà {kind} pour le même marché, le même employeur et la même période : les heures compteraient deux fois. "
        f"Corrigez ou retirez d’abord {number}, ou gardez-la et ôtez cette ligne."
    )
    _say(checked, value, name, "V21", "blocking", sentence, titles)
    checked.blocked.add(value.line)


def _say(
    checked: Checked, value: LineValue, name: str, code: str, severity: str, sentence: str, titles: Mapping[int, Mapping[str, str]]
) -> None:
    column = titles.get(value.line, {}).get(name, name)
    message = f"Ligne {value.line}, « {column} » : {sentence}"
    checked.errors.append(LineError(line=value.line, column=column, code=code, severity=severity, message=message))  # type: ignore[arg-type]
