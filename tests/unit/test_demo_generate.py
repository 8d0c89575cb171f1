"""Generated files: what they add up to is counted apart, seeds never meet, every line is good."""

from __future__ import annotations

import csv
import json
import time
from collections import Counter
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from demo import calibration, canonical
from demo.clock import window
from demo.generate import generate
from demo.history import lines as history
from demo.region.contracts import contracts_of
from demo.region.organisations import DECLARANT
from services.ingest.persons import Tokens
from services.ingest.rules.fields import BY_NAME, field_of
from services.ingest.rules.lines import Checked, Known, KnownContract, check, raw_lines

TODAY = date(2026, 11, 22)


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as source:
        return [{field_of(header) or header: cell for header, cell in row.items()} for row in csv.DictReader(source, delimiter=";")]


def checked(file: Path) -> Checked:
    own = {
        contract.number: KnownContract(UUID(int=index), contract.number, contract.department, contract.starts_on, contract.ends_on)
        for index, contract in enumerate(contracts_of(DECLARANT, TODAY), 1)
    }
    return check(raw_lines(rows(file)), Known(TODAY, DECLARANT.id, DECLARANT.siret, own.get, Tokens(b"k" * 32)))


def expected(file: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(Path(f"{file}.expected.json").read_text())
    return found


@pytest.mark.parametrize("lines", [1, 7, 2_000])
def test_the_file_has_the_lines_asked_for_and_adds_up_to_what_is_expected(tmp_path: Path, lines: int) -> None:
    file = tmp_path / "hours.csv"
    generate(lines, 11, file, today=TODAY)
    found = rows(file)
    sums: Counter[tuple[str, str, str]] = Counter()
    for row in found:
        whole, _, rest = row["hours"].partition(",")
        sums[row["department"], row["period"], row["sex"]] += int(whole) * 100 + int(rest)
    assert len(found) == lines
    assert expected(file) == {
        "lines": lines,
        "hours": [{"department": d, "month": m, "sex": s, "centihours": c} for (d, m, s), c in sorted(sums.items())],
        "persons": len({row["worker_id"] for row in found}),
    }


def test_every_line_passes_the_validator_with_nothing_to_say(tmp_path: Path) -> None:
    file = tmp_path / "hours.csv"
    generate(5_000, 3, file, today=TODAY)
    found = checked(file)
    assert (found.errors, found.blocked, len(found.values)) == ([], set(), 5_000)
    per_month: Counter[tuple[object, object]] = Counter()
    for value in found.values:
        assert value.person is not None
        per_month[value.person.local, value.period.start] += value.centihours
    assert max(per_month.values()) <= calibration.LARGEST_MONTH


def test_two_seeds_share_no_line_with_each_other_nor_with_the_demonstration(tmp_path: Path) -> None:
    for seed in (1, 2):
        generate(3_000, seed, tmp_path / f"{seed}.csv", today=TODAY)
    one, two = ({value.line_id for value in checked(tmp_path / f"{seed}.csv").values} for seed in (1, 2))
    assert len(one) == len(two) == 3_000
    assert one.isdisjoint(two)
    workers = {row["worker_id"] for seed in (1, 2) for row in rows(tmp_path / f"{seed}.csv")}
    assert workers.isdisjoint(line.person.worker_id for line in history(TODAY) if line.person)


def test_the_same_seed_and_day_write_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        generate(500, 42, tmp_path / name, today=TODAY)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_lines_lie_in_the_last_thirty_six_months_and_spread_over_departments(tmp_path: Path) -> None:
    file = tmp_path / "hours.csv"
    generate(2_000, 8, file, today=TODAY)
    months = {f"{month:%Y-%m}" for month in window(TODAY)}
    assert {row["period"] for row in rows(file)} <= months
    assert len({row["department"] for row in rows(file)}) == 8


def test_ten_thousand_lines_take_at_most_two_seconds_of_the_processor(tmp_path: Path) -> None:
    begun = time.process_time()
    generate(10_000, 5, tmp_path / "hours.csv", today=TODAY)
    assert time.process_time() - begun < 2


def test_the_headers_are_the_platforms() -> None:
    assert {name: BY_NAME[name].label for name in canonical.HEADERS} == dict(canonical.HEADERS)
