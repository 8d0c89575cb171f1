"""From the address of a public page or file to a question: the interface's own words, with the defaults that a page may take.

Beside `period`, `by` and the filters: `from` and `to` name a range of published periods, `release` an earlier publication. What is not
known is refused; on pages and their files, what links gather on their way is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from kit.errors import LineError, Refused
from kit.web.parameters import gathered, several
from services.indicators.catalogue import dimensions
from services.indicators.catalogue.definitions import Indicator
from services.indicators.catalogue.questions import Question, of_parameters
from services.indicators.catalogue.spans import Span
from services.indicators.release.store import Published

Pairs = Sequence[tuple[str, str]]
_RANGE: Final = ("from", "to")
_OURS: Final = frozenset({"period", "by", "annee", "release", "width", *_RANGE})
_YEAR_OR_QUARTER: Final = re.compile(r"\d{4}(-Q[1-4])?", re.ASCII)
LONGEST_ADDRESS: Final = 2_000


@dataclass(frozen=True)
class Asked:
    """A question and how it is written: `pairs` in a fixed order, so that one table has one address."""

    question: Question
    pairs: tuple[tuple[str, str], ...]


def asked(indicator: Indicator, pairs: Pairs, release: Published, today: date, *, page: bool) -> Asked:
    """The question, with the newest whole year and the department as defaults of a page. Raises Refused with every mistake."""
    given = [pair for pair in pairs if pair[0] not in {"release", "width"}]
    if page:
        given = [(_named(name), value) for name, value in given if not _says_nothing(name, value, indicator)]
    if twice := sorted({"release", "width", "annee", *_RANGE}.intersection(several(pairs))):
        errors = [_error(name, ",".join(value for key, value in pairs if key == name), "une seule valeur", None) for name in twice]
        raise Refused(errors, code="UNKNOWN_PARAMETER", title="La question ne peut pas être comprise")
    rest = [pair for pair in given if pair[0] not in _RANGE]
    ranged = _range(given, release)
    if ranged and any(name == "period" for name, _ in rest):
        error = _error(
            "period", next(value for name, value in rest if name == "period"), "period seul, ou from et to seuls", "from=2024&to=2025"
        )
        raise Refused([error], code="UNKNOWN_PARAMETER", title="La période ne peut pas être comprise")
    periods = ranged or [value for name, value in rest if name == "period"]
    if page and not periods:
        periods = [default_year(release)]
    others = [pair for pair in rest if pair[0] != "period"]
    if page and not any(name == "by" for name, _ in others):
        others.append(("by", _default_split(indicator, others)))
    _check_future(periods, today)
    question = of_parameters(indicator, [*(("period", text) for text in periods), *others], today)
    return Asked(question, written(question))


def check(indicator: Indicator, pairs: Pairs) -> None:
    """Mistakes that no release could answer, named also before the first one. Raises Refused."""
    kept = [(name, value) for name, value in pairs if name not in {"release", "width"}]
    if not any(name in _RANGE for name, _ in kept):
        of_parameters(indicator, kept)


def written(question: Question) -> tuple[tuple[str, str], ...]:
    """The question's address: periods as asked, then `by`, then filters in the order of the dimensions."""
    periods = tuple(("period", span.text) for span in question.spans)
    others = [(name, code) for name, codes in question.filters.items() for code in codes]
    # An empty `by` says that there is none: a page would take its usual one otherwise.
    by = (("by", ",".join(question.by)),) if question.by or _default_split(question.indicator, others) else ()
    order = list(dimensions.BY_NAME)
    named = sorted(question.filters, key=order.index)
    return (*periods, *by, *((name, code) for name in named for code in question.filters[name]))


def default_year(release: Published) -> str:
    """The last year that is over, else the last one there is."""
    whole = [year for year in release.years if int(year) < release.figures_until.year or release.figures_until.month == 1]
    return (whole or list(release.years) or [str(release.figures_until.year)])[-1]


def _named(name: str) -> str:
    return "period" if name == "annee" else name


def _says_nothing(name: str, value: str, indicator: Indicator) -> bool:
    """A word that a link has gathered, or a field that was left empty (an empty `by` says that there is none). What is not known says
    something: whoever wrote « departement=93 » would take the region's figures for those of the 93."""
    return gathered(name) or (not value and name != "by" and (name in _OURS or name in indicator.dimensions))


def _default_split(indicator: Indicator, others: Pairs) -> str:
    """By department, or by what the indicator always is split by; one department asked for leaves the region of nothing else."""
    if indicator.splits:
        return indicator.splits[0]
    filtered = {name for name, _ in others}
    return "department" if "department" in indicator.dimensions and "department" not in filtered else ""


def _range(given: Pairs, release: Published) -> list[str]:
    """The published periods between `from` and `to`, both included. Raises Refused for an inverted or unreadable range."""
    ends = {name: value.strip() for name, value in given if name in _RANGE}
    if not ends:
        return []
    errors = [_error(name, value, "une année ou un trimestre", "2025 ou 2025-Q1") for name, value in ends.items() if not _readable(value)]
    quarterly = any("-Q" in value for value in ends.values())
    if not errors and len({"-Q" in value for value in ends.values()}) > 1:
        errors.append(_error("from", ends["from"], "deux années, ou deux trimestres", "from=2024-Q1&to=2025-Q4"))
    known = sorted(period for period in release.periods if ("-Q" in period) == quarterly and (quarterly or "-" not in period))
    first, last = ends.get("from", known[0] if known else ""), ends.get("to", known[-1] if known else "")
    if not errors and first > last:
        message = f"La période commence ({first}) après sa fin ({last})"
        errors.append(LineError(column="from", value=first, code="PERIOD", message=message, example=f"from={last}&to={first}"))
    found = [period for period in known if first <= period <= last]
    if not errors and not found:
        errors.append(_error("from", first, "une période publiée", f"{known[0]} à {known[-1]}" if known else None))
    if errors:
        raise Refused(errors, code="UNKNOWN_PARAMETER", title="La période ne peut pas être comprise")
    return found


def _readable(value: str) -> bool:
    return _YEAR_OR_QUARTER.fullmatch(value) is not None


def _check_future(periods: Iterable[str], today: date) -> None:
    errors = []
    for text in periods:
        try:
            start = Span.parse(text).start
        except ValueError:
            continue  # said by the parser of questions
        if start > today:
            errors.append(LineError(column="period", value=text, code="FUTURE", message=f"La période {text} n’a pas commencé"))
    if errors:
        raise Refused(errors, code="UNKNOWN_PARAMETER", title="Cette période est dans l’avenir")


def _error(name: str, value: str, wanted: str, example: str | None) -> LineError:
    return LineError(column=name, value=value[:40], code="PERIOD", message=f"« {value[:40]} » : attendu {wanted}", example=example)
