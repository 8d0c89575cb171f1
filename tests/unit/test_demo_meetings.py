"""The demonstration's meetings as content: on any day of the calendar they fit the network, its vocabulary and its working days."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from demo.clock import working_day
from demo.meetings.made import Made
from demo.region import ateliers, governance, openmap
from demo.region.coordinations import mandates
from demo.region.guests import EVERYBODY, Guest
from schemas.vocabulary.network import SESSIONS, THEMES
from services.events.rules import registrations
from services.events.rules.diagnostic.questions import FIRST, all_of
from services.events.rules.participants import Participation, faults
from services.events.rules.registrations import Applicant

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31))


@given(MOMENTS)
def test_the_atelier_that_was_held_is_over_and_of_the_same_day(now: datetime) -> None:
    past = ateliers.held(now)
    if past is None:
        assert now.time() < time(3)
    else:
        assert past.starts_at.date() == now.date()
        assert past.starts_at < past.ends_at < now


@given(MOMENTS.map(datetime.date))
@example(date(2024, 4, 3))  # 8 May was the eve of Ascension: committee and poll fell on the Friday after
def test_what_comes_is_on_working_days_and_before_the_mandates_change_hands(today: date) -> None:
    """An invitation that goes to a successor is what tests of handovers count."""
    change = min(m.starts_on for m in mandates(today) if m.starts_on > today)
    options = [starts_at.date() for starts_at, _ in ateliers.poll(today).dates]
    sittings = [found.starts_at.date() for found in governance.sittings(today)]
    days = [*(found.starts_at.date() for found in ateliers.coming(today)), *sittings, openmap.day_of(today), *options]
    assert all(today < day < change and day.weekday() < 5 for day in days)
    assert len(set(days)) == len(days), "nobody is wanted twice on one day"
    assert ateliers.poll(today).answer_by < min(options)


def test_a_working_day_is_no_holiday() -> None:
    assert working_day(date(2026, 12, 25)) == date(2026, 12, 28)
    assert working_day(date(2027, 5, 6)) == date(2027, 5, 7)


@pytest.mark.parametrize("guest", EVERYBODY, ids=lambda guest: guest.name)
def test_a_guest_is_fictional_and_may_register(guest: Guest) -> None:
    assert guest.email.endswith("@exemple.test")
    assert not list(registrations.faults(Applicant(**guest.body())))


def test_one_atelier_is_full_and_nobody_is_registered_twice() -> None:
    found = ateliers.coming(date(2026, 11, 26))
    assert {atelier.theme for atelier in found} <= set(THEMES)
    assert [atelier.capacity is not None and len(atelier.guests) > atelier.capacity for atelier in found] == [False, True, False]
    assert all(len({guest.email for guest in atelier.guests}) == len(atelier.guests) for atelier in found)


def test_who_comes_to_the_openmap_chooses_what_is_there() -> None:
    form = openmap.form(date(2026, 11, 26))
    kinds = [value for name, value in form.items() if name.startswith("programme.") and name.endswith(".kind")]
    assert set(kinds) <= set(SESSIONS)
    for one in openmap.coming():
        who = Participation(one.guest.name, one.guest.email, one.guest.organisation, one.guest.role, needs=one.guest.needs)
        assert not faults(who)
        assert all(0 <= session < len(kinds) for session in one.sessions)


@pytest.mark.parametrize("department", governance.ANSWERED)
def test_the_diagnostic_answers_questions_that_are_asked(department: str) -> None:
    questions = all_of(FIRST)
    for key, value in governance.answers(department).items():
        assert not questions[key].options or set(value.splitlines()) <= set(questions[key].options), key


def test_what_a_run_has_made_is_made_once_and_looked_for_after_an_interruption(tmp_path: Path) -> None:
    begun, file = datetime(2026, 11, 26, 10), tmp_path / "meetings.json"
    made = Made(file, begun)
    assert made.once("poll", lambda: "1", lambda: "nobody looks in a first load") == "1"
    again = Made(file, begun + timedelta(days=3))
    assert again.begun == begun
    assert again.once("poll", lambda: "2") == "1"
    assert again.once("roadmap", lambda: "3", lambda: "made before the cut") == "made before the cut"
    assert again.once("action", lambda: "4", lambda: None) == "4"
