"""What was answered about a file, shown again so that it can be changed: by its author, or taken over from the last file of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.ingest.files.answers import Answers

_BLANK: Final = Answers().kept()
UNSAID: Final[Mapping[str, Any]] = {name: _BLANK[name] for name in ("year", "hours_are", "fill_down", "sexes", "days")}
"""The answers that are shown, as they are before anything is asked."""
_HOURS: Final = {
    "period": "les heures sont celles du mois",
    "quarter": "les heures sont celles du trimestre",
    "cumulated": "les heures sont cumulées depuis le début du marché",
}
_FILL: Final = {
    True: "ce qui est écrit une fois vaut pour les lignes du dessous",
    False: "ce qui est écrit une fois ne vaut que pour sa ligne",
}
_SEXES: Final = {"1M": "1 est un homme, 2 une femme", "1F": "1 est une femme, 2 un homme", "no": "le sexe n’est pas importé"}
_DAYS: Final = {"sum": "les jours ou les semaines sont additionnés par mois", "no": "les jours ou les semaines ne sont pas additionnés"}


def given(answers: Mapping[str, Any]) -> list[str]:
    """A clause for each answer, in the order of the questions; empty when nothing was answered."""
    year = answers.get("year")
    said = (
        f"l’année des colonnes est {year}" if year else None,
        _HOURS.get(answers.get("hours_are") or ""),
        _FILL.get(answers["fill_down"]) if answers.get("fill_down") is not None else None,
        _SEXES.get(answers.get("sexes") or ""),
        _DAYS.get(answers.get("days") or ""),
    )
    return [clause for clause in said if clause]
