"""A release built from facts: what it prints is right, what it hides stays hidden in every table that says the same thing."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from uuid import UUID

import pytest

from schemas.vocabulary.publics import SENSITIVE
from services.indicators.attack.files import read
from services.indicators.attack.verdict import attack
from services.indicators.release import export, store
from services.indicators.release.build import Release, build, measure
from services.indicators.release.printed import Cell
from services.indicators.release.tables import Key
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
            "department": said.choices(["75", "93", "94", "77"], [5, 9, 3, 0.3])[0], "centihours": dice.randint(1, 15_000),
            "modality": dice.choice(["EI", "ETTI", "ETT"]), "work_contract": "NC", "sex": said.choice(["F", "M", "M", "M"]),
            "public": said.choice(publics), "education": "NC", "unemployment": "NC", "prescriber": "NC", "who": person, "joinable": "t",
            "residence": lives, "residence_department": lives[:2] if lives[0].isdigit() else lives,
        })  # fmt: skip
    return found


_BUILT: dict[str, Release] = {}
"""Made once for the same lines: a release takes seconds."""


async def _built(replica: Columnar, lines: list[dict[str, object]]) -> Release:
    if (name := repr(lines)) not in _BUILT:
        with Spool() as spool:
            for line in lines:
                await spool.write((",".join("" if line[name] is None else str(line[name]) for name in columns.FACTS) + "\n").encode())
            await replica.replace({}, facts=Incoming(spool, whole=True))
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
    export.write(tmp_path, [("2026-1", release.figures_until, store.rows_of(release.cells, {}))], export.knowledge("2026-1", release))
    verdict = attack(read(tmp_path))
    assert verdict.attacked > 200
    assert verdict.findings == []


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


async def test_a_release_of_nothing_is_empty(replica: Columnar) -> None:
    release = await _built(replica, [])
    assert release.cells == ()
    assert release.periods == ()
