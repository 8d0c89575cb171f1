"""Filings on a real PostgreSQL: whatever order they come and go in, also at once, what is announced is what counts."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime
from uuid import UUID

import pytest

from schemas.contracts import Clause
from services.ingest.parts import Declared
from services.ingest.rules.lines import LineValue
from services.ingest.sources import Declarant
from services.ingest.store import numbers
from services.ingest.store.contracts import Entry, link_buyer
from services.ingest.store.filings import Receipt
from tests.fixtures.profile import Profile
from tests.integration.ingest_house import BUYER, COMPANY, FACILITATOR, House, line_id, value
from tests.unit.ingest_model import Model, Place, Said

PERIODS = ("2026-01", "2026-02", "2026-02", "2026-05", "2026-Q1", "2026-S1")
RANKS: dict[UUID, int] = {COMPANY.id: 1, BUYER.id: 2, FACILITATOR.id: 3}


async def _contract_of_all(here: House) -> UUID:
    """A contract for which the three sources may declare: its company holds it, the facilitator has the territory."""
    uid = await here.contract()
    await here.pool.execute("update contracts set holder_sirets = $1 where uid = $2", [COMPANY.siret], uid)
    return uid


async def test_lines_are_numbered_once_each_and_the_first_three_carry_the_sampled_flag(here: House) -> None:
    contract = await here.contract()
    receipt = await here.file([value(contract, f"w{i}", line=i) for i in range(1, 6)])
    messages = await here.announced()
    assert sorted(m["line_no"] for m in messages) == [1, 2, 3, 4, 5]
    assert {(m["declaration_id"], m["declaration_revision"], m["lines_in_revision"]) for m in messages} == {(receipt.number, 1, 5)}
    assert [m["traceparent"][-2:] for m in messages] == ["01", "01", "01", "00", "00"]
    assert {m["traceparent"][3:35] for m in messages} == {receipt.trace_id}
    (header,) = await here.announced("declarations")
    assert (header["type"], header["lines_announced"], header["traceparent"][-2:]) == ("DeclarationReceived", 5, "01")
    assert header["departments"] == [{"department": "93", "lines": 5, "centihours": 3750}]


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
async def test_withdrawn_in_any_order_the_newest_that_is_left_counts(here: House, order: tuple[int, ...]) -> None:
    contract = await here.contract()
    receipts = [await here.file([value(contract, "w", hours)]) for hours in (700, 800, 900)]
    assert [r.replaced for r in receipts] == [0, 1, 1]
    left = {0: 700, 1: 800, 2: 900}
    for position in order:
        await here.withdraw(receipts[position].number, 1)
        del left[position]
        assert await here.held() == ({line_id("w"): left[max(left)]} if left else {})


async def test_a_line_left_out_of_a_correction_falls_back_and_a_corrected_filing_is_the_newest(here: House) -> None:
    contract = await here.contract()
    first = await here.file([value(contract, "a", 100), value(contract, "b", 200)])
    second = await here.file([value(contract, "a", 110), value(contract, "b", 210)])
    await here.correct(second.number, 1, [value(contract, "a", 120)])
    assert await here.held() == {line_id("a"): 120, line_id("b"): 200}
    corrected = await here.correct(first.number, 1, [value(contract, "a", 130), value(contract, "c", 5)])
    assert (corrected.revision, corrected.replaced) == (2, 1)
    assert await here.held() == {line_id("a"): 130, line_id("c"): 5}


async def test_a_correction_says_again_only_what_it_changes(here: House) -> None:
    """Line « a » was declared again by a later filing, « b » was ended by one: correcting « c » of the first moves neither."""
    contract = await here.contract()
    first = await here.file([value(contract, "a", 100), value(contract, "b", 200, line=2), value(contract, "c", 300, line=3)])
    await here.file([value(contract, "a", 120)], ended=[line_id("b")])
    await here.correct(first.number, 1, [value(contract, "c", 310), value(contract, "a", 100, line=2), value(contract, "b", 200, line=3)])
    assert await here.held() == {line_id("a"): 120, line_id("c"): 310}
    await here.correct(first.number, 2, [value(contract, "c", 310), value(contract, "a", 90, line=2)])
    assert await here.held() == {line_id("a"): 90, line_id("c"): 310}


async def test_a_revision_that_moves_nothing_is_counted_at_once(here: House) -> None:
    contract = await here.contract()
    covered = await here.file([value(contract, "a", 100)])
    await here.file([value(contract, "a", 110)])
    withdrawn = await here.withdraw(covered.number, 1)
    assert withdrawn.announced == 0
    steps = await here.pool.fetch("select step from filing_steps where number = $1 and revision = 2 order by step", covered.number)
    assert [row["step"] for row in steps] == ["counted", "received"]


async def test_the_better_source_counts_and_the_other_comes_back_when_it_is_withdrawn(here: House) -> None:
    contract = await _contract_of_all(here)
    await here.file([value(contract, "company", 100)], COMPANY)
    assert await here.held() == {line_id("company"): 100}
    await here.file([value(contract, "buyer", 200)], BUYER)
    better = await here.file([value(contract, "facilitator", 300)], FACILITATOR)
    assert await here.held() == {line_id("facilitator"): 300}
    assert (await here.file([value(contract, "late", 50)], COMPANY)).announced == 0
    await here.withdraw(better.number, 1, FACILITATOR)
    assert await here.held() == {line_id("buyer"): 200}
    assert (await here.announced())[-1]["declarant_id"] == str(BUYER.id)


async def test_a_quarter_and_a_month_in_it_are_told_twice_and_the_better_source_counts(here: House) -> None:
    contract = await _contract_of_all(here)
    await here.file([value(contract, "january", 100, month="2026-01"), value(contract, "june", 1, month="2026-06")], COMPANY)
    quarter = await here.file([value(contract, "quarter", 1000, month="2026-Q1")], BUYER)
    assert await here.held() == {line_id("quarter"): 1000, line_id("june"): 1}
    march = await here.file([value(contract, "march", 300, month="2026-03")], FACILITATOR)
    assert await here.held() == {line_id("january"): 100, line_id("march"): 300, line_id("june"): 1}, (
        "January is in no better source's hours"
    )
    assert (await here.file([value(contract, "february", 50, month="2026-02")], COMPANY)).announced == 1
    whole = await here.file([value(contract, "again", 900, month="2026-Q1")], FACILITATOR)
    assert await here.held() == {line_id("again"): 900, line_id("march"): 300, line_id("june"): 1}, "one source may say part by month"
    await here.withdraw(whole.number, 1, FACILITATOR)
    await here.withdraw(march.number, 1, FACILITATOR)
    assert await here.held() == {line_id("quarter"): 1000, line_id("june"): 1}
    await here.withdraw(quarter.number, 1, BUYER)
    assert await here.held() == {line_id("january"): 100, line_id("february"): 50, line_id("june"): 1}


async def test_first_filings_of_a_month_and_of_its_quarter_at_once_count_one_of_them(here: House) -> None:
    contract = await _contract_of_all(here)
    filings = [
        here.file([value(contract, f"{year}/{who.siret}", 100, month=f"{year}{part}")], who)
        for year in range(2015, 2027)
        for who, part in ((COMPANY, "-02"), (BUYER, "-Q1"), (FACILITATOR, ""))
    ]
    await asyncio.gather(*filings)
    assert await here.held() == {line_id(f"{year}/{FACILITATOR.siret}"): 100 for year in range(2015, 2027)}


async def test_lines_follow_their_contract_to_another_department(here: House) -> None:
    contract = await here.contract(department="93")
    await here.file([value(contract, "a", 100), value(contract, "elsewhere", 10, department="75")])
    await here.file([value(contract, "a", 120)])
    await here.contract(department="92")
    moved = (await here.announced())[-1]
    assert (moved["type"], moved["department"], moved["revision"], moved["declaration_id"]) == ("HoursCorrected", "92", 3, None)
    assert await here.held() == {line_id("a"): 120, line_id("elsewhere"): 10}
    newest = await here.pool.fetchval("select number from filings order by number desc limit 1")
    await here.withdraw(newest, 1)
    assert (await here.announced())[-1]["department"] == "92", "what it falls back to has moved too"


async def test_an_import_never_overwrites_a_declared_field(here: House) -> None:
    from schemas.contracts import Procurement
    from services.ingest.parts import Imported

    declared = Declared(number="2026-7", object="Écoles", department="93", clause=Clause(revision=0, hours_committed=900))
    first = await here.record(Entry(str(BUYER.siret), declared, in_region=True))
    part = Imported(
        number="2026-7", object="Travaux", department="92", procurement=Procurement(revision=0, decp_id="2026-7", amount="1000.00")
    )
    imported = await here.record(Entry(str(BUYER.siret), part, in_region=True))
    assert (imported.outcome, imported.contract.uid) == ("changed", first.contract.uid)
    assert (imported.contract.says("object"), imported.contract.says("department")) == ("Écoles", "93")
    message = (await here.announced("contracts"))[-1]
    assert (message["revision"], message["procurement"]["revision"], message["clause"]["hours_committed"]) == (2, 1, 900)
    assert (await here.record(Entry(str(BUYER.siret), part, in_region=True))).outcome == "same"


async def test_numbers_of_filings_at_once_are_all_different_and_a_new_year_begins_at_one(here: House) -> None:
    contract = await here.contract()
    receipts = await asyncio.gather(*(here.file([value(contract, f"w{i}")]) for i in range(30)))
    assert len({r.number for r in receipts}) == 30
    here.clock.now = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)  # half past midnight in Paris
    opened = await asyncio.gather(*(here.file([value(contract, f"n{i}")]) for i in range(8)))
    assert len({r.number for r in opened}) == 8
    assert all(r.number.startswith("D-2027-") for r in opened)
    assert min(int(r.number[-6:]) for r in opened) <= 8
    async with here.pool.acquire() as connection:
        await connection.execute("update filing_years set base = base - 1000000")
        with pytest.raises(OverflowError):
            await numbers.draw(connection, here.clock())


async def test_any_sequence_one_after_the_other_announces_what_the_model_says(here: House, seed: int, profile: Profile) -> None:
    steps = profile.pick("filings, corrections and withdrawals one by one", short=30, long=300)
    await _any_sequence(here, random.Random(seed), steps=steps, at_once=1)


async def test_any_sequence_several_at_once_ends_where_the_model_ends(here: House, seed: int, profile: Profile) -> None:
    rounds = profile.pick("rounds of six filings at once", short=8, long=80)
    await _any_sequence(here, random.Random(seed + 1), steps=rounds, at_once=6)


async def _any_sequence(here: House, draw: random.Random, *, steps: int, at_once: int) -> None:
    """Filings, corrections and withdrawals of three sources over few lines, so that they meet; some lines change their period."""
    contract = await _contract_of_all(here)
    standing: dict[str, tuple[int, Declarant]] = {}

    async def one(step: int) -> None:
        mine = draw.choice(list(standing)) if standing and draw.random() < 0.55 else None
        number, (revision, declarant) = mine, standing.pop(mine) if mine else (0, draw.choice([BUYER, BUYER, COMPANY, FACILITATOR]))
        if number and draw.random() < 0.5:
            await here.withdraw(number, revision, declarant)
            return
        lines = _some_lines(draw, contract, declarant)
        ended = _some_endings(draw, declarant, lines) if not number and draw.random() < 0.4 else []
        receipt = await (here.correct(number, revision, lines, declarant) if number else here.file(lines, declarant, ended))
        standing[receipt.number] = receipt.revision, declarant

    for step in range(steps):
        await asyncio.gather(*(one(step) for _ in range(at_once)))
        if at_once == 1 or step == steps - 1:
            assert await here.held() == await _counted(here)


def _some_lines(draw: random.Random, contract: UUID, declarant: Declarant) -> list[LineValue]:
    workers = draw.sample([f"{declarant.id}/{i}" for i in range(6)], draw.randint(1, 4))
    return [
        value(contract, worker, draw.choice([100, 200, draw.randint(1, 20_000)]), month=draw.choice(PERIODS), line=i)
        for i, worker in enumerate(workers, 1)
    ]


def _some_endings(draw: random.Random, declarant: Declarant, said: list[LineValue]) -> list[UUID]:
    """Lines of the declarant that a filing ends: some of those that it does not say, whether anybody declared them or not."""
    all_lines = {line_id(f"{declarant.id}/{i}") for i in range(6)} - {one.line_id for one in said}
    return draw.sample(sorted(all_lines), draw.randint(0, len(all_lines)))


async def _counted(here: House) -> dict[UUID, int]:
    """The model, fed with what was accepted in the order in which it was: the database's values, none of its conclusions."""
    model = Model()
    revisions = await here.pool.fetch("select number, revision, kind from filing_revisions order by accepted")
    for row in revisions:
        if row["kind"] == "withdrawn":
            model.withdraw(row["number"])
            continue
        values = await here.pool.fetch(
            "select line_id, period_start, period_months, rank, centihours from line_values where number = $1 and filing_revision = $2",
            row["number"],
            row["revision"],
        )
        ended = await here.pool.fetch("select line_id from line_endings where number = $1 and filing_revision = 1", row["number"])
        model.file(
            row["number"],
            {str(v["line_id"]): Said(Place(0, v["period_start"].month, v["period_months"]), v["rank"], v["centihours"]) for v in values},
            [str(e["line_id"]) for e in ended] if row["revision"] == 1 else (),
        )
    return {UUID(line): hours for line, hours in model.counted().items()}


async def test_filings_on_the_same_lines_at_once_do_not_deadlock_and_the_last_accepted_counts(here: House) -> None:
    contract = await here.contract()
    workers = [f"w{i}" for i in range(40)]

    async def one(i: int) -> Receipt:
        mixed = random.Random(i).sample(workers, len(workers))
        return await here.file([value(contract, worker, 100 + i) for worker in mixed])

    await asyncio.gather(*(one(i) for i in range(12)))
    assert await here.held() == await _counted(here)
    assert len(set((await here.held()).values())) == 1


async def test_contracts_say_who_their_buyer_is_once_the_directory_does(here: House) -> None:
    uid = await here.contract()
    async with here.pool.acquire() as connection, connection.transaction():
        for _ in range(2):
            await link_buyer(connection, str(BUYER.siret), BUYER.id, here.clock())
    messages = [m for m in await here.announced("contracts") if m["contract_uid"] == str(uid)]
    assert [(m["revision"], m["buyer_id"]) for m in messages] == [(1, None), (2, str(BUYER.id))]
