"""What a line says of a person and of the work, held against itself: the criterion and the age or the unemployment (V11), who employs
and with which contract (V12), how long somebody counts (V10). Looked at, never blocking (practice ruling 8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from kit.errors import LineError
from schemas.hours import Person
from services.ingest.rules.declared import LineValue
from services.ingest.rules.fields import BY_NAME
from services.ingest.rules.row import Row
from services.ingest.rules.times import french_date, french_period
from services.ingest.rules.work import Work

CONTRACTS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "ETTI": ("INTERIM_INSERTION", "CDI_INCLUSION"),
    "EI": ("CDDI", "CDI_INCLUSION"),
    "ACI": ("CDDI", "CDI_INCLUSION"),
    "ETT": ("INTERIM_CLASSIQUE", "CDI_INTERIMAIRE"),
    "GEIQ": ("ALTERNANCE_PRO", "ALTERNANCE_APPRENTISSAGE", "AUTRE"),
    "ESAT": ("AUTRE",),
}
"""Work contracts by who employs (domain 2.8, V12); the first is proposed. What binds an ESAT and a person is no
contract of employment: « autre ». Employers that are not here have no rule."""
ELIGIBLE_MONTHS: Final = 24
"""How long hours count from the first day of the work contract, unless it is an apprenticeship or the like (domain 2.8, V10)."""
_YOUNG, _SENIOR = 26, 50
_UNEMPLOYED: Final[Mapping[str, tuple[str, ...]]] = {"DELD": ("03", "04"), "DETLD": ("04",)}
HELD_AGAINST: Final = frozenset({"JEUNE_26", "SENIOR", *_UNEMPLOYED})
"""Criteria that V11 holds against the age or the unemployment; it says nothing of others."""


def check_person(row: Row, person: Person, work: Work) -> None:
    """V11, with what the line gives; what is not known is not doubted. A criterion is of the entry, and the work contract may be a later
    one of the same person: who is too old for « moins de 26 ans » was so at any entry that still counts."""
    start = work.starts_on or (work.period.start if work.period else None)
    age = _age(person.birth, start)
    public = person.public
    if public == "JEUNE_26" and age is not None and age >= _YOUNG + ELIGIBLE_MONTHS // 12:
        row.say(
            "public",
            "V11",
            "check",
            f"le critère est « moins de 26 ans », et la personne avait {age} ans à l’entrée ; l’un des deux est à corriger.",
        )
    if public == "SENIOR" and age is not None and age < _SENIOR:
        row.say(
            "public",
            "V11",
            "check",
            f"le critère est « 50 ans et plus », et la personne avait {age} ans à l’entrée ; l’un des deux est à corriger.",
        )
    wanted = _UNEMPLOYED.get(public)
    if wanted and person.unemployment not in (*wanted, "NC"):
        label = (BY_NAME["unemployment"].vocabulary or {}).get(person.unemployment, person.unemployment).lower()
        row.say("unemployment", "V11", "check", f"la durée de chômage ({label}) ne va pas avec le critère {public} ; l’un des deux est à corriger.",
                example=wanted[0])  # fmt: skip


def check_work(row: Row, work: Work) -> None:
    """V12, with the value to take; V10 outside the work contract or beyond the usual length."""
    known = CONTRACTS_OF.get(work.modality)
    if known is not None and work.work_contract != "NC" and work.work_contract not in known:
        labels = BY_NAME["work_contract"].vocabulary or {}
        usual = " ou ".join(f"« {labels.get(code, code)} »" for code in known[:2])
        sentence = f"avec la modalité {work.modality}, le contrat est d’ordinaire {usual} ; nous avons lu « {labels.get(work.work_contract, work.work_contract)} »."
        row.say("work_contract", "V12", "check", sentence, example=known[0])
    _in_the_contract(row, work)
    if work.starts_on and work.period and not work.work_contract.startswith("ALTERNANCE"):
        months = _months(work.starts_on, work.period.start)
        if months >= ELIGIBLE_MONTHS:
            sentence = f"les heures sont {months} mois après le début du contrat de travail ; elles comptent d’ordinaire {ELIGIBLE_MONTHS} mois. Est-ce un nouveau parcours ?"
            row.say("work_contract_starts_on", "V10", "check", sentence)


def _in_the_contract(row: Row, work: Work) -> None:
    """V10: hours before the first day of the work contract, or after its last."""
    if work.period is None:
        return
    if work.starts_on and work.period.end <= work.starts_on:
        sentence = f"les heures sont de {french_period(work.period)}, et le contrat de travail commence le {french_date(work.starts_on)} ; l’un des deux est à corriger."
        row.say("work_contract_starts_on", "V10", "check", sentence)
    elif work.ends_on and work.period.start > work.ends_on:
        sentence = f"les heures sont de {french_period(work.period)}, et le contrat de travail s’est terminé le {french_date(work.ends_on)} ; a-t-il été renouvelé ?"
        row.say("work_contract_ends_on", "V10", "check", sentence)


def undated(values: Sequence[LineValue]) -> LineError | None:
    """V10 without dates, for information only (practice ruling 8): said once, of a filing that gives the date for other persons. One that
    never gives it has no such column, which its author knows; the completeness of the figures counts it."""
    persons = [value for value in values if value.person is not None]
    found = [value for value in persons if value.work_contract_starts_on is None]
    if not found or len(found) == len(persons):
        return None
    label, others = BY_NAME["work_contract_starts_on"].label, len(found) - 1
    beside = f" (ni sur {others} autre{'s' if others > 1 else ''} ligne{'s' if others > 1 else ''})" if others else ""
    message = f"Ligne {found[0].line}, « {label} » : cette date n’est pas dite{beside} ; depuis quand la personne est en parcours n’est donc pas vérifié."
    return LineError(line=found[0].line, column=label, code="V10", severity="info", message=message)


def _age(birth: str | None, on: date | None) -> int | None:
    """Whole years; None when only the year is known and it could be either side, or nothing is."""
    if birth is None or on is None or len(birth) < 7:
        return None
    return on.year - int(birth[:4]) - (on.month < int(birth[5:7]))


def _months(start: date, end: date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month
