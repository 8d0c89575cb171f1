"""Flows against a program that is written down at length: the same are possible, none breaks a sum, and what is hidden already goes first."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from uuid import UUID

import highspy
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.indicators.release.flow import SMALL, FlowProgram, NoPattern
from services.indicators.release.flow_model import Floats
from services.indicators.release.pattern import Pattern, protect
from services.indicators.release.system import Column, System, Teller


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


def test_what_is_shut_stays_whoever_says_so_twice() -> None:
    """Two insiders who know the same cell: the solver refuses a place that comes twice, and went on as if nothing were shut."""
    system = System([Column(name, 5, 1.0, hidden=True, below=2, above=2) for name in "abc"])
    system.link([("a", 1), ("b", 1), ("c", 1)])
    program = FlowProgram(system, 1.0)
    assert program.flow(0, 2.0, [1, 2, 2, 1]) is None
    found = program.together({0: 2.0}, [1, 1])
    assert found is not None
    assert (found[0], found[1], found[2]) == (2.0, 0.0, -2.0)
    again = program.flow(0, 2.0, [])
    assert again is not None, "and moves again afterwards"


def a_change(*, one_way: bool, room: float = inf) -> System:
    """From 2, which cannot be more, to 4, which is known to be no less: the change is known to be at least 2, whatever is hidden."""
    now = Column("now", 4, 1.0, hidden=True, below=0, above=1, least=4, room=room)
    before = Column("before", 2, 1.0, hidden=True, settled=True, below=1, least=1, room=0)
    moved = Column("moved", 2, 0.0, hidden=True, below=1, above=1, signed=True, change=True, one_way=one_way)
    system = System([now, before, moved, Column("others", 9, 3.0), Column("others then", 9, 1.0, hidden=True)])
    system.link([("now", 1), ("before", -1), ("moved", -1)])
    system.link([("now", 1), ("others", 1)])
    system.link([("before", 1), ("others then", 1)])
    return system


def test_of_a_change_of_numbers_all_may_know_that_it_is_no_less() -> None:
    assert pattern_or_none(a_change(one_way=False)) is None, "so it is with hours"
    found = protect(a_change(one_way=True), 1.0)
    assert {"now", "before", "others"} <= found.hidden
    assert not found.exposed


def test_a_change_that_is_known_exactly_has_no_pattern() -> None:
    shut = a_change(one_way=True, room=0)
    shut.columns[1].below = shut.columns[0].above = 0
    shut.columns[1].drop = 0
    assert pattern_or_none(shut) is None


def test_who_knew_a_cell_as_its_declarant_knows_it_still_as_another_s_employer() -> None:
    """The old cell moves with today's only, whose employer made the old one: nothing is to be kept from itself."""
    they = UUID(int=7)
    old = Column("old", 5, 1.0, hidden=True, settled=True, below=2, above=2, makers=frozenset({Teller(they)}), knows=True)
    new = Column("new", 9, 1.0, hidden=True, below=2, above=2, makers=frozenset({they}), knows=True)
    system = System([old, new])
    system.link([("old", 1), ("new", 1)])
    assert not protect(system, 1.0).exposed


def test_what_is_printed_beside_a_hidden_number_only_is_not_computed_either() -> None:
    """A share of women tells nothing beside « s. »; the women of a quarter and of a year still would tell those of the semester."""
    system = System([Column("all", 22, 1.0, hidden=True, below=5, above=5), Column("women", 6, 6.0, little=1, least=1)])
    for name in ("others", "women of the quarter"):
        system.add(Column(name, 6, 6.0))
    system.link([("all", -1), ("women", 1), ("others", 1)])
    system.link([("women of the quarter", -1), ("women", 1)])
    assert protect(system, 1.0).hidden == {"all", "others"}
    system.beside[1] = 0
    assert protect(system, 1.0).hidden == {"all", "others", "women", "women of the quarter"}
