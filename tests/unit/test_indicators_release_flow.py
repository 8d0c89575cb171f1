"""Flows against a program that is written down at length: the same are possible, none breaks a sum, and what is hidden already goes first."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import highspy
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.indicators.release.flow import SMALL, FlowProgram, NoPattern
from services.indicators.release.flow_model import Floats
from services.indicators.release.pattern import Pattern, protect
from services.indicators.release.system import Column, System


@st.composite
def systems(draw: st.DrawFn) -> System:
    """Sums among a few cells, some hidden, and what sums leave over: a column that stands in one row."""
    system = System()
    for number in range(draw(st.integers(3, 8))):
        hidden = draw(st.booleans())
        far = draw(st.integers(1, 6)) if hidden else 0
        value = draw(st.integers(0, 20))
        system.add(Column(number, value, draw(st.sampled_from([1.0, 4.0, 30.0])), hidden=hidden, below=min(far, value), above=far))
    for row in range(draw(st.integers(1, 5))):
        places = draw(st.lists(st.sampled_from(range(len(system.columns))), min_size=2, max_size=4, unique=True))
        terms = [(system.columns[place].name, draw(st.sampled_from([1, -1]))) for place in places]
        if draw(st.booleans()):
            rest = ("twice", row)
            system.add(Column(rest, draw(st.integers(0, 8)), 0.0, hidden=True, signed=draw(st.booleans())))
            terms.append((rest, draw(st.sampled_from([1, -1]))))
        system.link(terms)
    return system


def possible(system: System, place: int, far: int, *, among: list[int]) -> bool:
    """Whether these columns can change so that the one at `place` moves so far; every column an unknown, every row an equation."""
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    for at, column in enumerate(system.columns):
        low, high = (-inf if column.signed else -column.value, column.room) if at in among else (0.0, 0.0)
        solver.addVar(*((far, far) if at == place else (low, high)))
    for row in system.rows:
        solver.addRow(0.0, 0.0, len(row), np.array([at for at, _ in row]), np.array([float(sign) for _, sign in row]))
    solver.run()
    return bool(solver.getModelStatus() != highspy.HighsModelStatus.kInfeasible)


def sums_broken(system: System, found: Floats) -> float:
    return max((abs(sum(sign * found[place] for place, sign in row)) for row in system.rows), default=0.0)


@given(systems())
def test_a_flow_is_found_exactly_where_one_is_possible(system: System) -> None:
    program = FlowProgram(system, 1.0)
    hidden, everything = [place for place, column in enumerate(system.columns) if column.hidden], list(range(len(system.columns)))
    for place, column in enumerate(system.columns):
        for far in (column.above, -column.below):
            if not far:
                continue
            alone, found = program.flow(place, far, [], fresh=False), program.flow(place, far, [])
            assert (alone is not None) == possible(system, place, far, among=hidden)
            assert (found is not None) == possible(system, place, far, among=everything)
            for flow in (alone, found):
                if flow is not None:
                    assert abs(flow[place] - far) < SMALL
                    assert sums_broken(system, flow) < SMALL
                    assert all(column.signed or flow[at] > -column.value - SMALL for at, column in enumerate(system.columns)), (
                        "nothing falls below zero"
                    )
            if alone is not None:
                assert found is not None
                assert program.hidden[np.flatnonzero(np.abs(found) > SMALL)].all(), "nothing more is hidden where that is not needed"


@given(systems(), st.data())
def test_what_was_printed_again_and_what_an_insider_knows_stay_as_they_are(system: System, data: st.DataObject) -> None:
    program = FlowProgram(system, 1.0)
    wanted = [place for place, column in enumerate(system.columns) if column.above]
    if not wanted:
        return
    place = data.draw(st.sampled_from(wanted))
    others = [at for at, column in enumerate(system.columns) if at != place and column.cost]
    first = program.flow(place, system.columns[place].above, [])
    if first is None or not others:
        return
    fresh = np.flatnonzero((np.abs(first) > SMALL) & ~program.hidden)
    program.now_hidden(fresh)
    shut = data.draw(st.sampled_from(others))
    again = program.flow(place, system.columns[place].above, [shut])
    assert again is None or abs(again[shut]) < SMALL
    assert (again is not None) == possible(
        system, place, system.columns[place].above, among=[at for at in range(len(system.columns)) if at != shut]
    )
    if fresh.size:
        program.now_printed(int(fresh[0]))
        after = program.flow(place, system.columns[place].above, [])
        assert after is None or abs(after[fresh[0]]) < SMALL


def pattern_or_none(system: System) -> Pattern | None:
    try:
        return protect(system, 1.0)
    except NoPattern:
        return None


def sparing(system: System, spared: set[int], *, there: bool) -> System:
    """The same, where the columns at these places are spared; or are not there at all, as if everybody knew them."""
    found = System([replace(column, spared=place in spared) for place, column in enumerate(system.columns) if there or place not in spared])
    for row in system.rows:
        found.link((system.columns[place].name, sign) for place, sign in row)
    return found


@given(systems(), st.data())
def test_what_is_to_be_spared_is_hidden_only_where_nothing_else_does(system: System, data: st.DataObject) -> None:
    printed = [place for place, column in enumerate(system.columns) if not column.hidden]
    spared = set(data.draw(st.lists(st.sampled_from(printed), unique=True))) if printed else set()
    names = {system.columns[place].name for place in spared}
    without, whole = pattern_or_none(sparing(system, spared, there=False)), pattern_or_none(system)
    found = pattern_or_none(sparing(system, spared, there=True))
    assert (found is None) == (whole is None)
    if without is not None:
        assert found is not None
        assert not found.hidden & names
    elif found is not None:
        assert found.hidden & names


@given(systems(), st.integers(2, 4), st.data())
def test_what_is_hidden_for_others_is_uncertain_too(system: System, little: int, data: st.DataObject) -> None:
    """A number of persons that the others' flows moved by less than one was hidden, and could be computed."""
    for column in system.columns:
        column.room = max(column.above, data.draw(st.integers(0, 6)))
    wanted = System([replace(column, little=0 if column.hidden else little) for column in system.columns], system.rows)
    found = pattern_or_none(wanted)
    if found is None:
        return
    everything = list(range(len(system.columns)))
    hidden = [place for place in everything if system.columns[place].name in found.hidden]
    for place in hidden:
        if far := wanted.columns[place].little:
            column = system.columns[place]
            ways = [*([far] if column.room >= far else []), *([-far] if column.value >= far else [])]
            assert any(possible(system, place, way, among=hidden) for way in ways) or not any(
                possible(system, place, way, among=everything) for way in ways
            )


def test_what_gave_way_protects_what_it_can() -> None:
    """Before the total gives way everybody can tell `a` to be no less, which is no longer so once it is hidden."""
    a, b = Column("a", 5, 1.0, hidden=True, below=2, above=4, least=3), Column("b", 5, 1.0, hidden=True, below=1, above=1, room=1)
    system = System([a, b, Column("all", 10, 1.0, spared=True)])
    system.link([("all", -1), ("a", 1), ("b", 1)])
    assert protect(system, 1.0).no_less == {"a"}, "b can rise by one only"
    system.add(Column("c", 4, 1.0, hidden=True, below=3, above=3))
    system.add(Column("d", 40, 1.0, spared=True))
    system.link([("d", -1), ("c", 1)])
    found = protect(system, 1.0)
    assert found.hidden == {"a", "b", "c", "all", "d"}
    assert not found.no_less
