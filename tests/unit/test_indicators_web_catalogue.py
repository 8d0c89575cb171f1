"""Every indicator against a plain-Python oracle over random facts: same figures, same cells."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from uuid import UUID

import pytest

from kit.errors import Refused
from schemas.vocabulary.places import DEPARTMENTS
from services.indicators.catalogue import definitions
from services.indicators.catalogue.answers import answer
from services.indicators.catalogue.measures import Scope
from services.indicators.catalogue.questions import Question, of_parameters
from services.indicators.catalogue.spans import Span, quarter_before
from services.indicators.replica import columns
from services.indicators.replica.columnar import Columnar, Incoming
from services.indicators.replica.spool import Spool


@dataclass
class Line:
    line_id: UUID
    contract_uid: UUID
    declarant_id: UUID
    employer: str | None
    period_start: date
    period_months: int
    department: str
    centihours: int
    modality: str
    sex: str
    public: str
    person: str | None
    person_local: str | None
    group_persons: int | None
    commune: str = "NC"
    residence: str = "NC"
    age: str = "NC"
    education: str = "NC"
    prescriber: str = "NC"
    work_contract: str = "NC"
    qpv: str | None = None
    work_starts: date | None = None
    training: int | None = None
    left_for: str | None = None

    @property
    def end(self) -> date:
        months = self.period_start.year * 12 + self.period_start.month - 1 + self.period_months
        return date(months // 12, months % 12 + 1, 1)

    @property
    def who(self) -> str | None:
        return f"P{self.person}" if self.person else f"L{self.person_local}" if self.person_local else None

    def incoming(self) -> dict[str, object]:
        given = {name: getattr(self, name) for name in columns.FACTS if hasattr(self, name)}
        unsaid = {**dict.fromkeys(columns.FACTS), **dict.fromkeys(("unemployment", "work_duration"), "NC")}
        return {**unsaid, **given, "live": "t", "who": self.who, "joinable": "t" if self.person else "f"}


@dataclass
class Contract:
    contract_uid: UUID
    buyer_id: UUID
    department: str | None
    ends_on: date
    notified_on: date
    mechanism: str
    hours_committed: int | None
    starts_on: date | None = None
    programme: str = "NC"
    buyer: str = "200000001"
    facilitator_id: UUID | None = None
    holders: str | None = None
    amount: int | None = None
    framework: str = "NC"
    clause: str = "t"
    procured: str = "f"
    social: str = "f"
    reserved: str = "f"
    internship: str = "f"
    criterion: str = "f"
    criterion_weight: int | None = None
    hours_all_workers: int | None = None
    management: str = "f"

    def incoming(self) -> dict[str, object]:
        unsaid = dict.fromkeys(("commune", "contract_kind", "contract_duration", "sector"), "NC")
        return {**unsaid, **vars(self), "live": "t", "buyer_kind": "COMMUNE"}


CODES = ["75", "93", "94", "60"]
YEAR = Span.parse("2025")


def _uuid(dice: random.Random) -> UUID:
    return UUID(int=dice.getrandbits(128))


def _region(seed: int) -> tuple[list[Line], list[Contract]]:
    dice = random.Random(seed)
    declarants = [_uuid(dice) for _ in range(3)]
    contracts = [
        Contract(
            _uuid(dice), dice.choice(declarants), dice.choice([*CODES, None]), date(2025, dice.randint(1, 12), 28),
            date(2025, dice.randint(1, 12), 1), dice.choice(["NC", "CONDITION_EXECUTION"]), dice.choice([None, 0, 120, 833]),
        )
        for _ in range(8)
    ]  # fmt: skip
    return [_line(dice, declarants, contracts) for _ in range(300)], contracts


def _line(dice: random.Random, declarants: list[UUID], contracts: list[Contract]) -> Line:
    months = dice.choice([1, 1, 1, 3, 6, 12])
    start = date(dice.choice([2024, 2025]), dice.randrange(1, 13, months), 1)
    group = dice.random() < 0.2
    regional = None if group or dice.random() < 0.3 else f"{dice.randint(1, 40):032x}"
    local = None if group else f"{dice.randint(1, 60):032x}"
    return Line(
        _uuid(dice), dice.choice(contracts).contract_uid, dice.choice(declarants), dice.choice([None, "A", 'B,"b', "C"]), start, months,
        dice.choice(CODES), dice.choice([0, 1, 750, 15167]), dice.choice(["EI", "ETTI", "NC"]),
        "NC" if group else dice.choice(["F", "M", "NC"]), dice.choice(["BRSA", "ASE", "NEW_CODE"]), regional, local,
        dice.randint(1, 9) if group else None,
    )  # fmt: skip


def _written(rows: list[dict[str, object]], kinds: dict[str, str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[row[name] for name in kinds] for row in rows])
    return text.getvalue().encode()


async def _fill(replica: Columnar, lines: list[Line], contracts: list[Contract]) -> None:
    with Spool() as facts, Spool() as clauses:
        await facts.write(_written([line.incoming() for line in lines], columns.FACTS))
        await clauses.write(_written([contract.incoming() for contract in contracts], columns.CONTRACTS))
        await replica.replace({("hours", 0): 1}, facts=Incoming(facts, whole=True), contracts=Incoming(clauses, whole=True))


@pytest.fixture
async def replica() -> AsyncIterator[Columnar]:
    made = Columnar()
    yield made
    made.close()


def _inside(lines: list[Line], span: Span) -> list[Line]:
    return [line for line in lines if span.start <= line.period_start and line.end <= span.end and line.department in DEPARTMENTS]


def _hours(lines: list[Line], _: object = None) -> Decimal:
    return Decimal(sum(line.centihours for line in lines)) / 100


def _persons(lines: list[Line]) -> set[str]:
    return {line.who for line in lines if line.who and line.centihours > 0}


def _share(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) * 100 / whole).quantize(Decimal("0.01"), ROUND_HALF_UP) if whole else None


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
    "I01": _hours,
    "I05": lambda lines: Decimal(len(_persons(lines))),
    "I05G": _groups,
    "I07": lambda lines: _share(len(_persons([line for line in lines if line.sex == "F"])), len(_persons(lines))),
    "I18": lambda lines: (_hours(lines) / 1607).quantize(Decimal("0.01"), ROUND_HALF_UP),
}


def _question(id: str, *parameters: tuple[str, str], today: date = date.max) -> Question:  # noqa: A002  the interface's own word
    return of_parameters(definitions.BY_ID[id], parameters, today)


async def _values(replica: Columnar, question: Question, scope: Scope | None = None) -> dict[tuple[str, ...], Decimal | None]:
    found, _ = await replica.ask(lambda connection: answer(connection, question, scope or Scope()))
    return {cell.codes: cell.value for cell in found.cells}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("written", ["2025", "2025-S1", "2025-Q2", "2025-03", "12m:2025-06"])
async def test_figures_equal_the_oracle(replica: Columnar, seed: int, written: str) -> None:
    lines, contracts = _region(seed)
    await _fill(replica, lines, contracts)
    inside = _inside(lines, Span.parse(written))
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
    lines, contracts = _region(seed)
    await _fill(replica, lines, contracts)
    for by in ("department,public", "mechanism,sex", "modality,work_contract"):
        cells = await _values(replica, _question("I01", ("period", "2025"), ("by", by)))
        assert sum(value or 0 for value in cells.values()) == _hours(_inside(lines, YEAR))


async def test_by_month_leaves_out_what_is_longer_than_a_month(replica: Columnar) -> None:
    lines, contracts = _region(1)
    await _fill(replica, lines, contracts)
    cells = await _values(replica, _question("I01", ("period", "2025"), ("by", "month")))
    monthly = [line for line in _inside(lines, YEAR) if line.period_months == 1]
    assert len(cells) == 12
    assert cells == {(f"2025-{m:02d}",): _hours([line for line in monthly if line.period_start.month == m]) for m in range(1, 13)}


async def test_shares_of_the_sexes_are_of_all_persons_also_when_filtered(replica: Columnar) -> None:
    lines, contracts = _region(2)
    await _fill(replica, lines, contracts)
    inside = _inside(lines, YEAR)
    women, everybody = len(_persons([line for line in inside if line.sex == "F"])), len(_persons(inside))
    assert (await _values(replica, _question("I06", ("period", "2025"))))["F",] == _share(women, everybody)
    assert await _values(replica, _question("I06", ("period", "2025"), ("sex", "F"))) == {(): _share(women, everybody)}


@pytest.mark.parametrize("seed", range(2))
async def test_commitment_and_realisation(replica: Columnar, seed: int) -> None:
    lines, contracts = _region(seed)
    await _fill(replica, lines, contracts)
    today = date(2025, 9, 1)
    here = [contract for contract in contracts if contract.department in DEPARTMENTS]
    notified = sum(c.hours_committed or 0 for c in here if c.notified_on < today)
    ended = [c for c in here if c.ends_on < today and c.hours_committed]
    done = sum(line.centihours for line in lines for c in ended if line.contract_uid == c.contract_uid)
    committed = sum(c.hours_committed or 0 for c in ended)
    assert await _values(replica, _question("I15", ("period", "2025"), today=today)) == {(): notified}
    assert await _values(replica, _question("I16", ("period", "2025"), today=today)) == {(): _share(done, committed * 100)}


async def test_a_scope_sees_its_own_only(replica: Columnar) -> None:
    lines, contracts = _region(3)
    await _fill(replica, lines, contracts)
    inside = _inside(lines, YEAR)
    organisation = lines[0].declarant_id
    own = await _values(replica, _question("I01", ("period", "2025")), Scope(organisation=organisation))
    assert own == {(): _hours([line for line in inside if line.declarant_id == organisation])}
    of_department = await _values(replica, _question("I01", ("period", "2025"), ("by", "department")), Scope(departments=frozenset({"93"})))
    assert of_department["93",] == _hours([line for line in inside if line.department == "93"])
    assert [value for (code,), value in of_department.items() if code != "93"] == [None] * 7


async def test_the_share_of_joinable_persons_goes_with_the_count(replica: Columnar) -> None:
    lines, contracts = _region(0)
    await _fill(replica, lines, contracts)
    found, position = await replica.ask(lambda connection: answer(connection, _question("I05", ("period", "2025"))))
    persons = _persons(_inside(lines, YEAR))
    regional = len({who for who in persons if who.startswith("P")})
    assert found.joinable_share == (Decimal(regional) / len(persons)).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    assert found.body()["joinable_share"] == str(found.joinable_share)
    assert position == {("hours", 0): 1}


async def test_a_row_replaced_or_retracted_counts_once_or_not_at_all(replica: Columnar) -> None:
    lines, contracts = _region(1)
    await _fill(replica, lines, contracts)
    first, second = lines[:2]
    changed = replace(first, centihours=123, department="93", period_start=date(2025, 5, 1), period_months=1)
    gone = {**dict.fromkeys(columns.FACTS), "line_id": second.line_id, "live": "f", "joinable": "f"}
    with Spool() as facts:
        await facts.write(_written([changed.incoming(), gone], columns.FACTS))
        await replica.replace({("hours", 0): 2}, facts=Incoming(facts, whole=False))
    now = [changed, *lines[2:]]
    assert await _values(replica, _question("I01", ("period", "2025"))) == {(): _hours(_inside(now, YEAR))}


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
    ],
)
def test_what_is_not_understood_is_named(parameters: list[tuple[str, str]], column: str) -> None:
    with pytest.raises(Refused) as refused:
        _question("I01", *parameters, today=date(2026, 11, 22))
    assert [error.column for error in refused.value.errors] == [column]


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
