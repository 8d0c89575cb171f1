"""A region drawn at random: lines and contracts in plain Python, and the same in a replica."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

import pytest

from schemas.vocabulary.places import DEPARTMENTS
from services.indicators.catalogue.spans import Span
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


def drawn_uuid(dice: random.Random) -> UUID:
    return UUID(int=dice.getrandbits(128))


def drawn_region(seed: int) -> tuple[list[Line], list[Contract]]:
    dice = random.Random(seed)
    declarants = [drawn_uuid(dice) for _ in range(3)]
    contracts = [
        Contract(
            drawn_uuid(dice), dice.choice(declarants), dice.choice([*CODES, None]), date(2025, dice.randint(1, 12), 28),
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
        drawn_uuid(dice), dice.choice(contracts).contract_uid, dice.choice(declarants), dice.choice([None, "A", 'B,"b', "C"]), start, months,
        dice.choice(CODES), dice.choice([0, 1, 750, 15167]), dice.choice(["EI", "ETTI", "NC"]),
        "NC" if group else dice.choice(["F", "M", "NC"]), dice.choice(["BRSA", "ASE", "NEW_CODE"]), regional, local,
        dice.randint(1, 9) if group else None,
    )  # fmt: skip


def _written(rows: list[dict[str, object]], kinds: dict[str, str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[row[name] for name in kinds] for row in rows])
    return text.getvalue().encode()


async def load(replica: Columnar, lines: list[Line], contracts: list[Contract]) -> None:
    with Spool() as facts, Spool() as clauses:
        await facts.write(_written([line.incoming() for line in lines], columns.FACTS))
        await clauses.write(_written([contract.incoming() for contract in contracts], columns.CONTRACTS))
        await replica.replace({("hours", 0): 1}, facts=Incoming(facts, whole=True), contracts=Incoming(clauses, whole=True))


@pytest.fixture
async def replica() -> AsyncIterator[Columnar]:
    made = Columnar()
    yield made
    made.close()


def within(lines: list[Line], span: Span) -> list[Line]:
    return [line for line in lines if span.start <= line.period_start and line.end <= span.end and line.department in DEPARTMENTS]


def hours_in(lines: list[Line], _: object = None) -> Decimal:
    return Decimal(sum(line.centihours for line in lines)) / 100


def persons_in(lines: list[Line]) -> set[str]:
    return {line.who for line in lines if line.who and line.centihours > 0}


def percent_of(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) * 100 / whole).quantize(Decimal("0.01"), ROUND_HALF_UP) if whole else None
