"""The dead-letter limit, counted by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kit.consumer.limit import IN_A_ROW, IN_WINDOW, WINDOW, DeadLetterLimit


def test_twenty_in_a_row_trip_at_the_twentieth_even_over_batches() -> None:
    limit = DeadLetterLimit()
    limit.count(15, range(15))
    assert limit.trip(4, range(4)) is None
    assert limit.trip(10, range(10)) == 4


def test_one_good_record_breaks_the_row() -> None:
    limit = DeadLetterLimit()
    limit.count(20, range(19))
    assert limit.trip(19, range(19)) is None


def test_five_percent_of_the_last_thousand_trip() -> None:
    limit = DeadLetterLimit()
    assert limit.trip(1_000, range(0, 1_000, 20)) == 980
    limit.count(1_000, range(0, 980, 20))
    assert limit.trip(1, [0]) is None  # the oldest has left the window
    assert limit.trip(100, [0, 5]) == 5


def test_a_resumed_reader_begins_anew() -> None:
    limit = DeadLetterLimit()
    limit.count(19, range(19))
    limit.reset()
    assert limit.trip(19, range(19)) is None


@given(st.lists(st.lists(st.booleans(), max_size=120), max_size=20))
def test_it_agrees_with_a_simple_count(batches: list[list[bool]]) -> None:
    limit, history = DeadLetterLimit(), list[bool]()
    for batch in batches:
        dead = [index for index, is_dead in enumerate(batch) if is_dead]
        assert limit.trip(len(batch), dead) == _simple(history, batch)
        limit.count(len(batch), dead)
        history += batch


def _simple(history: list[bool], batch: list[bool]) -> int | None:
    for index, is_dead in enumerate(batch):
        seen = [*history, *batch[: index + 1]]
        if is_dead and ((all(seen[-IN_A_ROW:]) and len(seen) >= IN_A_ROW) or sum(seen[-WINDOW:]) >= IN_WINDOW):
            return index
    return None
