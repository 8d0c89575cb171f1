"""What was worked: period, hours, place and the work contract of a row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from schemas.periods import Period
from services.ingest.rules.codes import UnknownCode, code_of
from services.ingest.rules.durations import COMPUTED_DECIMALS, centihours_of, french_hours, is_computed
from services.ingest.rules.places import commune_of, department_of, is_of_the_region
from services.ingest.rules.row import Row
from services.ingest.rules.texts import names_a_person
from services.ingest.rules.times import date_of, period_of


@dataclass(slots=True)
class Work:
    """The row's work. A field is None or NC when it is blank or could not be read (which was said)."""

    period: Period | None
    period_text: str
    centihours: int | None
    centihours_training: int | None
    department: str | None
    commune: str | None
    modality: str
    work_contract: str
    reference: str
    starts_on: date | None
    ends_on: date | None
    job: str
    centihours_cumulated: int | None = None


_PLACE: Final = ("period", "department", "commune")
_TERMS: Final = ("modality", "work_contract", "work_contract_reference", "work_contract_starts_on", "work_contract_ends_on", "job")
_Place = tuple[Period | None, str, str | None, str | None]
_Terms = tuple[str, str, str, date | None, date | None, str]


def work_of(row: Row) -> Work:
    """The row's work: its hours, where and when, on which terms. The last two it most often shares with other rows."""
    period, written, department, commune = row.once("place", _PLACE, _place)
    modality, work_contract, reference, starts_on, ends_on, job = row.once("terms", _TERMS, _terms)
    centihours = _hours(row)
    training = _training(row, centihours)
    return Work(
        period, written, centihours, training, department, commune, modality, work_contract, reference, starts_on, ends_on, job
    )  # fmt: skip


def _place(row: Row) -> _Place:
    period = row.read("period", period_of, "V20")
    if period is None:
        row.miss("period", "la période manque ; indiquez le mois travaillé, par exemple 2019-03.")
    return period, _written(period), _department(row), row.doubt("commune", commune_of, "UNKNOWN_PLACE")


def _terms(row: Row) -> _Terms:
    starts_on, ends_on = row.read("work_contract_starts_on", date_of, "V20"), row.read("work_contract_ends_on", date_of, "V20")
    if starts_on and ends_on and ends_on < starts_on:
        row.say("work_contract_ends_on", "V20", "check", "la fin du contrat de travail précède son début ; corrigez l’une des deux dates.")
    modality, work_contract = code_in(row, "modality"), code_in(row, "work_contract")
    return modality, work_contract, free_text(row, "work_contract_reference"), starts_on, ends_on, free_text(row, "job")


def code_in(row: Row, name: str) -> str:
    """The code of a vocabulary field, NC when blank. A word that is not known blocks: leave it blank when you do not know."""
    text = row.texts.get(name)
    if not text:
        return "NC"
    try:
        return code_of(name, text)
    except UnknownCode:
        row.refuse(name, "UNKNOWN_CODE", "ce code n’est pas dans la liste ; corrigez-le, ou laissez vide si vous ne savez pas")
        return "NC"


def free_text(row: Row, name: str) -> str:
    """A free text that must not name or number a natural person (rule V19)."""
    text = row.text(name)
    found = names_a_person(text) if text else None
    if found:
        row.failed.add(name)
        row.say(name, "V19", "blocking", f"ce texte contient {found} ; retirez-le, aucune donnée de ce genre n’est conservée.")
        return ""
    return text


def _hours(row: Row) -> int | None:
    centihours = row.read("hours", centihours_of, "V09")
    if centihours is not None and len(row.text("hours")) > COMPUTED_DECIMALS and is_computed(row.text("hours")):
        row.say("hours", "V09", "info", f"valeur calculée, arrondie au centième : {french_hours(centihours)} h.")
    if centihours is None and not row.values.get("hours_cumulated"):
        row.miss("hours", "les heures manquent ; une cellule vide n’est pas zéro : écrivez 0 s’il n’y a pas eu d’heures.")
    return centihours


def _training(row: Row, centihours: int | None) -> int | None:
    training = row.read("hours_training", centihours_of, "V09")
    if training is not None and centihours is not None and training > centihours:
        sentence = f"{french_hours(training)} h de formation pour {french_hours(centihours)} h réalisées : la formation est-elle bien comprise dans les heures ?"
        row.say("hours_training", "V09", "check", sentence)
    return training


def _department(row: Row) -> str | None:
    found = row.read("department", department_of, "UNKNOWN_PLACE")
    if found is not None and not is_of_the_region(found):
        row.say(
            "department",
            "V15",
            "check",
            f"le travail est déclaré hors d’Île-de-France ({found}) : les heures sont gardées, sans fiche départementale.",
        )
    return found


def _written(period: Period | None) -> str:
    return str(period) if period else ""
