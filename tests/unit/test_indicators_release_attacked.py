# ruff: noqa: F811  fixtures are taken by their name
"""What can be computed from the files of a release, by our own attacker and by hand: nothing that is hidden."""

from __future__ import annotations

import json
import random
import zlib
from collections import defaultdict
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from uuid import UUID

import pytest

from services.indicators.attack.files import read
from services.indicators.attack.verdict import attack
from services.indicators.release import export, store
from services.indicators.release.build import Measurement, Release, build, measure
from services.indicators.release.memory import Remembered, pack, unpack
from services.indicators.release.publish import told
from services.indicators.release.tables import CROSSED, Key, as_printed, without
from services.indicators.replica.columnar import Columnar
from tests.unit.built_release import BUILT, TODAY, built, contract, lines_of, load, of, replica  # noqa: F401  fixtures

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("release")]


@pytest.mark.parametrize("seed", range(1))
async def test_the_attacker_computes_no_hidden_figure_from_the_files(replica: Columnar, seed: int, tmp_path: Path) -> None:
    release = await built(replica, lines_of(seed))
    export.write(tmp_path, [told("2026-1", release, store.rows_of(release.cells, {}))], export.knowledge("2026-1", release))
    verdict = attack(read(tmp_path))
    assert verdict.attacked > 200
    assert verdict.findings == []


@pytest.mark.parametrize("count", [1, 6, pytest.param(40, marks=pytest.mark.long)])
async def test_the_first_lines_of_a_young_platform_are_published_and_protected(replica: Columnar, count: int, tmp_path: Path) -> None:
    """A quarter without men has no man of a sensitive criterion, which needs no secret; whoever is said to be of two sexes, once this, once that,
    is more women and men than persons. Of both the solver found no way to hide them, and nothing could be published."""
    lines = lines_of(7, count)
    for line in lines[::2]:
        line["sex"] = "M" if line["sex"] == "F" else "F"
    release = await built(replica, lines)
    export.write(tmp_path, [told("2026-1", release, store.rows_of(release.cells, {}))], export.knowledge("2026-1", release))
    verdict = attack(read(tmp_path))
    assert verdict.attacked > 0
    assert verdict.findings == []


async def _with_ended_contracts(replica: Columnar, *, primary_only: bool = False) -> Release:
    """Thirty contracts of three departments that end in 2025 or 2026, some with many employers, some with one."""
    if (name := f"ended contracts, {primary_only}") not in BUILT:
        BUILT[name] = build(await _ended_contracts(replica), TODAY, primary_only=primary_only)
    return BUILT[name]


async def _ended_contracts(replica: Columnar) -> list[Measurement]:
    await load(replica, *_lines_of_ended_contracts())
    measured, _ = await replica.ask(lambda connection: measure(connection, TODAY, [], {}))
    return measured


def _lines_of_ended_contracts() -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    dice, lines = random.Random(3), lines_of(3)
    department = {number: dice.choices(["75", "93", "94"], [5, 9, 1])[0] for number in range(1, 31)}
    alone = {number: dice.random() < 0.3 for number in department}
    ends = {number: date(dice.choice([2025, 2026]), dice.randint(1, 9), 15) for number in department}
    contracts = [
        contract(number, department=department[number], starts_on=date(2024, 5, 1), notified_on=date(2024, 3, 1), ends_on=ends[number],
            hours_committed=dice.randint(300, 2000)) for number in department
    ]  # fmt: skip
    for line in lines:
        number = dice.choice(list(department))
        line |= {"contract_uid": UUID(int=number), **({"employer": "E1"} if alone[number] else {})}
    return lines, contracts


async def test_hours_behind_a_rate_of_completion_are_attacked_too(replica: Columnar, tmp_path: Path) -> None:
    """Contracts are public records: a printed rate is so many hours, and the hidden ones of a region are what the printed ones leave."""
    for name, alone in (("alone", True), ("whole", False)):
        release = await _with_ended_contracts(replica, primary_only=alone)
        assert any(cell.status == "secret" for cell in of(release, "I16").values())
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
        where = frozenset(key for key, cell in of(release, "I01").items() if cell.status == "secret" and key[1] == (("department", "77"),))
        assert where, "hours of a department without any contract are hidden"
        assert {of(release, "I16")[key].status for key in where} == {"nc"}, "no contract ended there: there is no rate to hide"


async def test_what_a_rate_was_divided_by_is_remembered_with_its_release(replica: Columnar) -> None:
    """A commitment corrected since would make the old rate and the new one contradict each other."""
    release = await _with_ended_contracts(replica)
    for (year, measure_), past in release.memory.items():
        again = unpack("2026-1", release.figures_until, year, pack(past))
        assert again.committed == {key: hours for key, hours in past.committed.items() if hours}
        assert bool(again.committed) is (measure_ == "done")


async def test_persons_are_not_computed_by_adding_those_who_live_apart(replica: Columnar) -> None:
    """By hand: of every sum that lacks one part, what the others leave is not what is true."""
    release = await built(replica, lines_of(0))
    persons, checked = of(release, "I05"), 0
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
    first = await built(replica, lines_of(0))
    await load(replica, lines_of(0))
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


@pytest.mark.parametrize("few", [True, False])
async def test_hours_done_of_ended_contracts_are_brought_up_to_date_when_many_change_them(replica: Columnar, *, few: bool) -> None:
    """Nobody traced who changed them, so that they stayed as they were printed first, for ever."""
    first = await _with_ended_contracts(replica)
    place = ("2026-S1", ())
    assert of(first, "I16")[place].status == "ok"
    lines, contracts = _lines_of_ended_contracts()
    for line in lines[:3] if few else lines:
        line["centihours"] = int(str(line["centihours"])) + 1_000
    await load(replica, lines, contracts)
    past = [Remembered("2026-1", {name: replace(one, release="2026-1") for name, one in first.memory.items()})]
    atoms = {("2026-1", year): packed for year, packed in first.atoms.items()}
    measured, _ = await replica.ask(lambda connection: measure(connection, TODAY, past, atoms))
    found = of(build(measured, TODAY, past), "I16")[place]
    assert found.since == ("2026-1" if few else None)
    assert few or found.value != of(first, "I16")[place].value


@pytest.mark.parametrize("count", [220, pytest.param(1500, marks=pytest.mark.long)])
async def test_what_one_declarant_corrects_does_not_stop_a_year(replica: Columnar, count: int, tmp_path: Path) -> None:
    """A correction cannot be kept from whoever made it. That was tried, no pattern did it, and every figure of the year was said again."""
    dice, lines = random.Random("0"), lines_of(0, count)
    for line in lines:
        line["declarant_id"] = UUID(int=dice.choice([2, 3, 4]))
    first = await built(replica, lines)
    ids = {line["line_id"] for line in dice.sample([line for line in lines if line["declarant_id"] == UUID(int=2)], count // 44)}
    corrected = [{**line, "centihours": int(str(line["centihours"])) + 5_000} if line["line_id"] in ids else line for line in lines]
    await load(replica, corrected)
    past = [Remembered("2026-1", {name: replace(one, release="2026-1") for name, one in first.memory.items()})]
    atoms = {("2026-1", year): packed for year, packed in first.atoms.items()}
    measured, _ = await replica.ask(lambda connection: measure(connection, TODAY, past, atoms))
    assert any(one.few["hours"] for one in measured)
    second = build(measured, TODAY, past)
    assert second.repeated == []
    before = store.rows_of(first.cells, {})
    shown: store.Shown = {("2026-1", row[0], row[1], row[2], row[3], row[4]): (row[5], row[6]) for row in before if row[6] != "secret"}
    files = [told("2026-2", second, store.rows_of(second.cells, shown)), told("2026-1", first, before)]
    export.write(tmp_path, files, export.knowledge("2026-2", second, past))
    verdict = attack(read(tmp_path))
    assert verdict.attacked > 200
    assert verdict.findings == []
