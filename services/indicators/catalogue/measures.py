"""How an indicator is asked of the replica: whole numbers until the last step, then one division and one rounding."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, Final

from services.indicators.catalogue import asked_of_contracts, asked_of_lines
from services.indicators.catalogue.formulas import (
    HUNDREDTH,
    PERCENT,
    Coverage,
    Groups,
    Holders,
    NotCollected,
    OfContracts,
    OfLines,
    Paths,
    SameScope,
    Share,
)
from services.indicators.catalogue.once import Asking
from services.indicators.catalogue.parameters import USUAL, Parameter, Parameters
from services.indicators.catalogue.people import joinable
from services.indicators.catalogue.questions import Question
from services.indicators.catalogue.relation import REGION, Row, Scope
from services.indicators.catalogue.spans import Span

__all__ = ["REGION", "Row", "Scope", "ask", "in_force", "joinable", "value_of"]

_PARAMETERS: Final = "select name, valid_from, value, source from parameters"


def in_force(connection: Asking) -> Parameters:
    """The parameters that the replica knows, over the usual ones."""
    return Parameters(Parameter(*row) for row in connection.execute(_PARAMETERS).fetchall())


def ask(connection: Asking, question: Question, span: Span, scope: Scope, parameters: Parameters = USUAL) -> list[Row]:
    """The rows of a question for one of its spans, over what the scope lets see."""
    formula = question.indicator.asks
    if isinstance(formula, NotCollected):
        return []
    if isinstance(formula, OfContracts):
        return asked_of_contracts.asked(formula, connection, question, span, scope, parameters)
    return _ASKED[type(formula)](formula, connection, question, span, scope)


_ASKED: Final[dict[type, Callable[[Any, Asking, Question, Span, Scope], list[Row]]]] = {
    OfLines: asked_of_lines.of_lines,
    Share: asked_of_lines.share,
    Groups: asked_of_lines.groups,
    Holders: asked_of_lines.holders,
    Paths: asked_of_lines.paths,
    SameScope: asked_of_lines.same_scope,
    Coverage: asked_of_contracts.coverage,
}


def value_of(question: Question, numerator: int, denominator: int, span: Span, parameters: Parameters = USUAL) -> Decimal | None:
    """The figure as published, rounded half up; None where it does not exist (a share of nobody)."""
    formula = question.indicator.asks
    if isinstance(formula, NotCollected) or (is_quotient(question) and not denominator):
        return None
    times = _times(question)
    if isinstance(formula, OfLines) and formula.divisor:
        times /= Fraction(parameters.on(formula.divisor, span.start))
    exact = Fraction(numerator) * times / (denominator if is_quotient(question) else 1)
    return (Decimal(exact.numerator) / exact.denominator).quantize(Decimal(1).scaleb(-question.indicator.decimals), ROUND_HALF_UP)


def is_quotient(question: Question) -> bool:
    formula = question.indicator.asks
    if isinstance(formula, OfLines | OfContracts):
        return formula.denominator is not None
    return isinstance(formula, Share | SameScope | Coverage) or (isinstance(formula, Paths) and formula.median_months)


def _times(question: Question) -> Fraction:
    match question.indicator.asks:
        case OfLines(times=times) | OfContracts(times=times) | Share(times=times):
            return times
        case Paths(median_months=True):
            return HUNDREDTH
        case SameScope() | Coverage():
            return PERCENT
        case _:
            return Fraction(1)
