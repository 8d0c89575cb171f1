"""The whole catalogue: every indicator by every dimension gives an answer, and its figures equal plain Python over random facts."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest

from services.indicators.catalogue import definitions
from services.indicators.catalogue.answers import Answer, answer
from services.indicators.catalogue.dimensions import BY_NAME
from services.indicators.catalogue.questions import Question, of_parameters
from services.indicators.catalogue.spans import Span
from services.indicators.replica.columnar import Columnar
from tests.unit import region_of_lines as small
from tests.unit.region_of_lines import CODES, Contract, Line, drawn_uuid, load, persons_in, replica, within

__all__ = ["replica"]
TODAY = date(2025, 12, 31)
DAYS = [date(2024, 11, 1), date(2025, 2, 10), None]


def drawn_region(seed: int) -> tuple[list[Line], list[Contract]]:
    """Facts that say something of everything the catalogue asks."""
    dice = random.Random(seed)
    lines, contracts = small.drawn_region(seed)
    contracts = [_said_more(dice, contract) for contract in contracts]
    idle = replace(contracts[0], contract_uid=UUID(int=99), department="93", clause="t", hours_committed=500, ends_on=date(2025, 6, 30))
    contracts.append(idle)  # ended without an hour: all of it is missing
    people = {line.who: _said_of(random.Random(str(line.who))) for line in lines if line.who}
    return [replace(line, **people.get(line.who or "", {}), **_work(dice, line)) for line in lines], contracts


def _said_more(dice: random.Random, contract: Contract) -> Contract:
    return replace(
        contract,
        starts_on=date(2024, dice.randint(1, 12), 1), programme=dice.choice(["ANRU_NPNRU", "GPE", "AUCUN"]), buyer=dice.choice(["200000001", "200000002"]),
        facilitator_id=dice.choice([None, contract.buyer_id, drawn_uuid(dice)]), holders=dice.choice([None, "300000001", "300000001|300000002"]),
        amount=dice.choice([None, 1_000_000, 9_000_000]), framework=dice.choice(["true", "false"]), clause=dice.choice("ttf"), procured="t",
        social=dice.choice("tf"), reserved=dice.choice("tf"), criterion=dice.choice("tf"), criterion_weight=dice.choice([None, 1000, 1550]),
        hours_all_workers=dice.choice([None, 4000]), management=dice.choice("tf"),
    )  # fmt: skip


def _said_of(dice: random.Random) -> dict[str, Any]:
    return {
        "residence": dice.choice(["93048", "75101", "HORS", "NC"]), "age": dice.choice(["18_25", "30_40", "NC"]), "education": dice.choice(["N3", "NC"]),
        "prescriber": dice.choice(["PLIE", "NC"]), "qpv": dice.choice(["t", "f", None]),
    }  # fmt: skip


def _work(dice: random.Random, line: Line) -> dict[str, Any]:
    return {
        "commune": dice.choice(["93048", "92050", "75101", "NC"]), "work_contract": dice.choice(["CDI", "ALTERNANCE_PRO", "STAGE", "NC"]),
        "modality": dice.choice(["ETT", "ETTI", "EI"]), "work_starts": dice.choice(DAYS), "training": dice.choice([None, 350]),
        "left_for": dice.choice([None, None, "DURABLE", "AUTRE", "NEUTRE"]) if line.who else None,
    }  # fmt: skip


def _round(value: Fraction | int, decimals: int) -> Decimal:
    exact = Fraction(value)
    return (Decimal(exact.numerator) / exact.denominator).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _ratio(part: int, whole: int, times: int = 100) -> Fraction | None:
    return Fraction(part * times, whole) if whole else None


def _sum(lines: list[Line]) -> int:
    return sum(line.centihours for line in lines)


async def _answer(replica: Columnar, question: Question) -> Answer:
    return (await replica.ask(lambda connection: answer(connection, question)))[0]


class Oracle:
    """Every figure of the year 2025 for the region, from lists."""

    def __init__(self, lines: list[Line], contracts: list[Contract]) -> None:
        self.every, self.contracts = lines, {contract.contract_uid: contract for contract in contracts}
        self.lines = within(lines, small.YEAR)
        self.named = [line for line in self.lines if line.who]
        self.here = [contract for contract in contracts if contract.department in CODES[:3]]
        self.clauses = [contract for contract in self.here if contract.clause == "t"]
        self.running = [c for c in self.clauses if c.starts_on and c.starts_on < TODAY and c.ends_on >= date(2025, 1, 1)]

    def of(self, line: Line) -> Contract:
        return self.contracts[line.contract_uid]

    def persons(self, keep: Callable[[Line], bool]) -> int:
        return len(persons_in([line for line in self.lines if keep(line)]))

    def hours(self, keep: Callable[[Line], bool]) -> int:
        return _sum([line for line in self.lines if keep(line)])

    def done(self, contract: Contract, *, qpv: bool = False) -> int:
        return _sum([line for line in self.every if line.contract_uid == contract.contract_uid and (not qpv or line.qpv == "t")])

    def work_contracts(self) -> set[tuple[object, ...]]:
        return {
            (line.who, line.employer, line.work_contract, line.work_starts) for line in self.named if line.work_starts and line.centihours
        }

    def anru(self, management: str) -> Fraction | None:
        found = [c for c in self.running if c.programme == "ANRU_NPNRU" and c.hours_all_workers and c.management == management]
        return _ratio(sum(self.done(c, qpv=True) for c in found), sum(c.hours_all_workers or 0 for c in found), 1)

    def covered(self, contract: Contract) -> bool:
        return any(
            line.contract_uid == contract.contract_uid and line.period_start < date(2026, 1, 1) and line.end > date(2025, 1, 1)
            for line in self.every
        )

    def structure(self, contract: Contract) -> object:
        return contract.facilitator_id or contract.buyer_id

    def same_scope(self) -> Fraction | None:
        """On the last day of the year its December is not over: eleven months beside the same eleven."""
        now, before = (within(self.every, Span(date(year, 1, 1), date(year, 12, 1), "")) for year in (2025, 2024))
        both = {
            who for who in {line.declarant_id for line in now}
            if sum(x.centihours for x in now if x.declarant_id == who) and sum(x.centihours for x in before if x.declarant_id == who)
        }  # fmt: skip
        total, then = (sum(x.centihours for x in found if x.declarant_id in both) for found in (now, before))
        return _ratio(total - then, then)

    def months(self) -> Fraction | None:
        window = [x for x in within(self.every, Span(date(2024, 1, 1), date(2026, 1, 1), "")) if x.who and x.centihours]
        spans = sorted(
            1 + (max(starts).year - min(starts).year) * 12 + max(starts).month - min(starts).month
            for who in {x.who for x in window} for starts in [[x.period_start for x in window if x.who == who]]
        )  # fmt: skip
        return Fraction(spans[(len(spans) - 1) // 2] + spans[len(spans) // 2], 2) if spans else None

    def figures(self) -> dict[str, Fraction | int | None]:
        hours, everybody = _sum(self.lines), len(persons_in(self.lines))
        ended = [c for c in self.clauses if c.hours_committed and date(2025, 1, 1) <= c.ends_on < TODAY]
        criterion = [c for c in self.clauses if c.criterion == "t" and c.notified_on < TODAY]
        weights = [c.criterion_weight for c in criterion if c.criterion_weight]
        procured = [c for c in self.here if c.amount and c.amount >= 4_000_000 and c.notified_on < TODAY]
        heard = [c for c in self.running if self.covered(c)]
        exits = [len({x.who for x in self.named if x.left_for in k}) for k in (("DURABLE",), ("DURABLE", "AUTRE"))]
        elapsed = [c for c in self.running if c.hours_committed and c.starts_on and c.ends_on >= TODAY]
        assert not elapsed, "every contract of this region ends before the last day of the year"
        fields = ("sex", "age", "residence", "public", "education", "prescriber", "modality", "work_contract")
        unsaid = sum((getattr(x, name) == "NC") for x in self.named for name in fields) + sum(x.qpv is None for x in self.named)
        ett, etti = (self.hours(lambda x, m=m: x.modality == m) for m in ("ETT", "ETTI"))  # type: ignore[misc]
        alternating = self.hours(lambda x: x.work_contract.startswith("ALTERNANCE"))
        worked = {x.contract_uid for x in self.lines if x.centihours}
        return {
            "I08P": _ratio(
                self.persons(lambda x: x.residence[:2] == x.department), self.persons(lambda x: x.residence != "NC")
            ),
            "I10": len(self.running), "I11": len([c for c in self.clauses if c.notified_on < TODAY]), "I12": len(worked),
            "I13": _ratio(len([c for c in procured if "t" in (c.social, c.clause)]), len(procured)),
            "I15": sum(c.hours_committed or 0 for c in self.clauses if c.notified_on < TODAY),
            "I16": _ratio(sum(self.done(c) for c in ended), sum(c.hours_committed or 0 for c in ended), 1),
            "I16C": _ratio(
                sum(min(self.done(c), (c.hours_committed or 0) * 100) for c in ended), sum(c.hours_committed or 0 for c in ended), 1
            ),
            "I17": _ratio(_sum(self.named), everybody * 100, 1), "I18": Fraction(hours, 160_700),
            "I19": len(self.work_contracts()),
            "I19P": _ratio(len(self.work_contracts()), self.persons(lambda x: x.work_starts is not None), 1),
            "I20": len({siren for uid in worked for siren in (self.contracts[uid].holders or "").split("|") if siren}),
            "I21": len({self.contracts[uid].buyer for uid in worked}),
            "I22": _ratio(*exits), "I23": Fraction(sum(x.training or 0 for x in self.lines), 100),
            "I23A": _ratio(alternating, hours), "I24": _ratio(ett, ett + etti), "I24T": _ratio(ett, hours),
            "I25": self.anru("f"), "I25G": self.anru("t"),
            "I26": _ratio(self.hours(lambda x: self.of(x).programme in {"ANRU_NPNRU", "GPE"}), hours),
            "I27": len([c for c in self.running if c.reserved == "t"]),
            "I27H": Fraction(self.hours(lambda x: self.of(x).reserved == "t"), 100), "I28": 0,
            "I28H": Fraction(self.hours(lambda x: x.work_contract == "STAGE"), 100), "I28P": self.persons(lambda x: x.work_contract == "STAGE"),
            "I29": len(criterion), "I29P": Fraction(sum(weights), len(weights) * 100) if weights else None,
            "I31D": self.months(), "I32": self.same_scope(),
            "I33": _ratio(len({self.structure(c) for c in heard}), len({self.structure(c) for c in self.running})),
            "I33M": _ratio(len(heard), len(self.running)), "I33N": _ratio(unsaid, 9 * len(self.named)),
            "I22S": None, "I20L": None, "I30": None,
        }  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
async def test_every_figure_equals_the_oracle(replica: Columnar, seed: int) -> None:
    lines, contracts = drawn_region(seed)
    await load(replica, lines, contracts)
    for name, expected in Oracle(lines, contracts).figures().items():
        indicator = definitions.BY_ID[name]
        question = of_parameters(indicator, [("period", "2025")], TODAY)
        found = await _answer(replica, question)
        assert [cell.value for cell in found.cells] == [None if expected is None else _round(expected, indicator.decimals)], name


def _months(dice: random.Random, contract: Contract, declarant: UUID, hours: dict[str, int]) -> list[Line]:
    """A line of these centi-hours for each of the months."""
    one = small._line(dice, [declarant], [contract])
    return [
        replace(one, line_id=drawn_uuid(dice), department="93", period_start=date(int(month[:4]), int(month[5:]), 1), period_months=1, centihours=found)
        for month, found in hours.items()
    ]  # fmt: skip


async def test_progress_of_a_period_that_is_over_knows_nothing_of_later_hours(replica: Columnar) -> None:
    dice = random.Random(3)
    running = replace(
        small.drawn_region(0)[1][0], department="93", hours_committed=1_000, starts_on=date(2024, 1, 1), ends_on=date(2025, 12, 31)
    )
    lines = _months(dice, running, drawn_uuid(dice), {"2024-03": 20_000, "2024-11": 25_000, "2025-02": 40_000})
    await load(replica, lines, [running])
    days = 731
    for period, today, done, elapsed in (
        ("2024", date(2025, 12, 1), 45_000, Fraction(366, days)),
        ("2024-S1", date(2025, 12, 1), 20_000, Fraction(182, days)),
        ("2025-S1", date(2025, 12, 1), 85_000, Fraction(547, days)),
        ("2025-Q1", date(2025, 12, 1), 85_000, Fraction(456, days)),
        ("2025-01", date(2025, 12, 1), 45_000, Fraction(397, days)),
        ("2025", date(2025, 12, 1), 85_000, Fraction(700, days)),
    ):
        found = await _answer(replica, of_parameters(definitions.BY_ID["I16P"], [("period", period)], today))
        expected = round(1_000 * elapsed * 100)
        assert [cell.value for cell in found.cells] == [_round(Fraction(done * 100, expected), 2)], period


async def test_a_year_under_way_is_compared_by_its_months_that_are_over(replica: Columnar) -> None:
    dice, contract = random.Random(4), replace(small.drawn_region(0)[1][0], department="93")
    last = {f"2024-{month:02d}": 10_000 for month in range(1, 13)}
    now = {f"2025-{month:02d}": 11_000 for month in range(1, 10)}
    await load(replica, _months(dice, contract, drawn_uuid(dice), last | now), [contract])

    async def compared(period: str, today: date) -> list[Decimal | None]:
        found = await _answer(replica, of_parameters(definitions.BY_ID["I32"], [("period", period)], today))
        return [cell.value for cell in found.cells]

    assert await compared("2025", date(2025, 10, 12)) == [Decimal("10.00")]
    assert await compared("2025", date(2026, 1, 1)) == [_round(Fraction(99 - 120, 120) * 100, 2)], "a year that is over, whole"
    assert await compared("2025-Q4", date(2025, 10, 12)) == [None], "no month of it is over"


SPLIT: dict[str, str] = {"I06": "age", "I06H": "qpv", "I08": "residence_department", "I09": "prescriber", "I03": "work_contract"}


@pytest.mark.parametrize("seed", range(2))
async def test_splits_equal_the_oracle(replica: Columnar, seed: int) -> None:
    lines, contracts = drawn_region(seed)
    await load(replica, lines, contracts)
    inside = within(lines, small.YEAR)
    named, everybody = [line for line in inside if line.who], len(persons_in(inside))
    for name, by in SPLIT.items():
        question = of_parameters(definitions.BY_ID[name], [("period", "2025"), ("by", by)], TODAY)
        found = await _answer(replica, question)
        for cell in found.cells:
            part = [line for line in inside if _code(line, by) == cell.codes[0]]
            shares: dict[str, Fraction | int | None] = {
                "I06": _ratio(len(persons_in(part)), everybody),
                "I06H": _ratio(_sum([x for x in part if x.who]), _sum(named)),
            }
            counts: dict[str, Fraction | int | None] = {
                "I08": len(persons_in(part)),
                "I09": len(persons_in(part)),
                "I03": Fraction(_sum(part), 100),
            }
            known: dict[str, Fraction | int | None] = {**shares, **counts}
            expected = known[name]
            assert expected is not None
            assert cell.value == _round(expected, definitions.BY_ID[name].decimals), (name, cell)


def _code(line: Line, by: str) -> str:
    if by == "residence_department":
        return line.residence if line.residence in {"NC", "HORS"} else line.residence[:2]
    if by == "qpv":
        return {"t": "true", "f": "false", None: "NC"}[line.qpv]
    return str(getattr(line, by))


async def test_the_matrix_of_residence_and_work_adds_up_in_hours_of_one_place(replica: Columnar) -> None:
    lines, contracts = drawn_region(1)
    await load(replica, lines, contracts)
    question = of_parameters(definitions.BY_ID["I08"], [("period", "2025"), ("by", "department,residence_department")], TODAY)
    found = await _answer(replica, question)
    inside = within(lines, small.YEAR)
    for cell in found.cells:
        part = [x for x in inside if (x.department, _code(x, "residence_department")) == cell.codes]
        assert cell.value == len(persons_in(part)), cell


@pytest.mark.parametrize("indicator", definitions.ALL, ids=lambda found: found.id)
async def test_every_indicator_is_answered_by_every_dimension(replica: Columnar, indicator: definitions.Indicator) -> None:
    lines, contracts = drawn_region(5)
    await load(replica, lines, contracts)
    for name in indicator.dimensions:
        # Where the indicator has a split of its own, one code of it: a commune by fourteen modalities would be too many cells.
        own = [] if name in indicator.splits else [(split, next(iter(BY_NAME[split].codes))) for split in indicator.splits[:1]]
        question = of_parameters(indicator, [("period", "2025"), ("by", name), *own], TODAY)
        found = await _answer(replica, question)
        assert all(cell.status in {"ok", "nc"} for cell in found.cells)
        if BY_NAME[name].complete:
            assert len({cell.codes[question.by.index(name)] for cell in found.cells}) == 8
        if not BY_NAME[name].time:
            code = next(iter(BY_NAME[name].codes))
            filtered = of_parameters(indicator, [("period", "2025"), (name, code)], TODAY)
            await _answer(replica, filtered)


def test_the_first_edition_has_its_twelve() -> None:
    numbers = ["I01", "I02", "I03", "I04", "I05", "I06", "I07", "I10", "I12", "I15", "I16", "I18"]
    assert [found.id for found in definitions.FIRST_EDITION if len(found.id) == 3] == numbers
    assert {found.id[:3] for found in definitions.ALL} == {f"I{number:02d}" for number in range(1, 34)}
