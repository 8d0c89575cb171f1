"""Which columns are taken: the guesses, the author's own choice above them, and what must be there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from kit.errors import LineError
from services.ingest.matching.contents import is_number
from services.ingest.matching.counts import is_of_a_period
from services.ingest.matching.guesses import CERTAIN, CHOSEN, HOURS, LIKELY, MINUTES, Guess
from services.ingest.rules.fields import BY_NAME, FIELDS, is_never_read, normalised_header
from services.ingest.rules.times import french_period

NOT_IMPORTED = ""
"""The author's choice for a column that stays out."""
HELPERS = ("year", MINUTES)
"""What a column may be besides a field of the format."""


_PERIOD_LIKE: Final = re.compile(
    r"(?:semestre|trimestre|trim|mois|janv|fevr|mars|avr|mai|juin|juil|aout|sept|oct|nov|dec)[a-z]*\b|\b[qts] ?\d|\b20\d\d\b"
)
_PLANNED: Final = re.compile(r"prev|planif|engag|objectif|montant|cout|euro|taux|reste|ecart")
_NO_HOURS: Final = re.compile(
    r"^nb |total|somme|cumul|prev|planif|engag|objectif|valoris|bonif|formation|reste|solde|ecart|%|taux|montant|cout|euro|etp|jour|annee|duree"
)


@dataclass
class Columns:
    """The columns taken, the title of each field as sent, what to tell about the rest, and what stands in the way."""

    guesses: list[Guess] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    notices: list[LineError] = field(default_factory=list)
    problems: list[LineError] = field(default_factory=list)

    @property
    def fields(self) -> set[str]:
        return {guess.field for guess in self.guesses if guess.field}


def matched(guesses: Sequence[Guess], line: int, chosen: Mapping[str, str | None]) -> Columns:
    """Settle the columns. `chosen` maps titles to fields (null: not imported) and wins over the guesses; of two columns that mean one
    field the surer one is taken, two alike are a problem."""
    columns = Columns(problems=_unknown_choices(chosen, guesses))
    for asked in sorted((_settled(guess, chosen) for guess in guesses), key=lambda guess: (-guess.confidence, guess.place)):
        guess = _taken(asked, columns, line)
        if guess.field is None:
            columns.notices.append(_left_out(guess, line, beside_months=any(known.month for known in columns.guesses)))
        elif guess.confidence < CERTAIN:
            columns.notices.append(_proposed(guess, line))
        columns.guesses.append(guess)
        if guess.field:
            columns.headers.setdefault(guess.field, guess.header)
    _leave_cumul(columns, line)
    columns.guesses.sort(key=lambda guess: guess.place)
    columns.notices.sort(key=lambda notice: notice.column or "")
    return columns


def _taken(guess: Guess, columns: Columns, line: int) -> Guess:
    """The guess, or without its field when it is too weak or a surer column has it already."""
    if guess.month is not None:
        is_hours = guess.field in HOURS
        of_it = [known for known in columns.guesses if (known.month, known.week) == (guess.month, guess.week)]
        same = next((known for known in of_it if known.field == guess.field or (is_hours and known.field in HOURS)), None)
        if same is not None:
            columns.problems.append((_month_twice if is_hours else _twice)(guess, same, line))
        return guess
    if guess.field is None:
        return guess
    rival = next((known for known in columns.guesses if known.field == guess.field and known.month is None), None)
    if guess.confidence >= LIKELY and rival is None:
        return guess
    if rival is not None and rival.confidence == guess.confidence:
        columns.problems.append(_twice(guess, rival, line))
    if rival is not None and guess.in_minutes:
        return replace(guess, field=None, why="les heures de la période ont leur colonne")
    return replace(guess, field=None)


def _leave_cumul(columns: Columns, line: int) -> None:
    """Beside the hours of the period a cumul is left out: taken too, it would count the months before once more."""
    if not any(guess.field == "hours" for guess in columns.guesses):
        return
    for place, guess in enumerate(columns.guesses):
        if guess.field == "hours_cumulated":
            columns.guesses[place] = left = replace(guess, field=None, month=None, why="les heures de la période ont leur colonne")
            columns.headers.pop("hours_cumulated", None)
            columns.notices.append(_left_out(left, line))


def missing(columns: Columns, line: int, *, given: Mapping[str, str]) -> list[LineError]:
    """The fields of the minimum that no column gives, nor the sheet or the sender once for all rows."""
    has = columns.fields | {name for name, once in given.items() if once}
    has |= {"period"} if any(guess.month for guess in columns.guesses) else set()
    has |= {"hours"} if "hours_cumulated" in has else set()
    found = []
    for needed in FIELDS:
        if needed.required and needed.name not in has:
            sentence = f"Il manque la colonne « {needed.label} » (ou « {needed.name} »). {needed.about}"
            found.append(LineError(line=line, column=needed.label, code="FILE_MISSING_COLUMN", message=sentence, example=needed.example))
    return found


def _settled(guess: Guess, chosen: Mapping[str, str | None]) -> Guess:
    if guess.header not in chosen:
        return guess
    choice = chosen[guess.header] or None
    name = (guess.field if guess.in_minutes and guess.field else "hours") if choice == MINUTES else choice
    known = name in BY_NAME or name in HELPERS
    return replace(
        guess,
        field=name if known else None,
        confidence=CHOSEN,
        why="votre choix",
        month=guess.month if name in HOURS or name == guess.field else None,
        in_minutes=choice == MINUTES,
    )


def _unknown_choices(chosen: Mapping[str, str | None], guesses: Sequence[Guess]) -> list[LineError]:
    present = {guess.header for guess in guesses}
    found = []
    for header, name in chosen.items():
        if name and name not in BY_NAME and name not in HELPERS:
            sentence = f"« {header[:60]} » est associée à « {name[:60]} », qui n’est pas un champ du format."
            found.append(LineError(line=1, column=header[:60], code="FILE_CHOICE", value=name[:60], message=sentence))
        elif header not in present:
            sentence = f"La colonne « {header[:60]} » que vous associez n’est pas dans le fichier."
            found.append(LineError(line=1, column=header[:60], code="FILE_CHOICE", message=sentence))
    return found


def _left_out(guess: Guess, line: int, *, beside_months: bool = False) -> LineError:
    plain = guess.header[:80]
    if is_never_read(plain):
        sentence = f"La colonne « {plain} » contient des données personnelles dont l’observatoire n’a pas besoin : elle n’est pas lue."
        return LineError(line=line, column=plain, code="NEVER_READ", severity="info", message=sentence)
    if not guess.chosen and is_of_a_period(guess.header):
        sentence = (f"La colonne « {plain} » n’est pas importée : les heures seront comptées sans ces personnes. Pour les compter, une ligne par période, "
                    "avec une colonne « Nombre de personnes ».")  # fmt: skip
        return LineError(line=line, column=plain, code="UNKNOWN_FIELD", severity="check", message=sentence)
    if beside_months and not guess.chosen and _may_be_hours(guess):
        sentence = (f"La colonne « {plain} » n’est pas importée : nous n’y reconnaissons pas une période, à côté de celles qui en sont. Si elle contient des "
                    "heures, écrivez-la « mars 2026 », « T1 2026 » ou « S1 2026 ».")  # fmt: skip
        return LineError(line=line, column=plain, code="UNKNOWN_FIELD", severity="check", message=sentence, example="T1 2026")
    if not guess.chosen and _are_more_hours(guess):
        sentence = (f"La colonne « {plain} » n’est pas importée. Si ses heures ne sont pas déjà comprises dans les heures réalisées, additionnez-les dans "
                    "votre fichier : elles ne seraient pas comptées.")  # fmt: skip
        return LineError(line=line, column=plain, code="UNKNOWN_FIELD", severity="check", message=sentence)
    sentence = f"La colonne « {plain} » n’est pas importée : {guess.why}."
    return LineError(line=line, column=plain, code="UNKNOWN_FIELD", severity="info", message=sentence)


_MORE_HOURS: Final = re.compile(r"^(?:nb )?(?:heures?|hs?|h)\b.*\b(?:sup|suppl|supp|complem|nuit|dimanche|ferie|major)")


def _are_more_hours(guess: Guess) -> bool:
    """Whether a column of numbers is of overtime, of nights, of Sundays: they may be in the hours beside it, or come to them."""
    plain = normalised_header(guess.header)
    some = any(is_number(cell) and set(cell) - set("0.,") for cell in guess.sample)
    return bool(_MORE_HOURS.search(plain) and not _PLANNED.search(plain)) and some


def _may_be_hours(guess: Guess) -> bool:
    """Whether a column of numbers has something of a period in its title, and nothing of a sum or of what was planned."""
    plain = normalised_header(guess.header)
    return bool(_PERIOD_LIKE.search(plain) and not _NO_HOURS.search(plain) and guess.sample and all(map(is_number, guess.sample)))


def _proposed(guess: Guess, line: int) -> LineError:
    label = label_of(guess.choice)
    sentence = f"La colonne « {guess.header[:80]} » est prise pour « {label} » ({guess.why}). Est-ce bien cela ?"
    return LineError(line=line, column=guess.header[:80], code="COLUMN_GUESS", severity="check", message=sentence)


def _twice(guess: Guess, earlier: Guess, line: int) -> LineError:
    plain, label = guess.header[:80], label_of(guess.field or "")
    sentence = f"Deux colonnes disent « {label} » : « {earlier.header[:80]} » et « {plain} ». Renommez ou supprimez l’une des deux."
    return LineError(line=line, column=plain, code="FILE_DUPLICATE_COLUMN", message=sentence)


def _month_twice(guess: Guess, earlier: Guess, line: int) -> LineError:
    plain, month = guess.header[:80], french_period(guess.month) if guess.month else ""
    sentence = f"Deux colonnes sont {month} : « {earlier.header[:80]} » et « {plain} ». Ne laissez que les heures réalisées."
    return LineError(line=line, column=plain, code="FILE_DUPLICATE_COLUMN", message=sentence)


def label_of(name: str) -> str:
    """The French name of a field, as the author reads it."""
    if name in BY_NAME:
        return BY_NAME[name].label
    return _HELPERS.get(name, name)


_HELPERS: Final = {"year": "Année", MINUTES: "Heures réalisées, en minutes (÷ 60)"}
