"""Formulas over lines of hours, as questions to the replica."""
# ruff: noqa: S608  every name in these queries is one of our own; values are parameters

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from services.indicators.catalogue import people, worked
from services.indicators.catalogue.formulas import Groups, Holders, OfLines, Paths, SameScope, Share
from services.indicators.catalogue.once import Asking
from services.indicators.catalogue.questions import Question
from services.indicators.catalogue.relation import INSIDE, Row, Scope, conditions, hours, lines, named, rows, split_list, split_names
from services.indicators.catalogue.spans import Span

PATH_MONTHS: Final = 24
_BAND: Final = "case when h <= 15000 then 'LE_150' when h <= 50000 then '151_500' when h <= 100000 then '501_1000' else 'GT_1000' end"


def of_lines(formula: OfLines, connection: Asking, question: Question, span: Span, scope: Scope) -> list[Row]:
    if people.gathers(formula, question):
        return people.gathered(formula, connection, question, span, scope)
    found = conditions(question, span, scope)
    listed, grouped = split_list(question.by)
    where = f"{found.where} and {formula.where}" if formula.where else found.where
    if worked.gathers(formula, question):
        return worked.gathered(connection, question, span, scope)
    relation = hours(named(question)) if worked.plain(formula) else lines(named(question), contract=formula.contract)
    measure = f"{formula.numerator}, {formula.denominator or 1}"
    return rows(connection, f"with {relation} select {listed}{measure} from lines where {where} {grouped}", found.values)


def share(formula: Share, connection: Asking, question: Question, span: Span, scope: Scope) -> list[Row]:
    """Each part over the whole of the other splits: a filter on one of the formula's dimensions narrows the part only."""
    part, whole = conditions(question, span, scope), conditions(question, span, scope, without=formula.of)
    relation = lines(named(question), contract=formula.contract)
    common = formula.where if formula.where and not formula.contract else None
    for clauses in (part, whole):
        clauses.conditions += [common] if common else []
    part.conditions += [formula.where] if formula.where and not common else []
    others = [name for name in question.by if name not in formula.of]
    listed, grouped = split_list(question.by)
    parts = rows(connection, f"with {relation} select {listed}{formula.numerator}, 0 from lines where {part.where} {grouped}", part.values)
    listed, grouped = split_list(others)
    wholes = rows(
        connection, f"with {relation} select {listed}{formula.numerator}, 0 from lines where {whole.where} {grouped}", whole.values
    )
    total = {codes: numerator for codes, numerator, _ in wholes}

    def other(codes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(code for name, code in zip(question.by, codes, strict=True) if name not in formula.of)

    return [(codes, numerator, total.get(other(codes), 0)) for codes, numerator, _ in parts]


def groups(_: Groups, connection: Asking, question: Question, span: Span, scope: Scope) -> list[Row]:
    """Within a month the groups of one employer are different people; over the months the same people may come back: the largest month."""
    found = conditions(question, span, scope)
    listed = split_list(question.by)[0]
    names = split_names(question.by)
    query = f"""
        with {lines(named(question))},
        months as (
            select {listed}declarant_id, contract_uid, employer, period_start, period_months, sum(group_persons) as persons
            from lines where group_persons is not null and {found.where} group by all
        ),
        largest as (
            select {names}declarant_id, contract_uid, employer, max(persons) as persons from months group by all
        )
        select {names}sum(persons), 1 from largest {"group by all" if names else ""}
    """
    return rows(connection, query, found.values)


def holders(_: Holders, connection: Asking, question: Question, span: Span, scope: Scope) -> list[Row]:
    found = conditions(question, span, scope)
    listed = split_list(question.by)[0]
    names = split_names(question.by)
    query = f"""
        with {lines(named(question))},
        worked as (select distinct {listed}contract_uid from lines where centihours > 0 and {found.where}),
        held as (
            select {names}unnest(string_split(c.holders, '|')) as siren
            from worked join contracts c using (contract_uid) where c.holders is not null
        )
        select {names}count(distinct siren), 1 from held {"group by all" if names else ""}
    """
    return rows(connection, query, found.values)


def paths(formula: Paths, connection: Asking, question: Question, span: Span, scope: Scope) -> list[Row]:
    """A person's path within each split: what was done there in the twenty-four months that end with the span."""
    found = conditions(question, replace(span, start=_earlier(span.end, PATH_MONTHS)), scope)
    others = [name for name in question.by if name != "path_hours"]
    listed, _ = split_list(others)
    per = iter(f"by_{position}" for position in range(len(others)))
    shown = [f"{_BAND}" if name == "path_hours" else next(per) for name in question.by]
    banded = question.filters.get("path_hours")
    only = f"where {_BAND} in (select unnest($path_hours))" if banded else ""
    months = "date_diff('month', a, b) + 1"
    measure = f"round(median({months}) * 100) * count(*), count(*)" if formula.median_months else "count(*), 1"
    query = f"""
        with {lines(named(question) - {"path_hours"})},
        people as (
            select {listed}who, sum(centihours) as h, min(period_start) as a, max(period_start) as b
            from lines where who is not null and centihours > 0 and {found.where} group by all
        )
        select {"".join(f"{expression}, " for expression in shown)}{measure} from people {only} {"group by all" if shown else ""}
    """
    return rows(connection, query, {**found.values, "path_hours": list(banded or ())})


def same_scope(_: SameScope, connection: Asking, question: Question, span: Span, scope: Scope) -> list[Row]:
    """Only declarants with hours in the span and in the same span a year before, within the question's filters. Of a span that is not over
    the months that are, in both years: ten months beside twelve would be a fall."""
    span = so_far(span, question.today)
    if span.end <= span.start:
        return []
    found = conditions(question, span, scope)
    listed = split_list(question.by)[0]
    names = split_names(question.by)
    before = INSIDE.replace("$start", "$was_start").replace("$end", "$was_end")
    query = f"""
        with {hours(named(question), inside=f"f.period_start >= $was_start and f.period_start < $end and (({INSIDE}) or ({before}))")},
        each as (
            select {listed}declarant_id, coalesce(sum(centihours) filter (period_start >= $start), 0) as now,
                coalesce(sum(centihours) filter (period_start < $start), 0) as before
            from lines where {found.where} group by all
        ),
        present as (select declarant_id from each group by declarant_id having sum(now) > 0 and sum(before) > 0)
        select {names}coalesce(sum(now), 0) - coalesce(sum(before), 0), coalesce(sum(before), 0)
        from each where declarant_id in (from present) {"group by all" if names else ""}
    """
    was = {"was_start": _earlier(span.start, 12), "was_end": _earlier(span.end, 12)}
    return rows(connection, query, {**found.values, **was})


def so_far(span: Span, today: date) -> Span:
    """The span up to the last month that is over."""
    return replace(span, end=min(span.end, today.replace(day=1)))


def _earlier(day: date, months: int) -> date:
    """The first of a month so many months before that of `day`."""
    at = day.year * 12 + day.month - 1 - months
    return date(at // 12, at % 12 + 1, 1)
