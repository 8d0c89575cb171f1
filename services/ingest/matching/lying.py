"""Tables that cannot be read surely, and what their author can do: months down under names of whoever, pivot tables in one column, full-time
equivalents. Read as they stand they would give one contract's hours to another. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from services.ingest.matching.contents import contents_of, fits
from services.ingest.matching.guesses import HOURS, Guess
from services.ingest.matching.standing_up import NUMBER
from services.ingest.rules.durations import NoHours, centihours_of
from services.ingest.rules.fields import field_of, normalised_header
from services.ingest.rules.texts import is_blank

_PIVOT: Final = ("etiquettes de lignes", "row labels")
_TO_STAND_UP: Final = "Dans votre tableur : copiez le tableau, puis, dans une feuille vide, « Collage spécial », « Transposer »"


def compact_pivot(titles: Sequence[str]) -> str | None:
    """What to do with a pivot table in its compact form, whose first column mixes contracts, persons and months; None for another table."""
    return _OF_PIVOT if any(normalised_header(title) in _PIVOT for title in titles) else None


_OF_PIVOT: Final = (
    "C’est un tableau croisé dynamique : sa première colonne mêle marchés, personnes et mois. Envoyez la feuille de données dont il est fait ; ou, dans Excel, "
    "« Création », « Disposition du rapport », « Afficher sous forme tabulaire » et « Répéter toutes les étiquettes »."
)


def mixed_labels(guesses: Sequence[Guess], rows: Sequence[Sequence[str]]) -> str | None:
    """The same of one under a title of ours: a contract's row is the sum of those below it, whose labels are no numbers of contracts."""
    contract = next((guess.place for guess in guesses if guess.field == "contract"), None)
    hours = [guess.place for guess in guesses if guess.field in HOURS]
    if contract is None or not hours or len({guess.field for guess in guesses if guess.field} - {"contract", "period", *HOURS}) > 0:
        return None
    starts = [at for at, cells in enumerate(rows) if contract < len(cells) and NUMBER.fullmatch(cells[contract].strip())]
    if not starts or starts[0] + 1 >= len(rows):
        return None
    own, *below = rows[starts[0] : starts[1] if len(starts) > 1 else None]
    sums = [(_hours(own, place), sum(_hours(cells, place) for cells in below)) for place in hours]
    return (
        _OF_PIVOT
        if len(below) > 1 and any(of for of, _ in sums) and any(all(part == of * levels for of, part in sums) for levels in (1, 2))
        else None
    )


def _hours(cells: Sequence[str], place: int) -> int:
    try:
        return centihours_of(cells[place].strip()) if place < len(cells) and not is_blank(cells[place].strip()) else 0
    except NoHours:
        return 0


def months_down(guesses: Sequence[Guess], rows: Sequence[Sequence[str]]) -> str | None:
    """The same of months down and hours under titles that are no fields: contracts, or persons. Numbers of contracts are read (`standing_up.py`)."""
    fields = {guess.field for guess in guesses if guess.field}
    if "period" not in fields or fields & {"contract", "hours", "hours_cumulated"}:
        return None
    across = [
        guess.header.rpartition(" / ")[2]
        for guess in guesses
        if guess.field is None and field_of(guess.header) is None and fits("hours", contents_of(rows, guess.place)) >= 0.9
    ]
    if len(across) < 2:
        return None
    named = ", ".join(f"« {title[:40]} »" for title in across[:3])
    return (f"Les mois sont l’un sous l’autre, et les heures sous {named} : si ce sont des marchés ou des personnes, le tableau est couché. "
            f"{_TO_STAND_UP} ; la première colonne s’appelle alors « N° marché » (ou « Matricule », à côté d’une colonne « N° marché »), les mois sont les titres.")  # fmt: skip


def only_full_time(titles: Sequence[str]) -> str | None:
    """What to do with a table that gives full-time equivalents and no hours; None for another table."""
    named = next((title.strip() for title in titles if re.match(r"(?:nb )?etp\b|equivalents? temps plein", normalised_header(title))), None)
    if named is None:
        return None
    return (f"« {named[:40]} » est en équivalents temps plein, et ce sont les heures travaillées qui se déclarent. Ajoutez une colonne « Heures réalisées » : "
            "un temps plein est d’environ 151,67 h payées par mois, les heures travaillées sont celles de vos relevés.")  # fmt: skip
