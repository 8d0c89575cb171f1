"""What an author answers about hours that no month can hold (V08): they are minutes, or the row stands for several persons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kit import digits
from services.ingest.pages.import_found import Review
from services.ingest.rules.durations import hours_of_minutes
from services.ingest.rules.fields import GROUP_ONLY

MINUTES: Final = "minutes"
"""Button `minutes` = LINE:FIELD; the box `over:LINE` says so of every line that is too long."""
SEVERAL: Final = "several"
"""Button `several` = LINE; how many is typed in `persons:LINE`."""
MOST_PERSONS: Final = 9_999
_OF_ONE_PERSON: Final = (
    "worker_id", "birth_name", "first_name", "birth_date", "sex", "birth", "residence", "qpv", "public", "other_publics", "education",
    "unemployment", "prescriber", "exit",
)  # fmt: skip
_WORK: Final = ("contract", "period", "employer_siret", "employer_name")


def minutes(form: Mapping[str, str], found: dict[str, Any], review: Review) -> None:
    """The hours of the line are its minutes ÷ 60, to the hundredth; of all such lines where the author says so."""
    line, _, field = form.get(MINUTES, "").partition(":")
    too_long = review.too_long()
    asked = [one for one in too_long if one == (line, field)]
    for number, name in too_long if asked and form.get(f"over:{line}") == "oui" else asked:
        found["fixes"].setdefault(number, {})[name] = hours_of_minutes(review.cell(int(number), name))


def several(form: Mapping[str, str], found: dict[str, Any], review: Review) -> bool:
    """The line becomes a group of so many persons, without what it says of one. Where it is not said how many, or where persons are declared for
    the same work (both would count twice, V21), the line is set aside: True, for the rest to be sent without it."""
    line, count = form.get(SEVERAL, ""), form.get(f"persons:{form.get(SEVERAL, '')}", "").strip()
    if line not in {number for number, _ in review.too_long()}:
        return False
    if (digits.whole(count, MOST_PERSONS) or 0) < 2 or _beside_persons(review, int(line)):
        found["aside"] = sorted({*found["aside"], int(line)})
        return True
    of_one = {name: "" for name in _OF_ONE_PERSON if review.cell(int(line), name)}
    found["fixes"].setdefault(line, {}).update({**of_one, "group": f"Groupe de la ligne {line}", "persons": count})
    return False


def _beside_persons(review: Review, number: int) -> bool:
    """Whether another line gives a person for the same contract, employer and period as one of this row's."""
    lines = review.read.lines if review.read else []
    mine = {tuple(line.values.get(name) for name in _WORK) for line in lines if line.line == number}
    return any(
        line.line != number and tuple(line.values.get(name) for name in _WORK) in mine and not any(line.values.get(n) for n in GROUP_ONLY)
        for line in lines
    )
