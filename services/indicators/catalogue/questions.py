"""A question to the observatory, read from the address of a request: every mistake is named, nothing is silently ignored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from math import prod
from typing import Final

from kit.errors import LineError, Refused
from services.indicators.catalogue import dimensions
from services.indicators.catalogue.dimensions import Dimension
from services.indicators.catalogue.indicator import Indicator
from services.indicators.catalogue.spans import Span, spans_of, units_of

MOST_SPLITS: Final = 2
MOST_TERRITORIES: Final = 4
MOST_YEARS: Final = 20
MOST_CELLS: Final = 10_000
LONGEST_SAID: Final = 80
_WHOLE: Final = {"month": "aucun mois entier", "quarter": "aucun trimestre entier", "year": "aucune année entière"}


@dataclass(frozen=True)
class Question:
    """One indicator over some periods, filtered (any of the codes of each dimension) and split."""

    indicator: Indicator
    spans: tuple[Span, ...]
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by: tuple[str, ...] = ()
    today: date = date.max
    """A contract that ends later has not ended yet."""

    @property
    def splits(self) -> tuple[Dimension, ...]:
        return tuple(dimensions.BY_NAME[name] for name in self.by)


def of_parameters(indicator: Indicator, parameters: Iterable[tuple[str, str]], today: date = date.max) -> Question:
    """The question that the parameters ask. Raises Refused with every mistake: unknown parameter or code, or more than may be asked."""
    errors: list[LineError] = []
    given: dict[str, list[str]] = {}
    for name, value in parameters:
        given.setdefault(name, []).append(value)
    filters = {name: tuple(dict.fromkeys(values)) for name, values in given.items() if name not in {"period", "by"}}
    _check_filters(indicator, filters, errors)
    spans = _spans(given.get("period", []), today, errors)
    by = _by(indicator, filters, given.get("by", []), errors)
    _check_units(spans, by, errors)
    if errors:
        raise Refused(errors, code="UNKNOWN_PARAMETER", title="La question ne peut pas être comprise")
    question = Question(indicator, spans, filters, by, today)
    _check_size(question)
    return question


def _check_filters(indicator: Indicator, filters: Mapping[str, Sequence[str]], errors: list[LineError]) -> None:
    for name, codes in filters.items():
        dimension = dimensions.BY_NAME.get(name)
        if dimension is None or dimension.time or name not in indicator.dimensions:
            possible = ["period", "by", *(known for known in indicator.dimensions if not dimensions.BY_NAME[known].time)]
            message = f"« {cut(name)} » n’est pas un filtre de {indicator.id} ; possibles : {', '.join(possible)}"
            meant = next(iter(get_close_matches(name, possible, 1)), None)
            errors.append(_error(name, ",".join(codes), "PARAMETER", message, meant))
            continue
        example = next(iter(dimension.codes))
        errors.extend(
            _error(name, code, "CODE", f"« {cut(code)} » n’est pas un code de « {dimension.label} »", example)
            for code in codes
            if not dimension.knows(code)
        )


def _spans(texts: Sequence[str], today: date, errors: list[LineError]) -> tuple[Span, ...]:
    if not texts:
        errors.append(_error("period", None, "PERIOD", "Indiquez une période", "2019"))
    found: list[Span] = []
    for text in dict.fromkeys(texts):
        try:
            found.extend(_not_later(span, today) for span in spans_of(text, most=MOST_YEARS * 12))
        except ValueError as error:
            errors.append(
                _error(
                    "period",
                    text,
                    "PERIOD",
                    str(error).replace(text, cut(text)),
                    "2019, 2019-S1, 2019-Q1, 2019-03, 12m:2019-03, 2017..2019",
                )
            )
    return tuple(dict.fromkeys(found))


def _not_later(span: Span, today: date) -> Span:
    if span.start > today:
        raise ValueError(f"« {span.text} » n’a pas encore commencé")
    return span


def _by(indicator: Indicator, filters: Mapping[str, Sequence[str]], given: Sequence[str], errors: list[LineError]) -> tuple[str, ...]:
    asked = [name.strip() for text in given for name in text.split(",") if name.strip()]
    possible = ", ".join(indicator.dimensions)
    errors.extend(
        _error("by", name, "DIMENSION", f"{indicator.id} ne se ventile pas par « {cut(name)} »", possible)
        for name in asked
        if name not in indicator.dimensions
    )
    if len(set(asked)) != len(asked):
        errors.append(_error("by", ",".join(asked), "DIMENSION", "La même ventilation est demandée deux fois"))
    # Of the splits that the indicator has by itself, one is taken: none where one of them is asked for, or a single code of it.
    said = [name for name in indicator.splits if name in asked or len(filters.get(name, ())) == 1]
    by = (*asked, *(() if said else indicator.splits[:1]))
    if len(by) > MOST_SPLITS:
        errors.append(_error("by", ",".join(by), "TOO_MANY", f"Pas plus de {MOST_SPLITS} ventilations à la fois"))
    return by


def _check_units(spans: Sequence[Span], by: Sequence[str], errors: list[LineError]) -> None:
    """A quarter has no years: its table by year would be empty, without a word."""
    for name in by:
        dimension = dimensions.BY_NAME.get(name)
        for span in spans if dimension is not None and dimension.time else ():
            if not units_of(name, span):
                whole = _WHOLE[name]
                errors.append(_error("by", name, "PERIOD", f"« {span.text} » ne contient {whole} : ventilez plus finement", "by=month"))


def _check_size(question: Question) -> None:
    errors = []
    for name, codes in question.filters.items():
        if dimensions.BY_NAME[name].territory and len(codes) > MOST_TERRITORIES:
            sentence = f"Pas plus de {MOST_TERRITORIES} territoires à la fois ; sinon by={name}"
            errors.append(_error(name, ",".join(codes)[:80], "TOO_MANY", sentence))
    years = len({year for span in question.spans for year in span.years()})
    if years > MOST_YEARS:
        errors.append(_error("period", str(years), "TOO_MANY", f"Pas plus de {MOST_YEARS} années à la fois"))
    cells = len(question.spans) * prod(_most_codes(question, split) for split in question.splits)
    if cells > MOST_CELLS:
        errors.append(_error("by", str(cells), "TOO_MANY", f"Pas plus de {MOST_CELLS} cellules à la fois"))
    if errors:
        raise Refused(errors, code="TOO_MANY", title="La question est trop grande")


def _most_codes(question: Question, split: Dimension) -> int:
    if split.time:
        return max(-(-_months(span) // dimensions.LONGEST[split.name]) for span in question.spans)
    return len(question.filters.get(split.name, split.codes))


def _months(span: Span) -> int:
    return (span.end.year - span.start.year) * 12 + span.end.month - span.start.month


def _error(column: str, value: str | None, code: str, message: str, example: str | None = None) -> LineError:
    return LineError(column=cut(column), value=None if value is None else cut(value), code=code, message=message, example=example)


def cut(text: str) -> str:
    """What was read, as an answer says it again: of ten thousand letters the first."""
    return text if len(text) <= LONGEST_SAID else f"{text[: LONGEST_SAID - 1]}…"
