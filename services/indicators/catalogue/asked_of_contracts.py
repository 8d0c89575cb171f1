"""Formulas over contracts, as questions to the replica."""
# ruff: noqa: S608  every name in these queries is one of our own; values are parameters

from __future__ import annotations

from datetime import date
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
_UNTIL: Final = "select contract_uid, done, lines from done_until where until <= $end"
_SINCE: Final = """
    select contract_uid, sum(centihours)::bigint, count(*) from facts
    where period_end > date_trunc('year', $end)::date and period_end <= $end group by contract_uid
"""
"""What was done by the end of a span: in whole calendar years, and since in the year that it ends in."""


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
    then = _UNTIL if _begins_a_year(span.end) else f"{_UNTIL} union all {_SINCE}"
    earlier = f"(select contract_uid, sum(done)::bigint as done from ({then}) group by contract_uid having sum(lines) > 0)"
    return f"left join {earlier if formula.so_far and span.end <= question.today else 'done'} as done using (contract_uid)"


def _lines_of(span: Span) -> str:
    """Contracts with a line that touches the span. A period lies in one calendar year, so that of whole years the sums tell."""
    if _begins_a_year(span.start) and _begins_a_year(span.end):
        return "select contract_uid from done_until where until > $start and until <= $end group by contract_uid having sum(lines) > 0"
    return f"select contract_uid from facts where {TOUCHES}"


def _begins_a_year(day: date) -> bool:
    return (day.month, day.day) == (1, 1)


def coverage(formula: Coverage, connection: Asking, question: Question, span: Span, scope: Scope) -> list[Row]:
    """Contracts with a clause that were running; heard of are those with a line or « rien à déclarer » that touches the span."""
    found = of_contracts(conditions(question, span, scope))
    listed, grouped = split_list(question.by)
    counted = "distinct coalesce(facilitator_id::varchar, buyer_id::varchar, buyer)" if formula.structures else "*"
    query = f"""
        with {contracts(named(question))},
        heard as ({_lines_of(span)} union select contract_uid from nothing where {TOUCHES})
        select {listed}count({counted}) filter (contract_uid in (from heard)), count({counted})
        from deals where clause and {_WHEN["running"]} and {found.where} {grouped}
    """
    return rows(connection, query, {**found.values, "today": question.today})
