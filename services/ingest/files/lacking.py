"""What every line needs and no column was taken for: asked of the author, among the columns that stay out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from kit.errors import LineError
from services.ingest.files.answers import Answers
from services.ingest.files.columns import Columns, label_of
from services.ingest.files.questions import Question
from services.ingest.matching.contents import is_number
from services.ingest.matching.guesses import AMBIGUOUS, OTHERS, RECOMPUTED, Guess
from services.ingest.rules.declared import RawLine
from services.ingest.rules.establishments import digits_of
from services.ingest.rules.fields import is_never_read, normalised_header

PREFIX: Final = "lacking:"
"""Before the field in the name of such a question; its answer is the column's place, `NONE`, or empty as long as nothing was chosen."""
NONE: Final = "none"
EMPLOYER: Final = "employer"
"""Name or SIRET: the cells of the column say which."""
_EMPLOYS: Final = frozenset({"employer_siret", "employer_name", "modality"})
_SIREN: Final = 9
_AFTER_ALL: Final = ("operation", "nom operation", "code operation", "chantier", "site", "lot", "no lot", "libelle lot")
"""Titles that usually say something else than a contract's number and may be one. A holder has a question of its own."""
_TEXTS: Final = {
    "contract": "Quelle colonne donne le numéro du marché ?",
    "period": "Quelle colonne donne le mois ou la période ?",
    "hours": "Quelle colonne donne les heures réalisées ?",
    EMPLOYER: "Quelle colonne donne l’employeur (son nom ou son SIRET) ?",
}
"""By field, the most important first."""


def lacking(columns: Columns, lines: Sequence[RawLine], missing: Collection[str | None], answers: Answers) -> list[Question]:
    """A question for each field of the minimum that the table has nowhere and that one of its columns may hold. `missing`: the labels of
    fields without which nothing can be read. Columns that are asked about for themselves are not asked about twice."""
    return [
        Question(
            f"{PREFIX}{field}",
            text,
            (("", "choisissez…"), *((str(guess.place), _told(guess)) for guess in left), (NONE, _none(field))),
            "",
            doubt=_doubt(left) if field == EMPLOYER else None,
        )
        for field, text in _TEXTS.items()
        if (label_of(field) in missing or (field == EMPLOYER and _nobody_employs(columns, lines)))
        and (left := [guess for guess in columns.guesses if _may_be(guess, field, answers)])
    ]


def chosen(columns: Sequence[Guess], questions: Sequence[str], given: Mapping[str, str]) -> dict[str, str | None]:
    """By title what the answers make of the columns: the field that one was chosen for, the most important one where two fields want it. « Aucune »
    is a decision about each that was not chosen, once every question has its answer: they stay out, and are asked about no more. An answer that
    names no column to choose is none. `given`: name of the question → answer."""
    free = {str(guess.place): guess for guess in columns if guess.field is None}
    asked = [name for name in questions if name.startswith(PREFIX)]
    found: dict[str, str | None] = {}
    open_ones = 0
    for name in asked:
        field, answer = name.removeprefix(PREFIX), given.get(name, "")
        guess = free.pop(answer, None)
        if guess is not None:
            found[guess.header] = _employer(guess) if field == EMPLOYER else field
        elif answer != NONE:
            open_ones += 1
    if not open_ones and len(found) < len(asked):
        found |= {guess.header: None for guess in free.values()}
    return found


def _nobody_employs(columns: Columns, lines: Sequence[RawLine]) -> bool:
    return bool(lines) and not columns.fields & _EMPLOYS and not any(line.values.get(name) for line in lines for name in _EMPLOYS)


def _may_be(guess: Guess, field: str, answers: Answers) -> bool:
    title = normalised_header(guess.header)
    out = guess.field is None and guess.month is None and guess.header not in answers.columns
    known = title in RECOMPUTED or title in AMBIGUOUS or (title in OTHERS and not (field == "contract" and title in _AFTER_ALL))
    if not out or known or not any(guess.sample) or is_never_read(guess.header):
        return False
    return field not in _FITS or _FITS[field](guess)


def _numbers(guess: Guess) -> bool:
    return all(is_number(cell) for cell in guess.sample if cell)


def _names(guess: Guess) -> bool:
    return not _numbers(guess) or _is_siret(guess)


_FITS: Final[Mapping[str, Callable[[Guess], bool]]] = {"hours": _numbers, EMPLOYER: _names}
"""By field, what its column must look like at least; of contracts and periods anything may be one."""


def _employer(guess: Guess) -> str:
    return "employer_siret" if _is_siret(guess) else "employer_name"


def _is_siret(guess: Guess) -> bool:
    return all((plain := digits_of(cell)).isdigit() and len(plain) >= _SIREN for cell in guess.sample if cell)


def _doubt(left: Sequence[Guess]) -> LineError:
    """Of the other three the file is refused, and says so."""
    several = " ou ".join(_told(guess) for guess in left[:3])
    message = f"Aucune colonne n’a été prise pour l’employeur. Si {several} le donne, nommez-la « Employeur »."
    return LineError(line=1, code="COLUMN_LACKING", severity="check", message=message, example="Employeur")


def _told(guess: Guess) -> str:
    sample = ", ".join(dict.fromkeys(cell[:30] for cell in guess.sample[:3] if cell))
    return f"« {guess.header[:60]} » ({sample})"


def _none(field: str) -> str:
    return "aucune : je l’écrirai ligne par ligne" if field == EMPLOYER else "aucune de ces colonnes"
