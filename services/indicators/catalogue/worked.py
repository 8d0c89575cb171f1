"""Hours of a span by department and month: the total and its splits are sums of the same, so they are asked of the replica once."""
# ruff: noqa: S608  every name in these queries is one of our own

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Final

from services.indicators.catalogue.formulas import OfLines
from services.indicators.catalogue.once import Asking
from services.indicators.catalogue.questions import Question
from services.indicators.catalogue.relation import Row, Scope, conditions, hours, named, rows
from services.indicators.catalogue.spans import Span

HOURS: Final = "sum(centihours)"
_SPLITS: Final = ("department", "month")


def plain(formula: OfLines) -> bool:
    """Whether hours are added up, of all lines and undivided."""
    return formula.numerator == HOURS and formula.denominator is None and formula.where is None and not formula.contract


def gathers(formula: OfLines, question: Question) -> bool:
    """Whether the question's sums are sums of those by department and month."""
    return plain(formula) and named(question) <= {*_SPLITS}


def gathered(connection: Asking, question: Question, span: Span, scope: Scope) -> list[Row]:
    """What is longer than a month is in no month."""
    found = conditions(replace(question, by=()), span, scope)
    query = f"""
        with {hours(_SPLITS)}
        select department, month, period_months > 1, {HOURS}, 1 from lines where {found.where} group by all
    """
    sums: defaultdict[tuple[str, ...], int] = defaultdict(int)
    for (department, month, longer), centihours, _ in rows(connection, query, found.values):
        if not (longer and "month" in question.by):
            told = {"department": department, "month": month}
            sums[tuple(told[name] for name in question.by)] += centihours
    return [(codes, centihours, 1) for codes, centihours in sums.items()]
