"""What surrounds the hours: staff that is taken over (V17, domain 3.2), and the share of hours that the ANRU charter asks for (3.3). Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from kit.errors import LineError
from schemas.vocabulary.buyers import SECTORS

ANRU: Final = {"TRAVAUX": "Travaux et ingénierie : 5 % au moins", "GUP": "Gestion urbaine de proximité : 10 % au moins"}
ANRU_FLOOR: Final = {"TRAVAUX": Decimal(5), "GUP": Decimal(10)}
"""Percent of all hours worked, for residents of QPV (charte nationale d’insertion, 24 March 2015)."""
CLEANING_IDCC: Final = "3043"
_TAKEN_OVER: Final = ("909", "797", "60", "55")
"""Beginnings of CPV codes: cleaning, security, road transport, catering."""
_TAKEN_OVER_SECTORS: Final = frozenset({"NETTOYAGE", "RESTAURATION", "AUTRES_SERVICES"})
"""Where the contract has no CPV: security and transport are among the other services."""


def share(insertion: int, worked: int) -> Decimal | None:
    """Percent of the hours worked; both in centi-hours. None without a denominator."""
    return Decimal(insertion) * 100 / worked if worked > 0 else None


def check_share(kind: str | None, insertion: int, worked: int | None) -> list[LineError]:
    """Below the charter's floor is looked at, never refused: the share is that of the whole operation. More than all hours is refused."""
    if worked is None:
        return []
    found = share(insertion, worked)
    if found is None or found > 100:
        message = f"« Heures travaillées en tout » : {_hours(worked)} h, pour {_hours(insertion)} h d’insertion. Le total comprend les heures d’insertion."
        return [LineError(column="worked_hours", code="ANRU", value=_hours(worked), message=message)]
    if kind in ANRU_FLOOR and found < ANRU_FLOOR[kind]:
        message = (f"{_percent(found)} % des heures travaillées sont des heures d’insertion ; la charte nationale d’insertion en demande "
                   f"{ANRU_FLOOR[kind]} % au moins. Est-ce le début de l’opération ?")  # fmt: skip
        return [LineError(column="worked_hours", code="ANRU", severity="check", message=message)]
    return []


def check_transfer(cpv: str | None, idcc: str, sector: str | None = None) -> list[LineError]:
    """V17: staff is taken over in cleaning, security, transport and catering; elsewhere it is looked at. The sector speaks where no CPV does."""
    if idcc == CLEANING_IDCC and cpv and not cpv.startswith("909"):
        message = f"La convention {CLEANING_IDCC} est celle de la propreté ; le marché a le code CPV {cpv}. Est-ce le bon marché ?"
        return [LineError(column="transfer_idcc", code="V17", severity="check", value=idcc, message=message)]
    if cpv and not cpv.startswith(_TAKEN_OVER):
        message = f"Une reprise du personnel se voit dans la propreté, la sécurité, les transports, la restauration ; le marché a le code CPV {cpv}."
        return [LineError(column="transfer", code="V17", severity="check", value=cpv, message=message)]
    if not cpv and sector and sector in SECTORS and sector not in _TAKEN_OVER_SECTORS:
        message = (
            "Une reprise du personnel se voit dans la propreté, la sécurité, les transports, la restauration ; "
            f"le secteur du marché est « {SECTORS[sector]} ». Est-ce voulu ?"
        )
        return [LineError(column="transfer", code="V17", severity="check", value=sector, message=message)]
    return []


def _hours(centihours: int) -> str:
    return f"{Decimal(centihours) / 100:.2f}".rstrip("0").rstrip(".").replace(".", ",")


def _percent(found: Decimal) -> str:
    return f"{found:.1f}".replace(".", ",")
