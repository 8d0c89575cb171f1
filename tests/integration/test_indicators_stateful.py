"""Whatever happens in whatever order: facts, contracts, totals and the replica's answers equal what plain Python makes of the same story.

The story is ingest's: lines are declared, corrected, retracted, forgotten (the person unlinked), contracts declared, changed, withdrawn.
The machine hands it over as Kafka may: in batches of any size, contracts late, messages twice, older revisions after newer ones. The
replica follows now and then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from kit.consumer import Batch, Received
from kit.postgres import Pool, open_pool
from schemas.contracts import Clause, ContractDeclared, ContractWithdrawn
from schemas.hours import Line, Person
from schemas.periods import Period
from services.indicators.catalogue.answers import answer
from services.indicators.catalogue.definitions import BY_ID
from services.indicators.catalogue.questions import of_parameters
from services.indicators.consumers import contracts as contracts_reader
from services.indicators.replica.columnar import Columnar
from services.indicators.replica.follow import catch_up, load
from tests.fixtures.hours_lines import READER, declared, received, retracted
from tests.fixtures.profile import Profile

TODAY = date(2026, 11, 22)
CONTRACTS = contracts_reader.reader("indicators")
PERIODS = ("2026-01", "2026-02", "2026-Q1", "2026", "2025-12")
ASKED = ("2026", "2026-Q1", "2026-01")
DEPARTMENTS = ("93", "75", "60")
MODALITIES = ("ETTI", "ETT", "UNHEARD_OF")
MECHANISMS = ((), ("CONDITION_EXECUTION",), ("CONDITION_EXECUTION", "CRITERE_ATTRIBUTION"))
MECHANISM_CODES = {(): "NC", MECHANISMS[1]: "CONDITION_EXECUTION", MECHANISMS[2]: "EXECUTION_ET_CRITERE"}
EMPTY = ("facts", "totals", "totals_longer", "contracts", "changes", "offsets", "filing_progress", "filing_moves", "outbox")


@dataclass(frozen=True)
class Said:
    """A line's value: None of hours is a retraction."""

    hours: int | None
    period: str
    department: str
    modality: str
    person: int | None
    sex: str
    contract: int

    @property
    def months(self) -> set[str]:
        start, end = Period.parse(self.period).start, Period.parse(self.period).end
        return {f"{start.year + (start.month + n - 1) // 12}-{(start.month + n - 1) % 12 + 1:02d}" for n in range(_months(start, end))}


@dataclass(frozen=True)
class Deal:
    """A contract's state: None of mechanisms is a withdrawal."""

    mechanisms: tuple[str, ...] | None
    department: str = "93"
    hours: int = 0


def _months(start: date, end: date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month


lines = st.builds(
    Said, st.none() | st.integers(0, 20_000), st.sampled_from(PERIODS), st.sampled_from(DEPARTMENTS), st.sampled_from(MODALITIES),
    st.integers(0, 3), st.sampled_from(("F", "M", "NC")), st.integers(0, 2),
)  # fmt: skip
deals = st.builds(Deal, st.none() | st.sampled_from(MECHANISMS), st.sampled_from(DEPARTMENTS), st.integers(0, 900))


class Observatory(RuleBasedStateMachine):
    """`story` is what ingest has said; `sent` what was handed over at least once."""

    runner: ClassVar[asyncio.Runner]
    pool: ClassVar[Pool]
    replica: ClassVar[Columnar]
    """One for all sequences: each begins with a load, as after a restore of the database."""

    @initialize()
    def begin(self) -> None:
        self.lines: dict[int, list[Said]] = {}
        self.deals: dict[int, list[Deal]] = {}
        self.waiting: list[tuple[str, int, int]] = []
        self.sent: set[tuple[str, int, int]] = set()
        self.batch_no = 0
        self.run(self._empty())

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    @rule(line=st.integers(0, 4), said=lines)
    def say(self, line: int, said: Said) -> None:
        """Declared, replaced, corrected or retracted: the next revision of the line. A retraction keeps the contract it was under."""
        self.lines.setdefault(line, []).append(said)
        self.waiting.append(("line", line, len(self.lines[line])))

    @precondition(lambda self: any(self.lines.values()))
    @rule(data=st.data())
    def forget(self, data: st.DataObject) -> None:
        """A person is unlinked: token null, sex not communicated, hours stay; announced as a correction."""
        line = data.draw(st.sampled_from(sorted(line for line, said in self.lines.items() if said)))
        last = self.lines[line][-1]
        if last.hours is not None:
            self.say(line, replace(last, person=None, sex="NC"))

    @rule(contract=st.integers(0, 2), deal=deals)
    def agree(self, contract: int, deal: Deal) -> None:
        self.deals.setdefault(contract, []).append(deal)
        self.waiting.append(("deal", contract, len(self.deals[contract])))

    @precondition(lambda self: bool(self.waiting))
    @rule(data=st.data())
    def hand_over(self, data: st.DataObject) -> None:
        """Some of what waits, in any order, some of it twice, and some of what was handed over long ago, in one transaction a topic."""
        chosen = data.draw(st.lists(st.sampled_from(self.waiting), min_size=1, max_size=6))
        again = data.draw(st.lists(st.sampled_from(sorted(self.sent)), max_size=2)) if self.sent else []
        self._hand_over([*chosen, *again])

    @rule(period=st.sampled_from(ASKED), indicator=st.sampled_from(("I01", "I05", "I07", "I02", "I15")))
    def follow(self, period: str, indicator: str) -> None:
        self.run(self._follow(period, [indicator]))

    @invariant()
    def tables_are_those_of_the_story(self) -> None:
        if getattr(self, "moved", False):
            self.run(self._tables())
            self.moved = False

    def teardown(self) -> None:
        """In the end every figure is asked for."""
        if hasattr(self, "lines"):
            self.run(self._follow(ASKED[len(self.sent) % len(ASKED)], ["I01", "I05", "I07", "I02", "I15"]))

    def _hand_over(self, marks: list[tuple[str, int, int]]) -> None:
        self.run(self._apply(marks))
        self.moved = True
        self.sent |= set(marks)
        self.waiting = [mark for mark in self.waiting if mark not in self.sent]

    async def _empty(self) -> None:
        await self.pool.execute(";".join(f"delete from {table}" for table in EMPTY))
        await load(self.pool, self.replica)

    async def _apply(self, marks: list[tuple[str, int, int]]) -> None:
        for topic, reader, records in (
            ("hours", READER, [self._line(*mark[1:]) for mark in marks if mark[0] == "line"]),
            ("contracts", CONTRACTS, [self._deal(*mark[1:]) for mark in marks if mark[0] == "deal"]),
        ):
            if not records:
                continue
            self.batch_no += 1
            async with self.pool.acquire() as connection, connection.transaction():
                await connection.execute(
                    """
                    insert into offsets (reader, topic, partition, next_offset, batch_no) values ('indicators', $1, 0, 1, $2)
                    on conflict (reader, topic, partition) do update set batch_no = excluded.batch_no
                    """,
                    topic,
                    self.batch_no,
                )
                await reader.apply(connection, Batch(records, {(topic, 0): self.batch_no}))

    def _line(self, line: int, revision: int) -> Received:
        said = self.lines[line][revision - 1]
        message: Line
        if said.hours is None:
            message = retracted(line, revision)
        else:
            person = Person(local=f"{(said.person if said.person is not None else 100 + line):032x}", sex=said.sex)
            message = declared(
                line, revision, said.hours, period=Period.parse(said.period), department=said.department, modality=said.modality,
                person=person if said.person is not None else None, contract_uid=UUID(int=500 + said.contract),
            )  # fmt: skip
        return received(message)

    def _deal(self, contract: int, revision: int) -> Received:
        deal, uid = self.deals[contract][revision - 1], UUID(int=500 + contract)
        message: ContractDeclared | ContractWithdrawn = ContractWithdrawn(contract_uid=uid, revision=revision)
        if deal.mechanisms is not None:
            clause = Clause(revision=1, mechanisms=deal.mechanisms, hours_committed=deal.hours)
            message = ContractDeclared(
                contract_uid=uid, revision=revision, number="1", object="", buyer_siret="21930048500013", department=deal.department,
                starts_on=date(2026, 1, 1), ends_on=date(2026, 6, 30), clause=clause,
            )  # fmt: skip
        return Received(message, str(uid), "contracts", 0, 0, "", "", None, b"")

    def _known(self) -> list[Said]:
        """The newest handed-over value of each line that counts."""
        newest = {line: max((r for k, n, r in self.sent if (k, n) == ("line", line)), default=0) for line in self.lines}
        found = [self.lines[line][revision - 1] for line, revision in newest.items() if revision]
        return [said for said in found if said.hours is not None]

    def _agreed(self) -> dict[int, Deal]:
        newest = {deal: max((r for k, n, r in self.sent if (k, n) == ("deal", deal)), default=0) for deal in self.deals}
        found = {deal: self.deals[deal][revision - 1] for deal, revision in newest.items() if revision}
        return {contract: deal for contract, deal in found.items() if deal.mechanisms is not None}

    async def _tables(self) -> None:
        expected: dict[tuple[str, str], tuple[int, int]] = {}
        for said in self._known():
            hours, count = expected.get((said.department, said.period), (0, 0))
            expected[said.department, said.period] = (hours + (said.hours or 0), count + 1)
        rows = await self.pool.fetch(
            """
            select department, to_char(month, 'YYYY-MM') as period, centihours, lines from totals
            union all
            select department, to_char(period_start, 'YYYY') || case period_months when 3 then '-Q' || to_char(period_start, 'Q') else '' end,
                centihours, lines from totals_longer
            """
        )
        found = {(row["department"], row["period"]): (row["centihours"], row["lines"]) for row in rows if row["lines"] or row["centihours"]}
        assert found == expected

    async def _follow(self, period: str, indicators: Iterable[str]) -> None:
        while await catch_up(self.pool, self.replica):
            pass
        mine = [said for said in self._known() if said.department in {"93", "75"} and said.months <= _span(period)]
        for indicator in indicators:
            by = "department,mechanism" if indicator == "I02" else ""
            period = "2026" if indicator == "I15" else period
            found = await self._ask(indicator, period, by)
            if by:
                assert sum(value or 0 for value in found.values()) == _hours(mine)
            for codes, value in found.items():
                assert value == self._expected(indicator, mine, codes), (indicator, period, codes)

    def _expected(self, indicator: str, mine: list[Said], codes: tuple[str, ...]) -> Decimal | None:
        agreed = self._agreed()
        persons = {said.person for said in mine if said.hours and said.person is not None}
        women = {said.person for said in mine if said.hours and said.sex == "F" and said.person is not None}
        match indicator:
            case "I15":
                return Decimal(sum(deal.hours for deal in agreed.values() if deal.department in {"93", "75"}))
            case "I05":
                return Decimal(len(persons))
            case "I07":
                return (Decimal(len(women)) * 100 / len(persons)).quantize(Decimal("0.01"), ROUND_HALF_UP) if persons else None
        return _hours(said for said in mine if not codes or (said.department, _mechanism(agreed.get(said.contract))) == codes)

    async def _ask(self, indicator: str, period: str, by: str = "") -> dict[tuple[str, ...], Decimal | None]:
        question = of_parameters(BY_ID[indicator], [("period", period), *([("by", by)] if by else [])], TODAY)
        found, _ = await self.replica.ask(lambda connection: answer(connection, question))
        return {cell.codes: cell.value for cell in found.cells}


def _mechanism(deal: Deal | None) -> str:
    return MECHANISM_CODES[deal.mechanisms or ()] if deal else "NC"


def _span(period: str) -> set[str]:
    found = Period.parse(period)
    return {f"{found.start.year}-{found.start.month + n:02d}" for n in range(_months(found.start, found.end))}


def _hours(lines_: Iterable[Said]) -> Decimal:
    return Decimal(sum(said.hours or 0 for said in lines_)) / 100


@pytest.mark.timeout(1800)
def test_any_story_told_in_any_way_ends_in_the_same_figures(indicators_database: str, profile: Profile) -> None:
    sequences = profile.pick("stateful sequences", short=120, long=2_000)
    with asyncio.Runner() as runner:
        Observatory.runner = runner
        Observatory.pool = runner.run(open_pool(indicators_database, size=2, application_name="test"))
        Observatory.replica = Columnar(threads=1)
        try:
            run_state_machine_as_test(
                Observatory,
                settings=settings(
                    max_examples=sequences, stateful_step_count=10, deadline=None, database=None, suppress_health_check=list(HealthCheck)
                ),
            )
        finally:
            Observatory.replica.close()
            runner.run(Observatory.pool.close())
