"""How each kind of indicator is asked of the replica: one SQL question a kind, values as whole numbers until the last step.

Every question returns rows (code of each split …, numerator, denominator); the value is their quotient, or the numerator alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final
from uuid import UUID

import duckdb

from schemas.vocabulary.places import DEPARTMENTS
from services.indicators.catalogue.definitions import FTE_HOURS, Kind
from services.indicators.catalogue.dimensions import BY_NAME, LONGEST
from services.indicators.catalogue.questions import Question
from services.indicators.catalogue.spans import Span


@dataclass(frozen=True)
class Scope:
    """Whose lines may be seen: None means all of the region's."""

    departments: frozenset[str] | None = None
    organisation: UUID | None = None


REGION: Final = Scope()
Row = tuple[tuple[str, ...], int, int]
"""(codes of the splits, numerator, denominator)."""

# The region's figures are about work done in its eight departments. Attributes of the contract are joined when a question is asked.
LINES: Final = """
    lines as (
        select f.*, coalesce(c.mechanism, 'NC') as mechanism, coalesce(c.buyer_kind, 'NC') as buyer_kind,
            coalesce(c.sector, 'NC') as sector, coalesce(c.programme, 'NC') as programme
        from facts f left join contracts c using (contract_uid)
        where f.period_start >= $start and f.period_start + to_months(f.period_months) <= $end
    )
"""
"""The lines whose whole period lies in `[$start, $end)`, with their contract's attributes."""


@dataclass
class _Clauses:
    """Conditions of a question with their values, named so that a value never becomes SQL."""

    conditions: list[str]
    values: dict[str, Any]

    @property
    def where(self) -> str:
        return " and ".join(self.conditions)


def ask(connection: duckdb.DuckDBPyConnection, question: Question, span: Span, scope: Scope) -> list[Row]:
    """The rows of a question for one of its spans, over what the scope lets see."""
    return _KINDS[question.indicator.kind](connection, question, span, scope)


def joinable(connection: duckdb.DuckDBPyConnection, question: Question, span: Span, scope: Scope) -> tuple[int, int]:
    """Of the distinct persons of the question, how many are known by a token that joins across declarants: (those, all)."""
    found = _conditions(question, span, scope)
    counts = "count(distinct who) filter (joinable), count(distinct who)"
    rows = _rows(connection, f"with {LINES} select {counts} from lines where centihours > 0 and {found.where}", found.values)  # noqa: S608
    return rows[0][1:]


def value_of(question: Question, numerator: int, denominator: int) -> Decimal | None:
    """The figure as published, rounded half up; None where it does not exist (a share of nobody)."""
    kind = question.indicator.kind
    if kind in {"sexes", "women", "done"}:
        if not denominator:
            return None
        exact = Decimal(numerator) * 100 / denominator
    elif kind == "hours":
        exact = Decimal(numerator) / 100
    elif kind == "fte":
        exact = Decimal(numerator) / 100 / FTE_HOURS
    else:
        exact = Decimal(numerator)
    return exact.quantize(Decimal(1).scaleb(-question.indicator.decimals), ROUND_HALF_UP)


def _conditions(question: Question, span: Span, scope: Scope, *, without: str | None = None) -> _Clauses:
    """Filters and scope over `lines`; `without` leaves one dimension's filter out (the denominator of a share)."""
    found = _Clauses(["department in (select unnest($region))"], {"start": span.start, "end": span.end, "region": list(DEPARTMENTS)})
    for name, codes in question.filters.items():
        if name != without:
            found.conditions.append(f"{BY_NAME[name].column} in (select unnest(${name}))")
            found.values[name] = list(codes)
    for split in question.splits:
        if split.time:
            found.conditions.append(f"period_months <= {LONGEST[split.name]}")
    if scope.departments is not None:
        found.conditions.append("department in (select unnest($allowed))")
        found.values["allowed"] = sorted(scope.departments)
    if scope.organisation is not None:
        found.conditions.append("declarant_id = $organisation")
        found.values["organisation"] = scope.organisation
    return found


def _split_list(names: Sequence[str]) -> tuple[str, str]:
    """(select list, group by) of the splits."""
    if not names:
        return "", ""
    columns = [BY_NAME[name].column for name in names]
    listed = ", ".join(f"{column} as by_{position}" for position, column in enumerate(columns))
    return f"{listed}, ", "group by " + ", ".join(columns)


def _rows(connection: duckdb.DuckDBPyConnection, query: str, values: dict[str, Any]) -> list[Row]:
    used = {name: value for name, value in values.items() if f"${name}" in query}
    return [(tuple(row[:-2]), int(row[-2] or 0), int(row[-1] or 0)) for row in connection.execute(query, used).fetchall()]


def _of_lines(measure: str) -> Callable[[duckdb.DuckDBPyConnection, Question, Span, Scope], list[Row]]:
    def rows(connection: duckdb.DuckDBPyConnection, question: Question, span: Span, scope: Scope) -> list[Row]:
        found = _conditions(question, span, scope)
        listed, grouped = _split_list(question.by)
        return _rows(connection, f"with {LINES} select {listed}{measure} from lines where {found.where} {grouped}", found.values)  # noqa: S608

    return rows


def _sexes(connection: duckdb.DuckDBPyConnection, question: Question, span: Span, scope: Scope) -> list[Row]:
    """Persons of each sex over all persons of the other splits: a filter on sex narrows the numerator only."""
    part = _conditions(question, span, scope)
    whole = _conditions(question, span, scope, without="sex")
    others = [name for name in question.by if name != "sex"]
    listed, grouped = _split_list(question.by)
    count = "count(distinct who) filter (centihours > 0)"
    parts = _rows(connection, f"with {LINES} select {listed}{count}, 0 from lines where {part.where} {grouped}", part.values)  # noqa: S608
    listed, grouped = _split_list(others)
    wholes = _rows(connection, f"with {LINES} select {listed}{count}, 0 from lines where {whole.where} {grouped}", whole.values)  # noqa: S608
    total = {codes: numerator for codes, numerator, _ in wholes}

    def other(codes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(code for name, code in zip(question.by, codes, strict=True) if name != "sex")

    return [(codes, numerator, total.get(other(codes), 0)) for codes, numerator, _ in parts]


def _groups(connection: duckdb.DuckDBPyConnection, question: Question, span: Span, scope: Scope) -> list[Row]:
    """Within a month the groups of one employer are different people; over the months the same people may come back: the largest month."""
    found = _conditions(question, span, scope)
    listed, grouped = _split_list(question.by)
    inner = ", ".join(("declarant_id", "contract_uid", "employer", *(BY_NAME[name].column for name in question.by)))
    names = ", ".join(f"by_{position}" for position in range(len(question.by)))
    query = f"""
        with {LINES},
        months as (
            select {listed}declarant_id, contract_uid, employer, sum(group_persons) as persons
            from lines where group_persons is not null and {found.where} group by {inner}, period_start, period_months
        ),
        largest as (
            select {names + ", " if names else ""}max(persons) as persons
            from months group by {names + ", " if names else ""}declarant_id, contract_uid, employer
        )
        select {names + ", " if names else ""}sum(persons), 1 from largest {"group by " + names if grouped else ""}
    """  # noqa: S608
    return _rows(connection, query, found.values)


def _of_contracts(select: str, day: str) -> Callable[[duckdb.DuckDBPyConnection, Question, Span, Scope], list[Row]]:
    def rows(connection: duckdb.DuckDBPyConnection, question: Question, span: Span, scope: Scope) -> list[Row]:
        found = _conditions(question, span, scope)
        found.conditions = [condition.replace("declarant_id", "buyer_id") for condition in found.conditions]
        listed, grouped = _split_list(question.by)
        query = f"""
            with done as (select contract_uid, sum(centihours) as centihours from facts group by contract_uid)
            select {listed}{select} from contracts left join done using (contract_uid)
            where {day} >= $start and {day} < least($end, $today) and {found.where} {grouped}
        """  # noqa: S608
        return _rows(connection, query, {**found.values, "today": question.today})

    return rows


_KINDS: Final[dict[Kind, Callable[[duckdb.DuckDBPyConnection, Question, Span, Scope], list[Row]]]] = {
    "hours": _of_lines("sum(centihours), 1"),
    "fte": _of_lines("sum(centihours), 1"),
    "persons": _of_lines("count(distinct who) filter (centihours > 0), 1"),
    "women": _of_lines("count(distinct who) filter (centihours > 0 and sex = 'F'), count(distinct who) filter (centihours > 0)"),
    "sexes": _sexes,
    "groups": _groups,
    "committed": _of_contracts("sum(hours_committed), 1", "notified_on"),
    "done": _of_contracts(
        "sum(centihours) filter (hours_committed > 0), sum(hours_committed) filter (hours_committed > 0) * 100", "ends_on"
    ),
}
