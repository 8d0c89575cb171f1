"""Distinct persons of a whole scope: several figures are counts of them, so each person is gathered once for all of these."""
# ruff: noqa: S608  every name in these queries is one of our own; values are parameters

from __future__ import annotations

from typing import Any, Final

from services.indicators.catalogue.formulas import OfLines
from services.indicators.catalogue.once import Asking
from services.indicators.catalogue.questions import Question
from services.indicators.catalogue.relation import Row, Scope, conditions, lines, named, rows
from services.indicators.catalogue.spans import Span


def counted(condition: str) -> str:
    """The aggregate: how many distinct persons have a line of which this holds."""
    return f"count(distinct who) filter ({condition})"


_WORKED, _WOMAN, _JOINS = "centihours > 0", "centihours > 0 and sex = 'F'", "centihours > 0 and joinable"
_HOLDS: Final = {counted(condition): condition for condition in (_WORKED, _WOMAN, _JOINS)}
WORKED, WOMEN, _JOINABLE = _HOLDS
_PLACE: Final = {aggregate: place for place, aggregate in enumerate(_HOLDS)}


def gathers(formula: OfLines, question: Question) -> bool:
    """Whether the formula asks for counts that are found together. With splits, counting each by itself is quicker."""
    plain = not question.by and formula.where is None and not formula.contract
    return plain and formula.numerator in _HOLDS and (formula.denominator is None or formula.denominator in _HOLDS)


def gathered(formula: OfLines, connection: Asking, question: Question, span: Span, scope: Scope) -> list[Row]:
    found = _counts(connection, question, span, scope)
    return [((), found[_PLACE[formula.numerator]], found[_PLACE[formula.denominator]] if formula.denominator else 1)]


def joinable(connection: Asking, question: Question, span: Span, scope: Scope) -> tuple[int, int]:
    """Of the distinct persons of the question, how many are known by a token that joins across declarants: (those, all)."""
    found = _counts(connection, question, span, scope)
    return found[_PLACE[_JOINABLE]], found[_PLACE[WORKED]]


def _counts(connection: Asking, question: Question, span: Span, scope: Scope) -> tuple[int, ...]:
    """In the order of `_HOLDS`. A person stands for itself by one token: either joins across declarants or not, on all its lines."""
    found = conditions(question, span, scope)
    held = ", ".join(f"bool_or({condition}) as held_{place}" for place, condition in enumerate(_HOLDS.values()))
    numbers = ", ".join(f"count(*) filter (held_{place})" for place in range(len(_HOLDS)))
    query = f"""
        with {lines(named(question) - {"path_hours"})},
        people as (select who, {held} from lines where who is not null and {found.where} group by who)
        select {numbers}, 0, 0 from people
    """
    asked: list[Any] = rows(connection, query, found.values)
    return tuple(int(number) for number in asked[0][0])
