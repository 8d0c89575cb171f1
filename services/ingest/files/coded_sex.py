"""« Sexe » written 1 and 2: what the author's software means by them is asked once and remembered, never assumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from kit.errors import LineError
from services.ingest.rules.declared import RawLine

CHOICES: Final[tuple[tuple[str, str], ...]] = (
    ("1M", "oui : 1 = homme, 2 = femme (comme au début d’un numéro de sécurité sociale)"),
    ("1F", "non : 1 = femme, 2 = homme"),
    ("no", "ne pas importer le sexe"),
)
_MEANING: Final[Mapping[str, Mapping[str, str]]] = {"1M": {"1": "M", "2": "F"}, "1F": {"1": "F", "2": "M"}, "no": {}}
_CODES: Final = frozenset({"1", "2"})


def coded(lines: Sequence[RawLine]) -> RawLine | None:
    """The first line whose sex is 1 or 2, where all that say one write it so; None otherwise."""
    first = None
    for line in lines:
        sex = line.values.get("sex")
        if sex:
            if sex not in _CODES:
                return None
            first = first or line
    return first


def decoded(lines: Sequence[RawLine], meaning: str) -> list[RawLine]:
    """The lines with the letters that the codes mean; without a sex where that is not known: the hours count all the same."""
    letters = _MEANING.get(meaning, {})
    return [
        replace(line, values={**line.values, "sex": letters.get(str(line.values["sex"]), "")}) if line.values.get("sex") in _CODES else line
        for line in lines
    ]


def doubt(seen: RawLine) -> LineError:
    """Said to those who cannot be asked."""
    message = (
        f"Ligne {seen.line}, « {seen.columns.get('sex', 'Sexe')} » : 1 et 2 n’y disent pas qui est un homme et qui une femme ; "
        "le sexe n’est pas lu, les heures comptent. Écrivez F ou M."
    )
    return LineError(
        line=seen.line, column=seen.columns.get("sex", "Sexe"), code="SEX_CODES", severity="check", value="1", message=message, example="F"
    )
