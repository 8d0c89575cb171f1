"""An answer: cells in a fixed order, every expected one present, decimals as text."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import product
from typing import Any, Literal

from services.indicators.catalogue import measures
from services.indicators.catalogue.dimensions import Dimension
from services.indicators.catalogue.formulas import OfLines
from services.indicators.catalogue.measures import REGION, Scope
from services.indicators.catalogue.once import Asking
from services.indicators.catalogue.parameters import USUAL, Parameters
from services.indicators.catalogue.questions import Question
from services.indicators.catalogue.spans import Span, units_of

Status = Literal["ok", "secret", "nc"]


@dataclass(frozen=True)
class Cell:
    """One figure. `value` is None when it is protected (`secret`) or does not exist (`nc`)."""

    codes: tuple[str, ...]
    period: str
    value: Decimal | None
    status: Status = "ok"
    mark: str | None = None
    """What must be said with the value, in French."""


@dataclass(frozen=True)
class Answer:
    """The figures of a question and what must be said with them."""

    question: Question
    cells: tuple[Cell, ...]
    joinable_share: Decimal | None = None
    parameters: Parameters = USUAL

    @property
    def divisors(self) -> dict[str, int]:
        """Written period (or part of it, where time is split) → divisor in force on its first day; empty for an indicator that is not divided."""
        asks = self.question.indicator.asks
        if not isinstance(asks, OfLines) or asks.divisor is None:
            return {}
        units = [unit for span in self.question.spans for unit in _parts(self.question, span)]
        return {unit.text: int(self.parameters.on(asks.divisor, unit.start)) for unit in units}

    def body(self) -> dict[str, Any]:
        """The answer as the interface promises it (design, section 7), without position or release."""
        indicator, spans = self.question.indicator, self.question.spans
        found: dict[str, Any] = {"indicator": indicator.id, "unit": indicator.unit, "period": ",".join(span.text for span in spans)}
        if self.divisors:
            several = len(set(self.divisors.values())) > 1
            found["divisor"] = self.divisors if several else next(iter(self.divisors.values()))
        if indicator.objective:
            found["objective"] = f"{self.parameters.on(indicator.objective, spans[-1].start):f}"
        if indicator.not_collected:
            found["reason"] = indicator.not_collected
        if self.joinable_share is not None:
            found["joinable_share"] = str(self.joinable_share)
        return {**found, "cells": [self._cell(cell) for cell in self.cells]}

    def _cell(self, cell: Cell) -> dict[str, str | None]:
        when = {"period": cell.period} if len(self.question.spans) > 1 else {}
        value = None if cell.value is None else f"{cell.value:f}"
        said = {"mark": cell.mark} if cell.mark else {}
        return {**when, **dict(zip(self.question.by, cell.codes, strict=True)), "value": value, "status": cell.status, **said}


def answer(connection: Asking, question: Question, scope: Scope = REGION) -> Answer:
    """Ask the replica. Blocking: call it in a thread."""
    parameters = measures.in_force(connection)
    cells = tuple(cell for span in question.spans for cell in _cells(connection, question, span, scope, parameters))
    share = _share(connection, question, scope) if question.indicator.counts_persons else None
    return Answer(question, cells, share, parameters)


def _share(connection: Asking, question: Question, scope: Scope) -> Decimal | None:
    """Share of the persons whom a regional token identifies: below 1 the count is an upper bound."""
    counts = [measures.joinable(connection, question, span, scope) for span in question.spans]
    known, everybody = sum(known for known, _ in counts), sum(everybody for _, everybody in counts)
    return (Decimal(known) / everybody).quantize(Decimal("0.0001"), ROUND_HALF_UP) if everybody else None


def _cells(connection: Asking, question: Question, span: Span, scope: Scope, parameters: Parameters) -> list[Cell]:
    rows = measures.ask(connection, question, span, scope, parameters)
    found = {
        codes: measures.value_of(question, numerator, denominator, _within(question, span, codes), parameters)
        for codes, numerator, denominator in rows
    }
    nothing = measures.value_of(question, 0, 0, span, parameters)
    axes = [codes_of(split, question, span, [codes[place] for codes in found]) for place, split in enumerate(question.splits)]
    return [_cell(question, span, scope, codes, found.get(codes, nothing)) for codes in product(*axes)]


def _within(question: Question, span: Span, codes: tuple[str, ...]) -> Span:
    """The part of the span in which a cell stands: a parameter may have changed since the span began."""
    parts = [Span.parse(code) for split, code in zip(question.splits, codes, strict=True) if split.time]
    return max(parts, default=span)


def _parts(question: Question, span: Span) -> list[Span]:
    """The span, or the months, quarters or years by which it is split."""
    return [Span.parse(unit) for split in question.splits if split.time for unit in units_of(split.name, span)] or [span]


def _cell(question: Question, span: Span, scope: Scope, codes: tuple[str, ...], value: Decimal | None) -> Cell:
    foreign = scope.departments is not None and any(
        split.name == "department" and code not in scope.departments for split, code in zip(question.splits, codes, strict=True)
    )
    # Zero would be a statement about a department that the caller may not see.
    return Cell(codes, span.text, None if foreign else value, "nc" if foreign or value is None else "ok")


def codes_of(split: Dimension, question: Question, span: Span, seen: list[str]) -> list[str]:
    """The codes of one axis in the order of the vocabulary: those seen, and all of a dimension that is always complete."""
    asked = question.filters.get(split.name)
    if split.time:
        return units_of(split.name, span)
    if split.complete:
        return [code for code in split.codes if asked is None or code in asked]
    order = {code: place for place, code in enumerate(split.codes)}
    return sorted({*seen, *(asked or ())}, key=lambda code: (order.get(code, len(order)), code))
