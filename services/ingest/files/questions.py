"""The few things that only the author knows about a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from kit.errors import LineError
from kit.web.filters import plural
from services.ingest.files.answers import UNDECIDED, Answers
from services.ingest.files.columns import Columns, label_of
from services.ingest.files.readings import Reading, readings
from services.ingest.files.rising import rising
from services.ingest.matching.guesses import AMBIGUOUS, CERTAIN, MINUTES, Guess
from services.ingest.matching.shape import Shaped
from services.ingest.rules.declared import RawLine
from services.ingest.rules.durations import MONTH_LIMIT, NoHours, centihours_of, french_hours
from services.ingest.rules.fields import FIELDS, is_never_read, normalised_header
from services.ingest.rules.times import NoDate, period_of

_GROUPED: Final = ("group", "persons", "women", "under_26")
_UNIT_CHOICES: Final[tuple[tuple[str, str], ...]] = (
    ("period", "du mois"),
    ("quarter", "du trimestre"),
    ("cumulated", "cumulées depuis le début du marché"),
    ("example", "je ne sais pas (montrez-moi un exemple)"),
)
_ABOVE: Final = "alors qu’un mois compte au plus 213 h"
_RISING: Final = "et les heures ne baissent jamais d’un mois à l’autre, comme un cumul"


@dataclass(frozen=True)
class Question:
    """`name` is the answer's field on the page; `choices` are (value, label); `proposed` is what is done without an answer."""

    name: str
    text: str
    choices: tuple[tuple[str, str], ...]
    proposed: str
    example: str = ""
    readings: Sequence[Reading] = ()
    """Rows of the file read in each of the ways, where the author asked to be shown."""
    doubt: LineError | None = None
    """What those who cannot be asked are told, where no rule says it on a line."""


def questions_of(sheets: Sequence[tuple[Columns, Shaped, bool]], lines: Sequence[RawLine], answers: Answers) -> list[Question]:
    """What is still to be asked, the most important first. `lines` are the file's lines with the corrections so far."""
    found: list[Question] = []
    columns, _, _ = sheets[0]
    if any(bare for *_, bare in sheets):
        spans = next(shaped.spans for _, shaped, bare in sheets if bare)
        what = "la semaine" if spans == "semaines" else "le mois"
        found.append(Question("year", f"De quelle année sont les colonnes de {spans} ?", (), "", f"Les titres disent {what} sans l’année."))
    elif undated := [row for _, shaped, _ in sheets for row in shaped.undated]:
        spans = next(shaped.spans for _, shaped, _ in sheets if shaped.undated)
        what = "la semaine" if spans == "semaines" else "le mois"
        where = f"Des lignes (par exemple la ligne {undated[0]}) disent {what} sans l’année."
        found.append(Question("year", f"De quelle année sont les {spans} ?", (), "", where))
    if answers.hours_are in UNDECIDED and "hours_cumulated" not in columns.fields:
        above = _suspicious(lines)
        seen = above or rising(_dated(lines, sheets))
        if seen is not None:
            in_columns = any(guess.month is not None for guess in columns.guesses)
            why = _ABOVE if above else _RISING
            found.append(_unit(seen, lines, why, shown=answers.hours_are == "example", in_columns=in_columns))
    if answers.fill_down is None and (asked := _written_once([shaped for _, shaped, _ in sheets])) is not None:
        found.append(asked)
    found += [_about(guess, columns) for guess in columns.guesses if _open(guess, answers)]
    return found


def _written_once(sheets: Sequence[Shaped]) -> Question | None:
    """Whether what stands once above rows is theirs: the contract, the month or the person. One answer is for all three."""
    contracts, months, persons = (
        sum(len(getattr(shaped, name)) for shaped in sheets) for name in ("unfilled", "without_period", "unnamed")
    )
    if contracts:
        what = "Le numéro de marché et le mois manquent" if months else "Le numéro de marché manque"
        text = _missing(what, contracts, "sous un marché. Valent-ils" if months else "sous un marché. Vaut-il")
        copied = "le marché et le mois" if months else "le marché"
    elif months:
        text, copied = _missing("Le mois manque", months, "sous un mois. Vaut-il"), "le mois"
    elif persons:
        text = _missing("La personne manque", persons, "sous une personne, pour un autre mois. Vaut-elle")
        choices = (("oui", "oui, recopier la personne vers le bas"), ("non", "non, compter ces heures sans personne"))
        return Question("fill_down", text, choices, "oui")
    else:
        return None
    return Question("fill_down", text, (("oui", f"oui, recopier {copied} vers le bas"), ("non", "non, ces lignes sont à corriger")), "oui")


def _dated(lines: Sequence[RawLine], sheets: Sequence[tuple[Columns, Shaped, bool]]) -> Sequence[RawLine]:
    """Months that lack only their year, in a year of their own: that hours rise is seen before the year is known."""
    months = {guess.header: str(guess.month) for columns, _, bare in sheets if bare for guess in columns.guesses if guess.month}
    if not months:
        return lines
    return [
        line
        if line.values.get("period")
        else replace(line, values={**line.values, "period": months.get(line.columns.get("hours", ""), "")})
        for line in lines
    ]


def _missing(what: str, count: int, where: str) -> str:
    return f"{what} sur {plural(count, 'ligne placée', 'lignes placées')} {where} pour {'elle' if count < 2 else 'elles'} aussi ?"


def _unit(seen: RawLine, lines: Sequence[RawLine], why: str, *, shown: bool, in_columns: bool) -> Question:
    """Months in columns are no quarter's total: that answer is left out there."""
    example = f"ligne {seen.line} : {french_hours(centihours_of(str(seen.values['hours'])))} h pour un mois, {why}"
    choices = [(answer, label) for answer, label in _UNIT_CHOICES if not (in_columns and answer == "quarter")]
    shown_readings = readings(lines, seen) if shown else ()
    doubt = _cumulated(example) if why == _RISING else None
    return Question("hours_are", "Vos heures sont :", tuple(choices), "period", example, shown_readings, doubt)


def _cumulated(example: str) -> LineError:
    """The question that changes every figure."""
    message = f"Vos heures sont-elles cumulées depuis le début du marché ? ({example}.) Nommez alors la colonne « Heures cumulées »."
    return LineError(line=1, code="HOURS_CUMULATED", severity="check", message=message)


def _open(guess: Guess, answers: Answers) -> bool:
    asked_for = normalised_header(guess.header) in AMBIGUOUS or guess.field is not None
    return (
        guess.month is None
        and guess.confidence < CERTAIN
        and guess.header not in answers.columns
        and asked_for
        and not is_never_read(guess.header)
    )


def _about(guess: Guess, columns: Columns) -> Question:
    named = AMBIGUOUS.get(normalised_header(guess.header), ())
    likely = [name for name in dict.fromkeys((guess.choice, *named)) if name and (name not in columns.fields or name == guess.choice)]
    rest = [field.name for field in FIELDS if field.name not in likely and field.name not in columns.fields]
    if guess.field == "hours" or "hours" not in columns.fields:
        rest = [name for name in dict.fromkeys(("hours", MINUTES, *rest)) if name not in likely]
    choices = [(name, label_of(name)) for name in [*likely, *rest]]
    text = f"Que contient la colonne « {guess.header[:60]} » ?"
    return Question(f"column:{guess.place}", text, (*choices, ("", "ne pas l’importer")), guess.choice, ", ".join(guess.sample))


def _suspicious(lines: Sequence[RawLine]) -> RawLine | None:
    """The first line whose hours no month of a person can hold; None when there is nothing to ask. Groups may hold many."""
    for line in lines:
        hours = str(line.values.get("hours") or "")
        if not hours or any(line.values.get(name) for name in _GROUPED):
            continue
        try:
            above = centihours_of(hours) > MONTH_LIMIT and period_of(str(line.values.get("period") or "2019-01")).grain == "month"
        except (NoHours, NoDate):
            continue
        if above:
            return line
    return None
