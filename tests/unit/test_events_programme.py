"""Which sessions one person can attend together, and what an edition's steps and successor are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import Refused
from services.events.rules import editions
from services.events.rules.editions import Edition, Slot
from services.events.rules.meetings import Plan, PlannedSession, keeping
from services.events.rules.programme import Timed, clashes

DAY = datetime(2027, 5, 20)
EDITION = Edition(
    "OPENMAP", "Openmap ESS", "Métiers du paysage", date(2027, 5, 20), "MORNING", "Paris", programme=editions.first_programme("MORNING")
)


def timed(number: int, start: int, end: int, travel: int = 0) -> Timed:
    return Timed(UUID(int=number), f"Séance {number}", DAY + timedelta(minutes=start), DAY + timedelta(minutes=end), travel)


def test_one_that_begins_when_another_ends_is_no_clash_unless_there_is_a_way_to_go() -> None:
    assert clashes([timed(1, 0, 60), timed(2, 60, 90)]) == []
    (clash,) = clashes([timed(1, 0, 60), timed(2, 60, 90, travel=15)])
    assert clash.sentence == "« Séance 1 » finit 0 minutes avant « Séance 2 », et le trajet en demande 15."
    assert clashes([timed(1, 0, 60, travel=10), timed(2, 75, 90, travel=5)]) == []
    (clash,) = clashes([timed(2, 30, 90), timed(1, 0, 60)])
    assert clash.sentence == "« Séance 1 » et « Séance 2 » ont lieu en même temps."


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 60), st.integers(0, 20)), max_size=6), st.randoms())
def test_clashes_do_not_depend_on_the_order_and_are_those_of_every_minute(spans: list[tuple[int, int, int]], drawn: object) -> None:
    sessions = [timed(n, start, start + length, travel) for n, (start, length, travel) in enumerate(spans)]
    found = {frozenset((clash.one.session_id, clash.other.session_id)) for clash in clashes(sessions)}
    drawn.shuffle(sessions)  # type: ignore[attr-defined]
    assert found == {frozenset((clash.one.session_id, clash.other.session_id)) for clash in clashes(sessions)}
    for one in sessions:
        for other in sessions:
            shared = {*range(_minute(one.starts_at), _minute(one.ends_at))} & {*range(_minute(other.starts_at), _minute(other.ends_at))}
            if one is not other and shared:
                assert frozenset((one.session_id, other.session_id)) in found


def _minute(moment: datetime) -> int:
    return round((moment - DAY).total_seconds() / 60)


def test_the_next_edition_keeps_the_form_and_forgets_the_day() -> None:
    held = replace(
        EDITION,
        programme=tuple(replace(slot, session_id=UUID(int=1)) for slot in EDITION.programme),
        pitch_until=date(2027, 4, 1),
        cpv=("7731",),
    )
    following = editions.successor(held, date(2027, 11, 18))
    assert (following.day, following.title, following.trade, following.cpv, following.pitch_until) == (date(2027, 11, 18), "", "", (), None)
    assert [slot.name for slot in following.programme] == [slot.name for slot in EDITION.programme]
    assert {slot.session_id for slot in following.programme} == {None}


def test_everything_wrong_with_an_edition_is_said_at_once() -> None:
    wrong = replace(
        EDITION, kind="EVENEMENT_DEPARTEMENTAL", title="", half="NIGHT", cpv=("x",), sectors=("NOPE",), day=date(2020, 1, 1),
        programme=(Slot("Visite", "VISITE", time(10), time(9), 0),),
    )  # fmt: skip
    with pytest.raises(Refused) as refused:
        editions.check(wrong, date(2027, 1, 1))
    assert {error.column for error in refused.value.errors} == {
        "title", "department", "half", "cpv", "sectors", "day", "programme.0.ends_at", "programme.0.capacity", "programme.0.place",
    }  # fmt: skip


def test_steps_are_counted_from_the_day() -> None:
    steps = {step: due for step, _, due in editions.steps_of(date(2028, 2, 29))}
    assert steps["PROGRAMME"] == date(2028, 1, 15)
    assert steps["OUTCOMES"] == date(2028, 8, 27)
    assert editions.slug_of(4, "Métiers du paysage") == "4-metiers-du-paysage"
    assert editions.slug_of(5, "!!!") == "5"


def test_a_plain_form_keeps_what_it_does_not_know_and_sessions_move_with_the_meeting() -> None:
    session = PlannedSession("Visite", "VISITE", 20, UUID(int=7), DAY + timedelta(hours=10), DAY + timedelta(hours=11), "Gare", 15)
    before = Plan(
        "OPENMAP", "Openmap", DAY + timedelta(hours=9), DAY + timedelta(hours=12), "Paris", contact="Camille", sessions=(session,)
    )
    typed = Plan(
        "OPENMAP", "Openmap", DAY + timedelta(days=7, hours=9), DAY + timedelta(days=7, hours=12), "Paris",
        sessions=(PlannedSession("Visite", "VISITE", 25, UUID(int=7)),),
    )  # fmt: skip
    kept = keeping(before, typed)
    assert kept.contact == "Camille"
    assert kept.sessions[0] == replace(
        session, capacity=25, starts_at=DAY + timedelta(days=7, hours=10), ends_at=DAY + timedelta(days=7, hours=11)
    )
