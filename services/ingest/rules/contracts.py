"""What a contract must say: its CPV (V02), its social considerations (V03, V18), its committed hours (V04, V06)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Final

from kit.errors import LineError
from services.ingest import reference
from services.ingest.rules.complements import check_transfer

NOTHING_SOCIAL: Final = "Pas de considération sociale"
RESERVED: Final = frozenset({"Marché réservé", "Concession réservée"})
WITH_HOURS: Final = frozenset({"CONDITION_EXECUTION", "EXECUTION_ET_CRITERE", "CONCESSION_EXECUTION"})
RESERVING: Final = frozenset(
    {"RESERVE_HANDICAP", "RESERVE_IAE", "RESERVE_MIXTE", "RESERVE_PENITENTIAIRE", "RESERVE_ESS", "CONCESSION_RESERVEE"}
)
CHEAPEST_HOUR: Final = 20
"""Euros: below the cost of any hour of work (domain 2.8, V06)."""
HOUR_COST: Final = Decimal(30)
"""Euros an hour, charges included (domain 2.6; a parameter, to be confirmed with users)."""
LABOUR_SHARE: Final = Decimal("0.5")
LOWEST_RATE, HIGHEST_RATE = Decimal("0.01"), Decimal("0.30")
_CPV: Final = re.compile(r"(\d{8})(?:-?\d)?", re.ASCII)


@lru_cache(maxsize=16384)
def cpv_of(text: str) -> str | None:
    """The eight digits of a CPV code of the published list, its check digit dropped; None for anything else.

    The check digit's formula fails for 532 codes of the list, so only the list decides.
    """
    found = _CPV.fullmatch(text.strip())
    return found[1] if found and found[1] in reference.cpv_labels() else None


def check_contract(
    *,
    cpv: str | None = None,
    social: Collection[str] = (),
    mechanisms: Collection[str] = (),
    reserved_to: Collection[str] = (),
    hours_committed: int | None = None,
    amount: Decimal | None = None,
    staff_taken_over: bool = False,
) -> list[LineError]:
    """Everything to say about a declared contract, without line numbers: a contract is one thing. `amount` in euros before tax."""
    return [
        *_cpv(cpv),
        *_social(social, reserved_to),
        *_reservation(mechanisms, reserved_to),
        *_concession(social, mechanisms),
        *_committed(mechanisms, hours_committed),
        *check_commitment(hours_committed, amount),
        *(check_transfer(cpv, "") if staff_taken_over else ()),
    ]


def contradicts_itself(social: Collection[str]) -> bool:
    """« Pas de considération sociale » beside another value (the published schema does not forbid it)."""
    return NOTHING_SOCIAL in social and len(set(social)) > 1


def _cpv(cpv: str | None) -> list[LineError]:
    if not cpv or cpv_of(cpv):
        return []
    sentence = (
        f"« CPV » : nous avons lu « {cpv[:20]} », qui n’est pas un code de la nomenclature CPV 2008 (8 chiffres, par exemple 45000000)."
    )
    return [LineError(column="cpv", code="V02", value=cpv[:20], message=sentence, example="45000000")]


def _social(social: Collection[str], reserved_to: Collection[str]) -> list[LineError]:
    found = []
    if contradicts_itself(social):
        sentence = f"« {NOTHING_SOCIAL} » exclut les autres considérations sociales : gardez l’un ou les autres."
        found.append(LineError(column="social", code="V03", value=", ".join(social)[:80], message=sentence, example="Clause sociale"))
    if RESERVED & set(social) and not reserved_to:
        found.append(_untold_reservation("social", ", ".join(social)))
    return found


def _reservation(mechanisms: Collection[str], reserved_to: Collection[str]) -> list[LineError]:
    """Most mechanisms name whom the contract is reserved to; a reserved concession does not."""
    if "CONCESSION_RESERVEE" in mechanisms and not reserved_to:
        return [_untold_reservation("mechanisms", ", ".join(mechanisms))]
    return []


def _untold_reservation(column: str, value: str) -> LineError:
    sentence = "Un marché réservé dit à qui : EA et ESAT, SIAE, les deux, établissement pénitentiaire ou ESS."
    return LineError(column=column, code="V03", value=value[:80], message=sentence, example="SIAE")


def _concession(social: Collection[str], mechanisms: Collection[str]) -> list[LineError]:
    """V18: the values of concessions belong to concessions, and nothing else does to one."""
    concession = [code for code in mechanisms if code.startswith("CONCESSION_")]
    if concession and len(concession) < len(set(mechanisms)):
        sentence = "Une concession n’a que des clauses de concession : gardez la clause de concession, ou celles d’un marché."
        return [
            LineError(column="mechanisms", code="V18", value=", ".join(mechanisms)[:80], message=sentence, example="CONCESSION_EXECUTION")
        ]
    if "Concession réservée" in social and mechanisms and not concession:
        sentence = "« Concession réservée » ne se dit que d’une concession : corrigez la considération, ou la clause."
        return [LineError(column="social", code="V18", value=", ".join(social)[:80], message=sentence, example="Marché réservé")]
    return []


def check_commitment(
    hours: int | None, amount: Decimal | None, labour_share: Decimal = LABOUR_SHARE, hour_cost: Decimal = HOUR_COST
) -> list[LineError]:
    """V06, else V05; both looked at only, since a framework's amount is a maximum (practice ruling 8).

    `labour_share` (0 to 1) and `hour_cost` (euros, charges included) are those of the committed hours' calculator. V06: an hour costs 20 € at least, so the price cannot pay more hours. V05: the rate that the hours are of the work, hours × cost ÷
    (amount × labour share), is between 1 and 30 % (domain 2.6 and 2.8).
    """
    if not hours or amount is None or amount <= 0:
        return []
    return _affordable(hours, amount) or _usual_rate(hours, amount, labour_share, hour_cost)


def _usual_rate(hours: int, amount: Decimal, labour_share: Decimal, hour_cost: Decimal) -> list[LineError]:
    rate = hours * hour_cost / (amount * labour_share)
    if LOWEST_RATE <= rate <= HIGHEST_RATE:
        return []
    percent = f"{rate * 100:.1f}".replace(".", ",")
    sentence = (
        f"« Heures prévues » : {hours} h pour un montant de {amount:.0f} € font un taux d’insertion de {percent} % (à {hour_cost:.0f} € l’heure et "
        f"{labour_share * 100:.0f} % de main-d’œuvre) ; il est d’ordinaire de 5 à 20 %. Est-ce voulu ?"
    )
    return [LineError(column="hours_committed", code="V05", severity="check", value=str(hours), message=sentence)]


def check_amendments(numbers: Sequence[int]) -> list[LineError]:
    """V16: amendments are numbered from 1 on (a source may begin at 0), each number once, in their order."""
    for before, number in pairwise((-1, *numbers)):
        if number <= before:
            known = "déjà pris" if numbers.count(number) > 1 else f"après {before}" if number >= 0 else "négatif"
            sentence = f"« Avenant » : le numéro {number} est {known} ; les avenants se numérotent 1, 2, 3… dans leur ordre."
            return [LineError(column="amendments", code="V16", value=str(number), message=sentence, example=str(max(before, 0) + 1))]
    return []


def _affordable(hours: int, amount: Decimal) -> list[LineError]:
    if hours <= amount / CHEAPEST_HOUR:
        return []
    sentence = f"« Heures prévues » : {hours} h pour un montant de {amount:.0f} € : le prix entier paierait au plus {amount / CHEAPEST_HOUR:.0f} h. Est-ce un accord-cadre, ou un zéro de trop ?"
    return [LineError(column="hours_committed", code="V06", severity="check", value=str(hours), message=sentence)]


def _committed(mechanisms: Collection[str], hours_committed: int | None) -> list[LineError]:
    if not WITH_HOURS & set(mechanisms) or (hours_committed or 0) > 0:
        return []
    seen = "rien" if hours_committed is None else str(hours_committed)
    sentence = f"« Heures prévues » : nous avons lu {seen} ; une clause d’exécution engage un nombre d’heures, par exemple 1200."
    return [
        LineError(column="hours_committed", code="V04", value=None if hours_committed is None else seen, message=sentence, example="1200")
    ]
