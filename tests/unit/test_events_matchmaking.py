"""Ten-minute meetings: as many points as an independent model finds, nobody twice at once, pins kept, impossible wishes refused."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import matching
from demo.encounters import gatherings
from demo.encounters.gatherings import drawn
from kit.errors import Refused
from services.events.matchmaking import scoring
from services.events.matchmaking.assignment import points
from services.events.matchmaking.encounters import NoAssignment, Timetable
from services.events.matchmaking.participants import Gathering, Seeker, Structure
from services.events.matchmaking.timetable import plan


def holds(found: Timetable, of: Gathering) -> None:
    """What every timetable promises."""
    slots, most = matching.presence(of)
    assert max(Counter((m.slot, m.table) for m in found.meetings).values(), default=0) <= 1
    assert all(0 <= m.table < of.tables and 0 <= m.slot < of.slots for m in found.meetings)
    assert max(Counter((m.seeker, m.structure) for m in found.meetings).values(), default=0) <= 1
    for side in ("seeker", "structure"):
        assert max(Counter((m.slot, getattr(m, side)) for m in found.meetings).values(), default=0) <= 1
        for who, count in Counter(getattr(m, side) for m in found.meetings).items():
            assert count <= most[who]
    assert all(m.slot in slots[m.seeker] & slots[m.structure] for m in found.meetings)
    assert found.value <= found.bound


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 7), st.integers(1, 5), st.integers(1, 4), st.sampled_from((0.0, 0.5, 0.9)))
def test_it_has_as_many_points_as_an_independent_model(
    seed: int, seekers: int, structures: int, slots: int, tables: int, leaves: float
) -> None:
    of = drawn(seed, seekers, structures, slots, tables, leaves=leaves)
    found = plan(of)
    holds(found, of)
    assert found.optimal
    assert found.value == matching.best(of)


def test_a_hundred_buyers_and_a_hundred_and_fifty_structures_are_planned_to_the_optimum() -> None:
    of = gatherings.read("openmap-100x150")
    assert of == gatherings.openmap(), "the file is what its seed gives"
    found = plan(of, time_limit_s=600)  # ends by the solver's own measure of work: this machine may be busy
    holds(found, of)
    assert found.optimal, f"gap {found.gap:.2%}"


def test_the_same_crowd_gets_the_same_timetable_also_where_a_search_is_cut_short() -> None:
    of = drawn(7, 12, 15, 8, 5, leaves=0.6)
    assert plan(of, time_limit_s=600).meetings == plan(of, time_limit_s=600).meetings


def test_pairs_set_apart_never_meet_and_pinned_ones_always() -> None:
    free = drawn(3, 5, 6, 4, 3)
    apart = frozenset(pair for pair in points(free))
    assert plan(Gathering(free.seekers, free.structures, 4, 3, apart)).meetings == ()
    pinned = Gathering(free.seekers, free.structures, 4, 3, pinned={("b0", "s5"): 2, ("b1", "s5"): None})
    found = plan(pinned)
    holds(found, pinned)
    assert {("b0", "s5", 2)} <= {(m.seeker, m.structure, m.slot) for m in found.meetings}
    assert ("b1", "s5") in {(m.seeker, m.structure) for m in found.meetings}


def test_pins_that_cannot_all_be_kept_are_said() -> None:
    everywhere = frozenset({0})
    of = Gathering(
        (Seeker("b0", "Ville", slots=everywhere), Seeker("b1", "Bailleur", slots=everywhere)),
        (Structure("s0", "Régie", slots=everywhere),), 1, 2, pinned={("b0", "s0"): None, ("b1", "s0"): None},
    )  # fmt: skip
    with pytest.raises(NoAssignment):
        plan(of)


def test_impossible_sizes_and_pins_are_refused_all_at_once() -> None:
    of = Gathering((Seeker("b0", "Ville"),), (), 99, 0, frozenset({("b0", "s0")}), {("b0", "s0"): 3})
    with pytest.raises(Refused) as refused:
        plan(of)
    assert {error.column for error in refused.value.errors} == {"slots", "tables", "structures", "pinned"}


def test_a_score_says_why() -> None:
    seeker = Seeker("b0", "Ville", frozenset({"NETTOYAGE"}), frozenset({"93"}), frozenset({"s0"}), hours=500)
    structure = Structure("s0", "Régie", frozenset({"NETTOYAGE"}), frozenset({"93"}), capacity=800)
    found = scoring.score(seeker, structure)
    assert found is not None
    assert found.points == 75
    assert found.reasons == ("demandée par l’acheteur", "activité", "département", "capacité")
    assert scoring.score(seeker, Structure("s1", "Autre", frozenset({"DECHETS"}), frozenset({"93"}), capacity=800)) is None
