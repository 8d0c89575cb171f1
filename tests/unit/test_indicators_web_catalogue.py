# ruff: noqa: F811  fixtures are taken by their name
"""Every indicator against a plain-Python oracle over random facts."""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from kit.errors import Refused
from schemas.vocabulary.places import DEPARTMENTS
from services.indicators.catalogue import definitions
from services.indicators.catalogue.answers import answer
from services.indicators.catalogue.measures import Scope
from services.indicators.catalogue.once import KnownRows, Once
from services.indicators.catalogue.questions import Question, of_parameters
from services.indicators.catalogue.spans import Span, quarter_before
from services.indicators.replica import columns
from services.indicators.replica.columnar import Columnar, Incoming
from services.indicators.replica.spool import Spool
from tests.unit.region_of_lines import YEAR, Line, _written, drawn_region, hours_in, load, percent_of, persons_in, replica, within  # noqa: F401  fixtures


def _groups(lines: list[Line]) -> Decimal:
    months: dict[tuple[object, ...], int] = defaultdict(int)
    for line in lines:
        if line.group_persons is not None:
            months[line.declarant_id, line.contract_uid, line.employer, line.period_start, line.period_months] += line.group_persons
    largest: dict[tuple[object, ...], int] = defaultdict(int)
    for (*who, _, _), persons in months.items():
        largest[tuple(who)] = max(largest[tuple(who)], persons)
    return Decimal(sum(largest.values()))


ORACLE: dict[str, Callable[[list[Line]], Decimal | None]] = {
    "I01": hours_in,
    "I05": lambda lines: Decimal(len(persons_in(lines))),
    "I05G": _groups,
    "I07": lambda lines: percent_of(len(persons_in([line for line in lines if line.sex == "F"])), len(persons_in(lines))),
    "I18": lambda lines: (hours_in(lines) / 1607).quantize(Decimal("0.01"), ROUND_HALF_UP),
}


def _question(id: str, *parameters: tuple[str, str], today: date = date.max) -> Question:  # noqa: A002  the interface's own word
    return of_parameters(definitions.BY_ID[id], parameters, today)


async def _values(replica: Columnar, question: Question, scope: Scope | None = None) -> dict[tuple[str, ...], Decimal | None]:
    found, _ = await replica.ask(lambda connection: answer(connection, question, scope or Scope()))
    return {cell.codes: cell.value for cell in found.cells}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("written", ["2025", "2025-S1", "2025-Q2", "2025-03", "12m:2025-06"])
async def test_figures_equal_the_oracle(replica: Columnar, seed: int, written: str) -> None:
    lines, contracts = drawn_region(seed)
    await load(replica, lines, contracts)
    inside = within(lines, Span.parse(written))
    for name, oracle in ORACLE.items():
        assert await _values(replica, _question(name, ("period", written))) == {(): oracle(inside)}, name
        by_department = await _values(replica, _question(name, ("period", written), ("by", "department")))
        assert by_department == {(code,): oracle([line for line in inside if line.department == code]) for code in DEPARTMENTS}, name
        some = _question(name, ("period", written), ("department", "93"), ("department", "75"), ("modality", "EI"))
        assert await _values(replica, some) == {
            (): oracle([line for line in inside if line.department in {"93", "75"} and line.modality == "EI"])
        }, name


@pytest.mark.parametrize("seed", range(2))
async def test_hours_split_twice_add_up_to_the_total(replica: Columnar, seed: int) -> None:
    lines, contracts = drawn_region(seed)
    await load(replica, lines, contracts)
    for by in ("department,public", "mechanism,sex", "modality,work_contract"):
        cells = await _values(replica, _question("I01", ("period", "2025"), ("by", by)))
        assert sum(value or 0 for value in cells.values()) == hours_in(within(lines, YEAR))


async def test_the_hours_of_a_span_are_added_up_once_for_the_total_and_its_splits(replica: Columnar, seed: int) -> None:
    lines, contracts = drawn_region(seed)
    await load(replica, lines, contracts)
    asked: list[str] = []

    class Known(KnownRows):
        def keep(self, text: str, rows: list[Any]) -> None:
            asked.append(text)
            super().keep(text, rows)

    known = Known()

    def ask(connection: duckdb.DuckDBPyConnection, by: str) -> dict[tuple[str, ...], Decimal | None]:
        return {cell.codes: cell.value for cell in answer(Once(connection, known), _question("I01", ("period", "2025"), ("by", by))).cells}

    (by_month, *_), _ = await replica.ask(lambda connection: [ask(connection, "department,month")])
    before = list(asked)
    (total, by_department), _ = await replica.ask(lambda connection: [ask(connection, ""), ask(connection, "department")])
    assert asked == before, "nothing more was asked of the replica"
    assert total[()] == hours_in(within(lines, YEAR)) == sum(value or 0 for value in by_department.values())
    longer = hours_in([line for line in within(lines, YEAR) if line.period_months > 1])
    assert sum(value or 0 for value in by_month.values()) == hours_in(within(lines, YEAR)) - longer


async def test_by_month_leaves_out_what_is_longer_than_a_month(replica: Columnar) -> None:
    lines, contracts = drawn_region(1)
    await load(replica, lines, contracts)
    cells = await _values(replica, _question("I01", ("period", "2025"), ("by", "month")))
    monthly = [line for line in within(lines, YEAR) if line.period_months == 1]
    assert len(cells) == 12
    assert cells == {(f"2025-{m:02d}",): hours_in([line for line in monthly if line.period_start.month == m]) for m in range(1, 13)}


async def test_shares_of_the_sexes_are_of_all_persons_also_when_filtered(replica: Columnar) -> None:
    lines, contracts = drawn_region(2)
    await load(replica, lines, contracts)
    inside = within(lines, YEAR)
    women, everybody = len(persons_in([line for line in inside if line.sex == "F"])), len(persons_in(inside))
    assert (await _values(replica, _question("I06", ("period", "2025"))))["F",] == percent_of(women, everybody)
    assert await _values(replica, _question("I06", ("period", "2025"), ("sex", "F"))) == {(): percent_of(women, everybody)}


@pytest.mark.parametrize("seed", range(2))
async def test_commitment_and_realisation(replica: Columnar, seed: int) -> None:
    lines, contracts = drawn_region(seed)
    await load(replica, lines, contracts)
    today = date(2025, 9, 1)
    here = [contract for contract in contracts if contract.department in DEPARTMENTS]
    notified = sum(c.hours_committed or 0 for c in here if c.notified_on < today)
    ended = [c for c in here if c.ends_on < today and c.hours_committed]
    done = sum(line.centihours for line in lines for c in ended if line.contract_uid == c.contract_uid)
    committed = sum(c.hours_committed or 0 for c in ended)
    assert await _values(replica, _question("I15", ("period", "2025"), today=today)) == {(): notified}
    assert await _values(replica, _question("I16", ("period", "2025"), today=today)) == {(): percent_of(done, committed * 100)}


async def test_a_scope_sees_its_own_only(replica: Columnar) -> None:
    lines, contracts = drawn_region(3)
    await load(replica, lines, contracts)
    inside = within(lines, YEAR)
    organisation = lines[0].declarant_id
    own = await _values(replica, _question("I01", ("period", "2025")), Scope(organisation=organisation))
    assert own == {(): hours_in([line for line in inside if line.declarant_id == organisation])}
    of_department = await _values(replica, _question("I01", ("period", "2025"), ("by", "department")), Scope(departments=frozenset({"93"})))
    assert of_department["93",] == hours_in([line for line in inside if line.department == "93"])
    assert [value for (code,), value in of_department.items() if code != "93"] == [None] * 7


async def test_the_share_of_joinable_persons_goes_with_the_count(replica: Columnar) -> None:
    lines, contracts = drawn_region(0)
    await load(replica, lines, contracts)
    found, position = await replica.ask(lambda connection: answer(connection, _question("I05", ("period", "2025"))))
    persons = persons_in(within(lines, YEAR))
    regional = len({who for who in persons if who.startswith("P")})
    assert found.joinable_share == (Decimal(regional) / len(persons)).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    assert found.body()["joinable_share"] == str(found.joinable_share)
    assert position == {("hours", 0): 1}


async def test_a_row_replaced_or_retracted_counts_once_or_not_at_all(replica: Columnar) -> None:
    lines, contracts = drawn_region(1)
    await load(replica, lines, contracts)
    first, second = lines[:2]
    changed = replace(first, centihours=123, department="93", period_start=date(2025, 5, 1), period_months=1)
    gone = {**dict.fromkeys(columns.FACTS), "line_id": second.line_id, "live": "f", "joinable": "f"}
    with Spool() as facts:
        await facts.write(_written([changed.incoming(), gone], columns.FACTS))
        await replica.replace({("hours", 0): 2}, facts=Incoming(facts, whole=False))
    now = [changed, *lines[2:]]
    assert await _values(replica, _question("I01", ("period", "2025"))) == {(): hours_in(within(now, YEAR))}


def test_cells_are_written_as_the_interface_says() -> None:
    question = _question("I18", ("period", "2025"), ("by", "department"))
    assert question.by == ("department",)
    assert _question("I02", ("period", "2025")).by == ("modality",)
    assert _question("I02", ("period", "2025"), ("modality", "EI")).by == ()


@pytest.mark.parametrize(
    ("parameters", "column"),
    [
        ([], "period"),
        ([("period", "2019-13")], "period"),
        ([("period", "2019"), ("colour", "red")], "colour"),
        ([("period", "2019"), ("department", "60")], "department"),
        ([("period", "2019"), ("department", "NC")], "department"),
        ([("period", "2019"), ("public", "nobody")], "public"),
        ([("period", "2019"), ("month", "2019-01")], "month"),
        ([("period", "2019"), ("by", "colour")], "by"),
        ([("period", "2019"), ("by", "sex,sex")], "by"),
        ([("period", "2019"), ("by", "sex,public,department")], "by"),
        ([("period", "2019"), *(("department", code) for code in list(DEPARTMENTS)[:5])], "department"),
        ([("period", str(year)) for year in range(2000, 2021)], "period"),
        ([("period", "2000..2020")], "period"),
        ([("period", "2021..2019")], "period"),
        ([("period", "2019..2019-Q1")], "period"),
        ([("period", "2027")], "period"),
        ([("period", "2019"), ("commune", "60001")], "commune"),
        ([("period", "2019"), ("ept", "T6")], "ept"),
        ([("period", "2019"), ("path_hours", "LE_150")], "path_hours"),
        ([("period", "2019"), ("by", "commune,residence")], "by"),
        ([("period", "2019-Q1"), ("by", "year")], "by"),
        ([("period", "2019"), ("period", "2019-05"), ("by", "quarter")], "by"),
        ([("period", "12m:2019-11"), ("by", "sex,year")], "by"),
    ],
)
def test_what_is_not_understood_is_named(parameters: list[tuple[str, str]], column: str) -> None:
    with pytest.raises(Refused) as refused:
        _question("I01", *parameters, today=date(2026, 11, 22))
    assert [error.column for error in refused.value.errors] == [column]


def test_what_is_not_understood_is_said_again_in_short() -> None:
    long = "A" * 10_000
    with pytest.raises(Refused) as refused:
        of_parameters(definitions.BY_ID["I01"], [("period", long), ("by", long), ("sex", long), (long, "1")])
    assert len(refused.value.errors) == 4
    for error in refused.value.errors:
        said = f"{error.column}{error.value}{error.message}{error.example}"
        assert long[:40] in said
        assert long[:100] not in said


def test_the_last_quarter_that_is_over() -> None:
    assert quarter_before(date(2026, 1, 1)).text == "2025-Q4"
    assert quarter_before(date(2026, 11, 22)).text == "2026-Q3"


def test_a_spool_is_a_private_file_where_memory_files_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "memfd_create", raising=False)
    with Spool() as spool:
        asyncio.run(spool.write(b"1,2\n"))
        file = Path(spool.path)
        assert file.read_bytes() == b"1,2\n"
        assert file.stat().st_mode & 0o077 == 0
    assert not file.exists()
