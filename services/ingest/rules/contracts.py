"""What a contract must say: its CPV (V02), its social considerations (V03, V18), its committed hours (V04, V06)."""

from __future__ import annotations

import re
from collections.abc import Collection
from decimal import Decimal
from functools import lru_cache
from typing import Final

from kit.errors import LineError
from services.ingest import reference

NOTHING_SOCIAL: Final = "Pas de considération sociale"
RESERVED: Final = frozenset({"Marché réservé", "Concession réservée"})
WITH_HOURS: Final = frozenset({"CONDITION_EXECUTION", "EXECUTION_ET_CRITERE", "CONCESSION_EXECUTION"})
RESERVING: Final = frozenset(
    {"RESERVE_HANDICAP", "RESERVE_IAE", "RESERVE_MIXTE", "RESERVE_PENITENTIAIRE", "RESERVE_ESS", "CONCESSION_RESERVEE"}
)
CHEAPEST_HOUR: Final = 20
"""Euros: below the cost of any hour of work (domain 2.8, V06)."""
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
) -> list[LineError]:
    """Everything to say about a declared contract, without line numbers: a contract is one thing. `amount` in euros before tax."""
    return [
        *_cpv(cpv),
        *_social(social, reserved_to),
        *_reservation(mechanisms, reserved_to),
        *_concession(social, mechanisms),
        *_committed(mechanisms, hours_committed),
        *_affordable(hours_committed, amount),
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


def _affordable(hours: int | None, amount: Decimal | None) -> list[LineError]:
    """V06: an hour costs 20 € at least, so the price cannot pay more hours; looked at only, since a framework's amount is a maximum."""
    if not hours or amount is None or amount <= 0 or hours <= amount / CHEAPEST_HOUR:
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
