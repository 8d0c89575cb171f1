"""Persons of a period in a column of their own, beside its hours: « Nb bénéficiaires T1 2026 », or « Personnes » under « T1 2026 ». Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from schemas.periods import Period
from services.ingest.rules.fields import field_of, normalised_header
from services.ingest.rules.times import NoDate, period_of

COUNTS: Final = ("persons", "women", "men", "under_26")
"""Fields of a group that a column may hold for one period."""
_WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("personnes", "pers", "beneficiaires", "salaries", "participants"), "persons"),
    **dict.fromkeys(("femmes", "dont femmes"), "women"),
    **dict.fromkeys(("hommes", "dont hommes"), "men"),
}
"""Beside a period what no title is by itself."""
_WORDS_OF_A_PERIOD: Final = (1, 2, 3)


def count_said(title: str) -> str | None:
    """The field of persons that this part of a title means."""
    name = field_of(title)
    return name if name in COUNTS else _WORDS.get(normalised_header(title))


def is_count(title: str) -> bool:
    """Whether a title of two lines is that of persons: « Personnes / T1 2026 »."""
    kind, joined, _ = title.rpartition(" / ")
    return bool(joined) and count_said(kind) is not None


def counts_of(titles: Sequence[str], months: Mapping[int, Period]) -> dict[int, tuple[str, Period]]:
    """Places of persons' columns, each with its field and its period: one that a column of hours has, or the column stays out.

    `months` are the columns of hours by their periods; a year that the titles lack was given to them.
    """
    found = {}
    for place, title in enumerate(titles):
        said = _of_two_lines(titles, title, months) if is_count(title) else _of_one_line(title)
        if said is not None and place not in months and said[1] in months.values():
            found[place] = said
    return found


def _of_two_lines(titles: Sequence[str], title: str, months: Mapping[int, Period]) -> tuple[str, Period] | None:
    """By the column of hours under the same words."""
    kind, _, of = title.rpartition(" / ")
    period = next((period for place, period in months.items() if titles[place].rpartition(" / ")[2].strip() == of.strip()), None)
    name = count_said(kind)
    return (name, period) if name and period else None


def is_of_a_period(title: str) -> bool:
    """Whether a title alone says persons and their period: « Nb bénéficiaires T1 2026 », « Dont QPV T1 2026 »."""
    return _of_one_line(title, lambda text: name if (name := field_of(text)) in {*COUNTS, "qpv"} else None) is not None


def _of_one_line(title: str, says: Callable[[str], str | None] = count_said) -> tuple[str, Period] | None:
    words = title.replace(" / ", " ").split()
    for count in _WORDS_OF_A_PERIOD:
        name = says(" ".join(words[:-count])) if len(words) > count else None
        if name:
            try:
                return name, period_of(" ".join(words[-count:]))
            except NoDate:
                continue
    return None
