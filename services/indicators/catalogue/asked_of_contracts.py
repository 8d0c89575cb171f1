"""Formulas over contracts, as questions to the replica."""
# ruff: noqa: S608  every name in these queries is one of our own; values are parameters

from __future__ import annotations

from typing import Final

from services.indicators.catalogue.formulas import Coverage, OfContracts
from services.indicators.catalogue.once import Asking
from services.indicators.catalogue.parameters import Parameters
from services.indicators.catalogue.questions import Question
from services.indicators.catalogue.relation import Row, Scope, conditions, contracts, named, of_contracts, rows, split_list
from services.indicators.catalogue.spans import Span

# A day that is still to come decides nothing: what ends later has not ended yet.
_WHEN: Final = {
    "notified": "notified_on >= $start and notified_on < least($end, $today)",
    "ended": "ends_on >= $start and ends_on < least($end, $today)",
    "running": "starts_on < least($end, $today) and (ends_on is null or ends_on >= $start)",
}
TOUCHES: Final = "period_start < $end and period_end > $start and period_start > $start - interval 12 months"
"""A line's months touch `[$start, $end)`. No period is longer than a year: the last comparison lets whole blocks be passed over."""
_ELAPSED: Final = "(date_diff('day', starts_on, least($end, $today)) / date_diff('day', starts_on, ends_on + 1))"


def asked(formula: OfContracts, connection: Asking, question: Question, span: Span, scope: Scope, parameters: Parameters) -> list[Row]:
    found = of_contracts(conditions(question, span, scope))
    listed, grouped = split_list(question.by)
    query = f"""
        with {contracts(named(question))},
        chosen as (
            select *, {_ELAPSED} as elapsed from deals where {_WHEN[formula.when]} and {found.where}
        )
        select {listed}{formula.numerator}, {formula.denominator or 1}
        from chosen {_hours(formula, question, span)} where {formula.where} {grouped}
    """
    values = {name: parameters.on(name, span.start) for name in formula.parameters}
    return rows(connection, query, {**found.values, **values, "today": question.today})


def _hours(formula: OfContracts, question: Question, span: Span) -> str:
    """The join that says what each contract has done. Of a span that is over the later hours are not its own."""
    if "done" not in formula.numerator:
        return ""
    then = "(select contract_uid, sum(centihours)::bigint as done from facts where period_end <= $end group by contract_uid)"
    return f"left join {then if formula.so_far and span.end <= question.today else 'done'} as done using (contract_uid)"


def coverage(formula: Coverage, connection: Asking, question: Question, span: Span, scope: Scope) -> list[Row]:
    """Contracts with a clause that were running; heard of are those with a line or « rien à déclarer » that touches the span."""
    found = of_contracts(conditions(question, span, scope))
    listed, grouped = split_list(question.by)
    counted = "distinct coalesce(facilitator_id::varchar, buyer_id::varchar, buyer)" if formula.structures else "*"
    query = f"""
        with {contracts(named(question))},
        heard as (
            select contract_uid from facts where {TOUCHES} union select contract_uid from nothing where {TOUCHES}
        )
        select {listed}count({counted}) filter (contract_uid in (from heard)), count({counted})
        from deals where clause and {_WHEN["running"]} and {found.where} {grouped}
    """
    return rows(connection, query, {**found.values, "today": question.today})
