"""A release built from facts: what it prints is right, what it hides stays hidden in every table that says the same thing."""

from __future__ import annotations

import json
import random
import zlib
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import product
from pathlib import Path
from uuid import UUID

import pytest

from schemas.vocabulary.places import DEPARTMENTS
from schemas.vocabulary.publics import SENSITIVE
from services.indicators.attack.files import read
from services.indicators.attack.verdict import attack
from services.indicators.catalogue.answers import answer
from services.indicators.catalogue.definitions import BY_ID
from services.indicators.catalogue.questions import of_parameters
from services.indicators.catalogue.territories import departments_of_territory, territory_of
from services.indicators.release import export, store
from services.indicators.release.build import Measurement, Release, build, measure
from services.indicators.release.memory import Remembered, pack, unpack
from services.indicators.release.printed import Cell
from services.indicators.release.publish import told
from services.indicators.release.tables import CROSSED, Key, as_printed, without
from services.indicators.replica import columns
from services.indicators.replica.columnar import Columnar, Incoming
from services.indicators.replica.spool import Spool

TODAY = date(2026, 11, 22)
pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("release")]


@pytest.fixture
async def replica() -> AsyncIterator[Columnar]:
    made = Columnar()
    yield made
    made.close()


def _lines(seed: int, count: int = 500) -> list[dict[str, object]]:
    dice = random.Random(seed)
    publics = ["BRSA"] * 10 + ["DELD"] * 6 + ["JEUNE_26"] * 4 + ["AAH", "REFUGIE", "FLE"]
    found = []
    for _ in range(count):
        person = f"P{min(int(dice.expovariate(1 / 30)), 200)}"
        said = random.Random(f"{seed}{person}")  # what is said of a person does not change
        lives = random.Random(f"lives {seed}{person}").choice(["93048", "93048", "75104", "94028", "HORS", "NC"])
        months = dice.choice([1, 1, 1, 1, 3])
        found.append({
            **dict.fromkeys(columns.FACTS), "line_id": UUID(int=dice.getrandbits(128)), "live": "t", "contract_uid": UUID(int=1),
            "declarant_id": UUID(int=2), "employer": f"E{min(int(dice.expovariate(0.3)), 9)}",
            "period_start": date(dice.choice([2025, 2025, 2026]), dice.randrange(1, 13, months), 1), "period_months": months,
            "centihours": dice.randint(1, 15_000),
            "modality": dice.choice(["EI", "ETTI", "ETT"]), "work_contract": "NC", "sex": said.choice(["F", "M", "M", "M"]),
            "public": said.choice(publics), "education": "NC", "unemployment": "NC", "prescriber": "NC", "who": person, "joinable": "t",
            "residence": lives, "residence_department": lives[:2] if lives[0].isdigit() else lives,
            **_site(said.choices(["75", "93", "94", "77"], [5, 9, 3, 0.3])[0], dice),
        })  # fmt: skip
    return found


def _site(department: str, dice: random.Random) -> dict[str, str]:
    """Where the work is done: two territories share the 93, and of some lines nobody said the commune."""
    communes = {"93": ["93048", "93066", "93066", "NC"], "94": ["94028", "NC"]}
    commune = dice.choice(communes.get(department, ["NC"]))
    return {"department": department, "commune": commune, "ept": territory_of().get(commune, "NC")}


_BUILT: dict[str, Release] = {}
"""Made once for the same lines: a release takes seconds."""


async def _load(
    replica: Columnar, lines: list[dict[str, object]], contracts: Sequence[dict[str, object]] = (), values: Sequence[tuple[str, ...]] = ()
) -> None:
    def written(row: dict[str, object], kinds: dict[str, str]) -> bytes:
        return (",".join("" if row[name] is None else str(row[name]) for name in kinds) + "\n").encode()

    with Spool() as facts, Spool() as beside, Spool() as parameters:
        for line in lines:
            await facts.write(written(line, columns.FACTS))
        for contract in contracts:
            await beside.write(written(contract, columns.CONTRACTS))
        for name, day, value in values:
            await parameters.write(f"{name},t,{day},{value},essai\n".encode())
        await replica.replace(
            {}, facts=Incoming(facts, whole=True), contracts=Incoming(beside, whole=True), parameters=Incoming(parameters, whole=True)
        )


async def _built(replica: Columnar, lines: list[dict[str, object]]) -> Release:
    if (name := repr(lines)) not in _BUILT:
        await _load(replica, lines)
        measured, _ = await replica.ask(lambda connection: measure(connection, TODAY, [], {}))
        _BUILT[name] = build(measured, TODAY)
    return _BUILT[name]


def _of(release: Release, indicator: str) -> dict[Key, Cell]:
    return {(cell.period, cell.codes): cell for cell in release.cells if cell.indicator == indicator}


def _in(line: dict[str, object], period: str) -> bool:
    start, months = line["period_start"], line["period_months"]
    assert isinstance(start, date)
    assert isinstance(months, int)
    if not period.startswith(str(start.year)) or (start.year == 2026 and start.month + months - 1 > 9):
        return False
    if "-S" in period:
        return (start.month + 5) // 6 == int(period[-1])
    return "-" not in period or (months <= 3 and (start.month + 2) // 3 == int(period[-1]))


@pytest.mark.parametrize("seed", range(1))
async def test_what_is_printed_is_right_and_small_cells_are_not_printed(replica: Columnar, seed: int) -> None:
    lines = _lines(seed)
    release = await _built(replica, lines)
    hours, persons = _of(release, "I01"), _of(release, "I05")
    assert release.figures_until == date(2026, 10, 1)
    assert set(release.periods) == {
        "2025",
        "2026",
        "2025-S1",
        "2025-S2",
        "2026-S1",
        *(f"2025-Q{n}" for n in range(1, 5)),
        *(f"2026-Q{n}" for n in range(1, 4)),
    }
    inside = {period: [line for line in lines if _in(line, period)] for period in release.periods}
    for key, cell in hours.items():
        here = [line for line in inside[key[0]] if all(line.get(name, "NC") == code for name, code in key[1])]
        by_employer: dict[object, int] = defaultdict(int)
        for line in here:
            by_employer[line["employer"]] += int(str(line["centihours"]))
        total, people = sum(by_employer.values()), len({line["who"] for line in here})
        sensitive = any(code in SENSITIVE for _, code in key[1])
        if total and (people < (11 if sensitive else 5) or len(by_employer) < 3 or max(by_employer.values()) > 0.85 * total):
            assert cell.status == "secret", key
        if cell.status == "ok":
            assert cell.value == Decimal(total) / 100, key
        if key in persons and persons[key].status == "ok":
            assert persons[key].value == people, key
            assert people == 0 or people >= (11 if sensitive else 5), key


@pytest.mark.parametrize("seed", range(1))
async def test_the_attacker_computes_no_hidden_figure_from_the_files(replica: Columnar, seed: int, tmp_path: Path) -> None:
    release = await _built(replica, _lines(seed))
    export.write(tmp_path, [told("2026-1", release, store.rows_of(release.cells, {}))], export.knowledge("2026-1", release))
    verdict = attack(read(tmp_path))
    assert verdict.attacked > 200
    assert verdict.findings == []


async def _with_ended_contracts(replica: Columnar, *, primary_only: bool = False) -> Release:
    """Thirty contracts of three departments that end in 2025 or 2026, some with many employers, some with one."""
    if (name := f"ended contracts, {primary_only}") not in _BUILT:
        _BUILT[name] = build(await _ended_contracts(replica), TODAY, primary_only=primary_only)
    return _BUILT[name]


async def _ended_contracts(replica: Columnar) -> list[Measurement]:
    dice, lines = random.Random(3), _lines(3)
    department = {number: dice.choices(["75", "93", "94"], [5, 9, 1])[0] for number in range(1, 31)}
    alone = {number: dice.random() < 0.3 for number in department}
    ends = {number: date(dice.choice([2025, 2026]), dice.randint(1, 9), 15) for number in department}
    contracts = [
        _contract(number, department=department[number], starts_on=date(2024, 5, 1), notified_on=date(2024, 3, 1), ends_on=ends[number],
            hours_committed=dice.randint(300, 2000)) for number in department
    ]  # fmt: skip
    for line in lines:
        number = dice.choice(list(department))
        line |= {"contract_uid": UUID(int=number), **({"employer": "E1"} if alone[number] else {})}
    await _load(replica, lines, contracts)
    measured, _ = await replica.ask(lambda connection: measure(connection, TODAY, [], {}))
    return measured


async def test_hours_behind_a_rate_of_completion_are_attacked_too(replica: Columnar, tmp_path: Path) -> None:
    """Contracts are public records: a printed rate is so many hours, and the hidden ones of a region are what the printed ones leave."""
    for name, alone in (("alone", True), ("whole", False)):
        release = await _with_ended_contracts(replica, primary_only=alone)
        assert any(cell.status == "secret" for cell in _of(release, "I16").values())
        folder = tmp_path / name
        folder.mkdir()
        export.write(folder, [told("2026-1", release, store.rows_of(release.cells, {}))], export.knowledge("2026-1", release))
        published = read(folder)
        found = [one for one in attack(published).findings if one.measure == "done"]
        assert bool(found) is alone, found
        if alone:
            truths = {f"{period} department={codes[0][1]}" if codes else period: value for (_, indicator, (period, codes)), value in
                published.truths.items() if indicator == "I16"}  # fmt: skip
            assert all(one.least - 1 <= truths[one.place] <= one.greatest + 1 for one in found)
        where = frozenset(key for key, cell in _of(release, "I01").items() if cell.status == "secret" and key[1] == (("department", "77"),))
        assert where, "hours of a department without any contract are hidden"
        assert {_of(release, "I16")[key].status for key in where} == {"nc"}, "no contract ended there: there is no rate to hide"


async def test_what_a_rate_was_divided_by_is_remembered_with_its_release(replica: Columnar) -> None:
    """A commitment corrected since would make the old rate and the new one contradict each other."""
    release = await _with_ended_contracts(replica)
    for (year, measure_), past in release.memory.items():
        again = unpack("2026-1", release.figures_until, year, pack(past))
        assert again.committed == {key: hours for key, hours in past.committed.items() if hours}
        assert bool(again.committed) is (measure_ == "done")


async def test_persons_are_not_computed_by_adding_those_who_live_apart(replica: Columnar) -> None:
    """By hand: of every sum that lacks one part, what the others leave is not what is true."""
    release = await _built(replica, _lines(0))
    persons, checked = _of(release, "I05"), 0
    true = {(as_printed(period), codes): value for (_, measure_), past in release.memory.items() if measure_ == "persons"
        for (period, codes), value in past.values.items()}  # fmt: skip
    parts_of: dict[tuple[str, Key], list[Key]] = defaultdict(list)
    for name, key in product(CROSSED, persons):
        bare = key[0], without(key[1], name)
        if bare != key and bare in persons:
            parts_of[name, bare].append(key)
    for (_, total), parts in parts_of.items():
        whole, hidden = persons[total].value, [key for key in parts if persons[key].value is None]
        if whole is not None and len(hidden) == 1:
            left = whole - sum(persons[key].value or 0 for key in parts)
            assert left != true[hidden[0]], f"{hidden[0]} is {left}, if nobody is counted twice"
        checked += bool(hidden)
    assert checked > 20


async def test_a_year_printed_when_only_the_sexes_parted_persons_goes_on_so(replica: Columnar) -> None:
    """What its tables give away is public: a release that could not be protected from it would be the last one."""
    first = await _built(replica, _lines(0))
    await _load(replica, _lines(0))
    measured, _ = await replica.ask(lambda connection: measure(connection, TODAY, [], {}))
    assert all(past.apart and past.somebody for past in first.memory.values())
    said = json.loads(zlib.decompress(pack(first.memory["2025", "persons"])))
    del said["apart"], said["somebody"]
    older = unpack("2026-1", first.figures_until, "2025", zlib.compress(json.dumps(said).encode()))
    assert not older.apart
    assert not older.somebody
    again = build(measured, TODAY, [Remembered("2026-1", {**first.memory, ("2025", "persons"): older})])
    assert not again.memory["2025", "persons"].apart
    assert not again.memory["2025", "persons"].somebody
    assert again.memory["2026", "persons"].apart
    assert again.memory["2026", "persons"].somebody


async def test_one_employer_alone_hides_everything(replica: Columnar) -> None:
    lines = [{**line, "employer": "E1"} for line in _lines(0, 300)]
    release = await _built(replica, lines)
    hours = _of(release, "I01").values()
    assert all(cell.status == "secret" or not cell.value for cell in hours)
    assert any("2025" in reason for reason in release.not_ready)


@pytest.mark.parametrize("seed", range(1))
async def test_what_says_the_same_is_hidden_together(replica: Columnar, seed: int) -> None:
    release = await _built(replica, _lines(seed))
    hours, persons = _of(release, "I01"), _of(release, "I05")
    for indicator in ("I02", "I18"):
        for key, cell in _of(release, indicator).items():
            assert (cell.status == "secret") is (hours[key].status == "secret"), (indicator, key)
    for key, cell in _of(release, "I18").items():
        if cell.value is not None:
            assert cell.value == (Decimal(str(hours[key].value)) / 1607).quantize(Decimal("0.01"), ROUND_HALF_UP)
    for key, cell in _of(release, "I06").items():
        whole = key[0], tuple(code for code in key[1] if code[0] != "sex")
        assert cell.status == "nc" or (cell.status == "secret") is ("secret" in {persons[key].status, persons[whole].status}), key
    for key, cell in _of(release, "I07").items():
        with_women = (key[0], (*key[1], ("sex", "F")))
        if persons[key].status == "secret" or (with_women in persons and persons[with_women].status == "secret"):
            assert cell.status == "secret", key


async def test_large_totals_stay_visible_and_nobody_there_is_no_secret(replica: Columnar) -> None:
    release = await _built(replica, _lines(0))
    hours = _of(release, "I01")
    assert hours["2025", ()].status == "ok"
    assert hours["2025", (("department", "93"),)].status == "ok"
    assert hours["2025", (("department", "78"),)].value == 0
    assert hours["2025", (("department", "78"), ("public", "AAH"))].status == "ok", "nobody worked there at all"
    assert hours["2025", (("department", "93"), ("public", "ASE"))].status == "secret", "that nobody has a sensitive criterion is a secret"


async def test_a_territory_is_printed_and_hangs_together_with_its_department(replica: Columnar) -> None:
    release = await _built(replica, _lines(0))
    hours = _of(release, "I01")
    own = territory_of()["93066"]
    assert hours["2025", (("ept", own),)].status == "ok"
    assert _of(release, "I05")["2025", (("ept", own),)].status == "ok"
    crossed = {codes for period, codes in hours if period == "2025" and {name for name, _ in codes} == {"department", "ept"}}
    places = {(dict(codes)["department"], dict(codes)["ept"]) for codes in crossed}
    around = departments_of_territory()
    assert places == {(code, siren) for siren in around for code in around[siren]} | {(code, "NC") for code in DEPARTMENTS}
    of_93 = [hours["2025", codes] for codes in crossed if ("department", "93") in codes]
    if all(cell.value is not None for cell in of_93):
        assert sum(cell.value or 0 for cell in of_93) == hours["2025", (("department", "93"),)].value


def _contract(number: int, **said: object) -> dict[str, object]:
    days = {"starts_on": date(2025, 5, 1), "notified_on": date(2025, 2, 10), "ends_on": date(2026, 3, 31)}
    unsaid = dict.fromkeys(
        ("mechanism", "programme", "sector", "commune", "contract_kind", "contract_duration", "framework", "buyer_kind"), "NC"
    )
    flags = dict.fromkeys(("procured", "social", "reserved", "internship", "criterion", "management"), "f")
    return {
        **dict.fromkeys(columns.CONTRACTS), **unsaid, **flags, **days, "contract_uid": UUID(int=number), "live": "t", "department": "93",
        "hours_committed": 40_000, "clause": "t", **said,
    }  # fmt: skip


async def test_contracts_are_counted_as_the_catalogue_counts_them(replica: Columnar) -> None:
    """Without a clause none is; one that is notified runs from its first day only; the divisor is that of the period."""
    contracts = [
        _contract(1), _contract(2, department="75", ends_on=date(2025, 11, 30)), _contract(3, clause="f", procured="t"),
        _contract(4, starts_on=date(2026, 4, 1), notified_on=date(2025, 12, 1)),
    ]  # fmt: skip
    await _load(replica, _lines(2), contracts, [("full_time_hours", "2026-01-01", "1600")])

    async def asked(name: str, period: str, department: str | None) -> Decimal | None:
        more = [("department", department)] if department else []
        question = of_parameters(BY_ID[name], [("period", period), *more], date(2026, 10, 1))
        return (await replica.ask(lambda connection: answer(connection, question)))[0].cells[0].value

    measured, _ = await replica.ask(lambda connection: measure(connection, TODAY, [], {}))
    release = build(measured, TODAY)
    shown = 0
    for name in ("I10", "I12", "I15", "I16", "I18"):
        for (period, codes), cell in _of(release, name).items():
            if cell.status == "secret" or any(axis != "department" for axis, _ in codes):
                continue
            expected = await asked(name, period, codes[0][1] if codes else None)
            # The working face knows all of 2026, the release what is over of it.
            if name != "I18" or period != "2026":
                assert cell.value == expected, (name, period, codes)
            shown += cell.value is not None
    assert shown > 100
    assert _of(release, "I10")["2025", ()].value == 2
    hours = _of(release, "I01")["2026-Q1", ()].value or Decimal(0)
    assert _of(release, "I18")["2026-Q1", ()].value == (hours / 1600).quantize(Decimal("0.01"), ROUND_HALF_UP)


async def test_a_release_of_nothing_is_empty(replica: Columnar) -> None:
    release = await _built(replica, [])
    assert release.cells == ()
    assert release.periods == ()
