"""Seats: first come, first served, whatever happens in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.events.rules.seats import HELD_FOR, Seats, hold_until, state_of_newcomer, to_promote

NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
people = st.integers(0, 30)
capacities = st.none() | st.integers(1, 30)


@given(capacity=capacities, taken=st.integers(0, 40), waiting=people)
def test_nobody_overtakes_those_who_wait(capacity: int | None, taken: int, waiting: int) -> None:
    seats = Seats(capacity, taken, waiting)
    confirmed = state_of_newcomer(seats) == "confirmed"
    assert confirmed == (capacity is None or (not waiting and taken < capacity))


@given(capacity=capacities, taken=st.integers(0, 40), waiting=people)
def test_as_many_are_offered_a_seat_as_are_free_and_no_more(capacity: int | None, taken: int, waiting: int) -> None:
    offered = to_promote(Seats(capacity, taken, waiting), NOW, NOW + timedelta(days=3))
    assert offered == (waiting if capacity is None else min(waiting, max(0, capacity - taken)))


def test_nobody_is_offered_a_seat_after_the_deadline() -> None:
    assert to_promote(Seats(5, 0, 1), NOW, NOW) == 0


@given(minutes=st.integers(1, 10_000))
def test_an_offer_never_outlives_the_deadline(minutes: int) -> None:
    deadline = NOW + timedelta(minutes=minutes)
    until = hold_until(NOW, deadline)
    assert NOW < until <= deadline
    assert until == deadline or until - NOW == HELD_FOR


@pytest.mark.parametrize(
    ("taken", "waiting", "expected"), [(0, 0, "confirmed"), (1, 0, "confirmed"), (2, 0, "waitlisted"), (1, 1, "waitlisted")]
)
def test_two_seats(taken: int, waiting: int, expected: str) -> None:
    assert state_of_newcomer(Seats(2, taken, waiting)) == expected
