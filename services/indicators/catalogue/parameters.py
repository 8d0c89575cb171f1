"""What a formula takes from elsewhere, with the day from which it holds: the divisor of full-time work, targets and thresholds.

The table `parameters` has the values that were changed here; what it does not say is in `DEFAULTS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

FULL_TIME_HOURS: Final = "full_time_hours"
ANRU_OPERATIONS: Final = "anru_operations"
ANRU_MANAGEMENT: Final = "anru_management"
CONTRACT_THRESHOLD: Final = "contract_threshold"
LATE_MARGIN: Final = "late_margin"
SILENCE_DAYS: Final = "silence_days"


@dataclass(frozen=True, order=True)
class Parameter:
    """One value and the first day for which it holds."""

    name: str
    valid_from: date
    value: Decimal
    source: str


_EVER: Final = date(2000, 1, 1)
_CHARTER: Final = "Charte nationale d’insertion de l’ANRU, 24 mars 2015"
DEFAULTS: Final = (
    Parameter(FULL_TIME_HOURS, _EVER, Decimal(1607), "Durée légale annuelle du travail, article L3121-41 du code du travail"),
    Parameter(ANRU_OPERATIONS, _EVER, Decimal(5), f"{_CHARTER} : part des heures travaillées des opérations, en %"),
    Parameter(ANRU_MANAGEMENT, _EVER, Decimal(10), f"{_CHARTER} : part des heures de la gestion urbaine de proximité, en %"),
    Parameter(CONTRACT_THRESHOLD, _EVER, Decimal(25_000), "Seuil de publication des données essentielles, en euros HT, avant 2020"),
    Parameter(CONTRACT_THRESHOLD, date(2020, 1, 1), Decimal(40_000), "Seuil de publication des données essentielles, en euros HT"),
    Parameter(LATE_MARGIN, _EVER, Decimal(20), "Retard sur le prorata à partir duquel un marché est signalé, en % ; à confirmer avec les usagers"),
    Parameter(SILENCE_DAYS, _EVER, Decimal(45), "Jours après la fin d’un trimestre sans rien recevoir ; à confirmer avec les usagers"),
)  # fmt: skip
LABELS: Final = {
    FULL_TIME_HOURS: "Heures d’un temps plein annuel",
    ANRU_OPERATIONS: "Objectif ANRU, opérations (%)",
    ANRU_MANAGEMENT: "Objectif ANRU, gestion urbaine de proximité (%)",
    CONTRACT_THRESHOLD: "Seuil des marchés au dénominateur (€ HT)",
    LATE_MARGIN: "Retard signalé (% sous le prorata)",
    SILENCE_DAYS: "Silence signalé (jours)",
}


class Parameters:
    """The values in force on any day."""

    def __init__(self, changed: Iterable[Parameter] = ()) -> None:
        found = {(parameter.name, parameter.valid_from): parameter for parameter in (*DEFAULTS, *changed)}
        self.all = sorted(found.values())

    @classmethod
    def written(cls, rows: Iterable[Mapping[str, str]]) -> Parameters:
        """What `as_written` wrote."""
        return cls(Parameter(row["name"], date.fromisoformat(row["valid_from"]), Decimal(row["value"]), row["source"]) for row in rows)

    def as_written(self) -> list[dict[str, str]]:
        """Every value, as a release keeps it: what it was computed with stays said, also when another value holds later."""
        return [
            {"name": one.name, "valid_from": one.valid_from.isoformat(), "value": f"{one.value:f}", "source": one.source}
            for one in self.all
        ]

    def on(self, name: str, day: date) -> Decimal:
        """The value of a parameter on a day. Raises KeyError for a name that does not exist."""
        values = [parameter.value for parameter in self.all if parameter.name == name and parameter.valid_from <= day]
        if not values:
            raise KeyError(name)
        return values[-1]


USUAL: Final = Parameters()
