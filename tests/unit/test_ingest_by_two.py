"""A long filing checked by two processes gives what one gives."""

from __future__ import annotations

import pickle
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from services.ingest import by_two
from services.ingest.packed import packed, unpacked
from services.ingest.rules.declared import Checked, KnownContract, RawLine
from services.ingest.rules.lines import check, concluded, examined
from tests.tables_of_hours import KNOWN

_CONTRACTS = {
    "2026-001": KnownContract(UUID(int=11), "2026-001", "93", hours_committed=10**6, amount=Decimal(100)),  # V03 has something to say of it
    "2026-002": KnownContract(UUID(int=12), "2026-002", None),
    "2026-003": KnownContract(UUID(int=13), "2026-003", "94", declarable=False),
}
_KNOWN = replace(KNOWN, contract_of=_CONTRACTS.get, online=True)
_LINES = st.fixed_dictionaries(
    {
        "contract": st.sampled_from(["2026-001", "2026-001 ", "2026-002", "2026-003", "2026-009", ""]),
        "period": st.sampled_from(["2026-01", "2026-02", "1er trimestre 2026", "hier"]),
        "hours": st.sampled_from(["7,5", "120", "151,67", "412", "sept", ""]),
        "employer_name": st.sampled_from(["Chantiers Fictifs", "Chantiers fictifs", "Jardins Fictifs"]),
    },
    optional={
        "employer_siret": st.sampled_from(["12345678200010", "217500016000"]),
        "worker_id": st.sampled_from(["A1", "A2", "A3"]),
        "persons": st.sampled_from(["3", "beaucoup"]),
        "birth": st.sampled_from(["1990-04", "2011-09"]),
        "colonne inconnue": st.just("x"),
    },
)


def _raw(lines: Sequence[dict[str, str]]) -> list[RawLine]:
    return [RawLine(number, line, {"hours": "H. réal."}) for number, line in enumerate(lines, start=2)]


def _parted(lines: Sequence[RawLine], first: int) -> Checked | None:
    named = [str(line.values["contract"]).strip() for line in lines[:first]]
    whole = examined(lines[:first], _KNOWN).joined(examined(lines[first:], _KNOWN, named))
    return whole and concluded(whole, lines)


@given(st.lists(_LINES, max_size=12), st.integers(0, 12))
def test_parts_that_join_say_what_the_whole_says(lines: list[dict[str, str]], first: int) -> None:
    raw = _raw(lines)
    parted = _parted(raw, first)
    event("seen together" if parted is None else "joined")
    assert parted is None or parted == check(raw, _KNOWN)


_LINE = {"contract": "2026-002", "period": "2026-01", "hours": "120", "employer_name": "Chantiers Fictifs", "department": "93"}


@pytest.mark.parametrize(
    ("one", "other", "joins"),
    [
        ({"worker_id": "A1"}, {"worker_id": "A2"}, True),
        ({"worker_id": "A1"}, {"worker_id": "A1"}, False),  # the same line
        ({"worker_id": "A1"}, {"persons": "3"}, False),  # persons and a group
        ({"worker_id": "A1"}, {"worker_id": "A1", "contract": "2026-001"}, False),  # 240 hours in a month
        ({"worker_id": "A1"}, {"worker_id": "A1", "contract": "2026-001", "hours": "90"}, True),
        ({"worker_id": "A1", "colonne": "x"}, {"worker_id": "A2", "colonne": "y"}, False),  # said once
    ],
)
def test_lines_that_have_to_be_seen_together(one: dict[str, str], other: dict[str, str], *, joins: bool) -> None:
    raw = _raw([{**_LINE, **one}, {**_LINE, **other}])
    assert (_parted(raw, 1) == check(raw, _KNOWN)) is joins


def _long(rows: int) -> list[RawLine]:
    wrong = {7: {"hours": "sept"}, rows - 1: {"birth": "2011-09"}, rows - 2: {"contract": "2026-009"}}
    return _raw(
        [{**_LINE, "contract": "2026-001", "worker_id": f"W{row}", "birth": "1990-04", **wrong.get(row, {})} for row in range(rows)]
    )


@pytest.fixture(autouse=True)
def _two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_two, "_processors", lambda: 2)


def _second() -> by_two.Second:
    found = by_two.Second.start()
    assert found is not None
    return found


def test_what_comes_back_from_a_process_is_what_it_found() -> None:
    months = [{**_LINE, "worker_id": "A1", "period": period} for period in ("2026-01", "2026-02")]
    group = {name: text for name, text in _LINE.items() if name != "hours"} | {
        "hours": "70",
        "persons": "3",
        "group": "Lot 2",
        "contract": "2026-001",
    }
    found = examined(_raw([*months, group, {**_LINE, "worker_id": "A2", "hours": "sept", "colonne": "x"}]), _KNOWN)
    again = unpacked(packed(found))
    assert (again.checked, again.unknown) == (found.checked, found.unknown)
    assert [value.line_id for value in again.checked.values] == [value.line_id for value in found.checked.values]
    assert again.checked.values[0].person is again.checked.values[1].person, "one person once"
    assert again.checked.values[2].group == found.checked.values[2].group is not None
    assert again.together.meets(found.together)
    with pytest.raises((EOFError, pickle.UnpicklingError)):
        unpacked(packed(found)[:-9])


def test_a_process_beside_this_one_gives_what_this_one_gives() -> None:
    lines = _long(600)
    with _second() as second:
        found = by_two.in_two(lines, _KNOWN, 300, second)
    assert found is not None
    assert found == check(lines, _KNOWN)
    assert {error.code for error in found.errors} >= {"V09", "UNKNOWN_CONTRACT", "V07"}


@pytest.mark.parametrize("program", ["raise SystemExit(1)", "import sys; sys.stdin.buffer.read(); print('rien')"])
def test_a_process_that_fails_leaves_the_check_to_this_one(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr(by_two, "_COMMAND", (sys.executable, "-c", program))
    monkeypatch.setattr(by_two, "LONG", 100)
    lines = _long(600)
    by_two.prepare(by_two.LARGE)
    assert by_two.check_long(lines, _KNOWN) == check(lines, _KNOWN)
    with _second() as second:
        assert by_two.in_two(lines, _KNOWN, 300, second) is None


def test_where_no_process_can_be_started_this_one_does_it_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_two, "_COMMAND", ("/nowhere/python",))
    monkeypatch.setattr(by_two, "LONG", 100)
    lines = _long(600)
    by_two.prepare(by_two.LARGE)
    assert by_two.check_long(lines, _KNOWN) == check(lines, _KNOWN)
    assert not by_two._ALONE.locked()


def test_a_process_that_nobody_wanted_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_two, "_IDLE_S", 0.2)
    by_two.prepare(by_two.LARGE - 1)
    assert by_two._PREPARED._second is None
    by_two.prepare(by_two.LARGE)
    deadline = time.monotonic() + 10
    while by_two._ALONE.locked() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not by_two._ALONE.locked()


def test_cumulated_hours_are_not_parted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_two, "LONG", 2)
    monkeypatch.setattr(by_two, "in_two", lambda *_: pytest.fail("parted"))
    cumul = {name: value for name, value in _LINE.items() if name != "hours"}
    lines = _raw([{**cumul, "worker_id": "A1", "period": f"2026-0{month}", "hours_cumulated": f"{month}00"} for month in (1, 2, 3)])
    assert [value.centihours for value in by_two.check_long(lines, _KNOWN).values] == [100_00, 100_00, 100_00]
