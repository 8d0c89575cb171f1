"""The relations that formulas are asked of, with a question's filters, splits and scope as conditions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from services.indicators.catalogue.dimensions import BY_NAME, LONGEST
from services.indicators.catalogue.once import Asking
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

_OF_SUMS: Final = frozenset({"department", "month", "quarter", "year"})
"""Dimensions that `worked` knows (replica/sums.py)."""
_OF_CONTRACT: Final = ("mechanism", "contract_kind", "contract_duration", "framework", "buyer_kind", "sector", "programme")
_JOINED: Final = ", ".join((
    *(f"coalesce(c.{name}, 'NC') as {name}" for name in _OF_CONTRACT), "c.buyer as buyer",
    "coalesce(c.reserved, false) as reserved", "coalesce(c.internship, false) as internship",
))  # fmt: skip
INSIDE: Final = "f.period_start >= $start and f.period_start < $end and f.period_end <= $end"
"""The whole period lies in `[$start, $end)`. The second comparison says nothing new: it lets whole blocks of rows be passed over."""


@dataclass
class Clauses:
    """Conditions of a question with their values, named so that a value never becomes SQL."""

    conditions: list[str]
    values: dict[str, Any]

    @property
    def where(self) -> str:
        return " and ".join(self.conditions)


def lines(names: Iterable[str], *, contract: bool = False, inside: str = INSIDE) -> str:
    """`lines`: live lines of the span, with what the dimensions of these names (and the formula) need of contract and place."""
    asked = set(names)
    joins, columns = "", "f.*"
    if contract or any(BY_NAME[name].of == "contract" for name in asked):
        columns += f", {_JOINED}"
        joins += " left join contracts c using (contract_uid)"
    if "ept" in asked:
        columns += ", coalesce(p.ept, 'NC') as ept"
        joins += " left join places p on p.commune = f.commune"
    return f"lines as (select {columns} from facts f{joins} where {inside})"  # noqa: S608  names of our own


def hours(names: Iterable[str], *, inside: str = INSIDE) -> str:
    """`lines` for questions about their hours only: the sums of months where these tell all that is asked, which are fewer."""
    asked = set(names)
    if asked <= _OF_SUMS:
        return f"lines as (select f.* from worked f where {inside})"  # noqa: S608
    return lines(asked, inside=inside)


def contracts(names: Iterable[str]) -> str:
    """`deals`: every contract, with its territory where that is asked for. A contract without a place stands under « NC »."""
    if "ept" in set(names):
        return "deals as (select c.*, coalesce(p.ept, 'NC') as ept from contracts c left join places p on p.commune = c.commune)"
    return "deals as (select * from contracts)"


def named(question: Question) -> set[str]:
    """The dimensions that a question touches."""
    return {*question.by, *question.filters}


def conditions(question: Question, span: Span, scope: Scope, *, without: Sequence[str] = ()) -> Clauses:
    """Filters and scope over `lines`; `without` leaves the filters of these dimensions out (the denominator of a share).

    The region's figures are about work done in its eight departments.
    """
    found = Clauses(["regional"], {"start": span.start, "end": span.end})
    for name, codes in question.filters.items():
        if name not in without and name != "path_hours":
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


def of_contracts(found: Clauses) -> Clauses:
    """The same conditions over `deals`: a contract is its buyer's and its facilitator's."""
    own = "(buyer_id = $organisation or facilitator_id = $organisation)"
    return Clauses([condition.replace("declarant_id = $organisation", own) for condition in found.conditions], found.values)


def split_list(names: Sequence[str]) -> tuple[str, str]:
    """(select list, group by) of the splits."""
    if not names:
        return "", ""
    columns = [BY_NAME[name].column for name in names]
    listed = ", ".join(f"{column} as by_{position}" for position, column in enumerate(columns))
    return f"{listed}, ", "group by " + ", ".join(columns)


def split_names(names: Sequence[str]) -> str:
    """How a step after that one calls the splits, each with a comma."""
    return "".join(f"by_{position}, " for position in range(len(names)))


def rows(connection: Asking, query: str, values: dict[str, Any]) -> list[Row]:
    used = {name: value for name, value in values.items() if f"${name}" in query}
    return [(tuple(row[:-2]), int(row[-2] or 0), int(row[-1] or 0)) for row in connection.execute(query, used).fetchall()]
