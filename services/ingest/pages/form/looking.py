"""What there is to say about a draft while its author looks at it: the same validator as for files and the API, and the contract's own rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from kit import digits
from kit.errors import LineError
from kit.identity import Caller
from kit.service import Runtime
from schemas.zones import PARIS
from services.ingest.pages.form.content import COMPLEMENTS, LABELS, MARKET, place_of
from services.ingest.pages.form.loading import Filling
from services.ingest.pages.wording import beside, employer_said, employers_in
from services.ingest.rules.complements import check_share, check_transfer
from services.ingest.rules.contracts import check_contract
from services.ingest.rules.declared import LineValue
from services.ingest.rules.durations import NoHours, centihours_of, french_hours
from services.ingest.rules.fields import BY_NAME
from services.ingest.rules.texts import names_a_person
from services.ingest.rules.times import NoDate, date_of, french_period
from services.ingest.store import drafts, quarters

_NAME_OF_LABEL: Final = {label: name for name, label in LABELS.items()}
_IN_A_MONTH: Final = frozenset({"hours", "hours_training", "persons", "women", "men", "under_26"})


@dataclass
class Looked:
    """Everything to say, by the step that it belongs to. `errors` carry the name of the input that they are shown beside."""

    values: list[LineValue]
    known: Mapping[str, str] = field(default_factory=dict)
    """The directory's names of employers, by their SIRET."""
    errors: dict[str, list[LineError]] = field(default_factory=dict)

    @property
    def centihours(self) -> int:
        return sum(value.centihours for value in self.values)

    def of(self, step: str) -> list[LineError]:
        return [error for found in self.errors.values() for error in found] if step == "recapitulatif" else self.errors.get(step, [])

    def blocking(self, step: str) -> bool:
        return any(error.severity == "blocking" for error in self.of(step))

    def beside(self, step: str) -> dict[str, list[LineError]]:
        found: dict[str, list[LineError]] = {}
        for error in self.of(step):
            found.setdefault(error.column or "", []).append(error)
        return found

    def problems(self, step: str) -> dict[str, list[LineError]]:
        found = {name: [error for error in errors if error.severity == "blocking"] for name, errors in self.beside(step).items()}
        return {name: errors for name, errors in found.items() if errors}

    def remarks(self, step: str) -> list[LineError]:
        unsaid = "" if step == "recapitulatif" else "EMPTY"  # an empty form says so only when it is to be sent
        return [error for error in self.of(step) if error.severity != "info" and error.code != unsaid]

    def lines(self, found: Filling) -> list[dict[str, Any]]:
        """The good lines as the recapitulation shows them."""
        return [
            {
                "what": _title(found, place_of(value.line)[0]), "period": french_period(value.period),
                "employer": employer_said(value.employer_name, value.employer_siret, self.known), "hours": french_hours(value.centihours),
                "modality": (BY_NAME["modality"].vocabulary or {}).get(value.modality, "non communiquée"),
            }
            for value in self.values
        ]  # fmt: skip


async def look(runtime: Runtime, caller: Caller, found: Filling) -> Looked:
    """Check the draft as it would be sent."""
    intake = found.intake(runtime, caller)
    async with runtime.pool.acquire() as connection:
        checked = await intake.check(connection)
        counted = await quarters.counted_on(connection, found.contract.uid)
        own = await quarters.own_lines(connection, found.declarant.id, found.contract.uid, found.quarter)
        other = await drafts.begun(connection, found.declarant.id, found.contract.uid, found.quarter.start, but=found.draft.id)
        known = await employers_in(connection, checked.values)
    looked = Looked(checked.values, known)
    looked.errors["heures"] = [_placed(found, error) for error in checked.errors]
    if not found.content.raw_lines(found.contract.uid, found.quarter):
        missing = "Aucune heure n’est saisie : remplissez au moins un mois, ou dites « Rien à déclarer » sur la page d’accueil."
        looked.errors["heures"].append(LineError(column="", code="EMPTY", message=missing))
    looked.errors["marche"] = [*_beside_another(found, other["saved_at"] if other else None), *_market(found)]
    looked.errors["heures"] += _over(found, looked, counted, own)
    looked.errors["complements"] = _complements(found, looked.centihours)
    return looked


def _placed(found: Filling, error: LineError) -> LineError:
    """The error beside its input, and naming the person or group and the month instead of a line's number."""
    if error.line is None:
        return error
    number, position = place_of(error.line)
    name = _NAME_OF_LABEL.get(error.column or "", error.column or "")
    group = number < len(found.content.lines) and found.content.lines[number].kind == "group"
    monthly = name in _IN_A_MONTH or (group and name == "qpv")
    if name in {"period", "contract"}:
        name, monthly = "hours", True
    place = f"lines.{number + 1}.{name}" + (f".{position}" if monthly else "")
    where = _title(found, number) + (f", {french_period(found.content.periods(found.quarter)[position])}" if monthly else "")
    return error.model_copy(update={"column": place, "line": None, "message": f"{where} : {beside(error)}"})


def _title(found: Filling, number: int) -> str:
    line = found.content.lines[number] if number < len(found.content.lines) else None
    return f"Groupe {number + 1}" if line and line.kind == "group" else f"Personne {number + 1}"


def _over(found: Filling, looked: Looked, counted: int, own: list[LineValue]) -> list[LineError]:
    """« 104 % du prévu : est-ce voulu ? » What the draft replaces is not counted twice."""
    committed = whole(found.content.market.get("hours_committed")) or (
        found.contract.clause.hours_committed if found.contract.clause else None
    )
    if not committed:
        return []
    repeated = {value.line_id for value in looked.values}
    total = counted + looked.centihours - sum(value.centihours for value in own if value.line_id in repeated)
    if total <= committed * 100:
        return []
    message = (
        f"{total / committed:.0f} % des heures prévues ({french_hours(total)} h sur {french_hours(committed * 100)} h) : est-ce voulu ?"
    )
    return [LineError(column="", code="OVER", severity="check", message=message)]


def _beside_another(found: Filling, saved_at: datetime | None) -> list[LineError]:
    """Said where the quarter that was chosen has another draft, saved then."""
    if saved_at is None:
        return []
    when = saved_at.astimezone(PARIS)
    message = (
        f"« Trimestre déclaré » : un autre brouillon de ce marché est ouvert pour le {french_period(found.quarter)}, enregistré le {when:%d/%m/%Y} "
        f"à {when.hour} h {when:%M}. Envoyés tous les deux, leurs lignes s’ajouteraient : abandonnez l’un, ou changez de trimestre."
    )
    return [LineError(column="quarter", code="OTHER_DRAFT", severity="check", value=str(found.quarter), message=message)]


def _market(found: Filling) -> list[LineError]:
    typed = found.content.market
    if not found.says_clause or not typed:
        return []
    errors = []
    for name, label in (("starts_on", "Début"), ("ends_on", "Fin")):
        if typed.get(name) and day(typed[name]) is None:
            errors.append(
                _wrong(
                    name, "V20", typed[name], f"« {label} » : nous avons lu « {typed[name][:30]} », qui n’est pas une date.", "31/12/2027"
                )
            )
    first, last = day(typed.get("starts_on")), day(typed.get("ends_on"))
    if first and last and last < first:
        errors.append(_wrong("ends_on", "V20", typed["ends_on"], "La fin du marché est avant son début.", None))
    if typed.get("hours_committed") and whole(typed["hours_committed"]) is None:
        message = f"« Heures prévues » : nous avons lu « {typed['hours_committed'][:30]} » ; un nombre entier d’heures est attendu."
        errors.append(_wrong("hours_committed", "V04", typed["hours_committed"], message, "1200"))
    named = names_a_person(typed.get("operation", ""))
    if named:
        errors.append(_wrong("operation", "V19", None, f"Le nom de l’opération contient {named} : enlevez-le.", "École Joliot-Curie"))
    if typed.get("mechanism"):
        procurement = found.contract.procurement
        said = check_contract(
            mechanisms=[typed["mechanism"]], reserved_to=[typed["reserved_to"]] if typed.get("reserved_to") else [],
            hours_committed=whole(typed.get("hours_committed")),
            amount=Decimal(procurement.amount) if procurement and procurement.amount else None,
        )  # fmt: skip
        errors += [error.model_copy(update={"column": "mechanism" if error.column == "mechanisms" else error.column}) for error in said]
    return [error for error in errors if error.column in MARKET]


def _complements(found: Filling, centihours: int) -> list[LineError]:
    typed, errors = found.content.complements, []
    for name, label in (("transfer_headcount", "Effectif repris"), ("transfer_hours", "Heures mensuelles reprises")):
        if typed.get(name) and whole(typed[name]) is None:
            errors.append(
                _wrong(
                    name, "NUMBER", typed[name], f"« {label} » : nous avons lu « {typed[name][:30]} » ; un nombre entier est attendu.", "12"
                )
            )
    if typed.get("transfer_told_on") and day(typed["transfer_told_on"]) is None:
        message = f"« Communiquée le » : nous avons lu « {typed['transfer_told_on'][:30]} », qui n’est pas une date."
        errors.append(_wrong("transfer_told_on", "V20", typed["transfer_told_on"], message, "03/11/2025"))
    worked = None
    try:
        worked = centihours_of(typed["worked_hours"]) if typed.get("worked_hours") else None
    except NoHours as wrong:
        message = f"« Heures travaillées en tout » : nous avons lu « {typed['worked_hours'][:30]} » ; {wrong}."
        errors.append(_wrong("worked_hours", "V09", typed["worked_hours"], message, "12 480,5"))
    errors += check_share(typed.get("anru"), centihours, worked)
    if typed.get("transfer") == "oui":
        cpv = found.contract.procurement.cpv if found.contract.procurement else None
        sector = found.content.market.get("sector") or (found.contract.clause.sector if found.contract.clause else None)
        errors += check_transfer(cpv, typed.get("transfer_idcc", ""), sector)
    return [error for error in errors if error.column in COMPLEMENTS]


def day(text: str | None) -> date | None:
    try:
        return date_of(text) if text else None
    except NoDate:
        return None


def whole(text: str | None) -> int | None:
    """A whole number as people write it; None for anything else."""
    return digits.whole(digits.joined(text or ""))


def _wrong(column: str, code: str, value: str | None, message: str, example: str | None) -> LineError:
    return LineError(column=column, code=code, value=value and value[:40], message=message, example=example)
