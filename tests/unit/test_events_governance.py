"""Rules of actions and milestones: when somebody is told, what slipped, what is at risk."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from kit.errors import Refused
from services.events.rules.governance import actions, milestones, sittings
from services.events.rules.governance.actions import Action
from services.events.rules.governance.milestones import Milestone

MONDAY = date(2027, 3, 1)
ACTION = Action("Réunir les bailleurs", date(2027, 3, 31), department="93")


def told_days(due: date, first: date, days: int, *, off: frozenset[date] = frozenset()) -> list[date]:
    """The days on which an open action is told of, when the task runs every day but `off`."""
    told_on, found = None, []
    for number in range(days):
        day = first + timedelta(days=number)
        if day not in off and actions.to_tell(due, told_on, day):
            told_on = day
            found.append(day)
    return found


def test_an_action_is_told_of_once_before_its_day_and_then_on_mondays() -> None:
    wednesday = MONDAY + timedelta(days=9)  # due on 10 March
    assert told_days(wednesday, MONDAY, 29) == [date(2027, 3, 3), date(2027, 3, 15), date(2027, 3, 22), date(2027, 3, 29)]


def test_a_monday_without_the_service_is_made_up_for_in_the_week() -> None:
    due = MONDAY - timedelta(days=10)
    assert told_days(due, MONDAY, 14, off=frozenset({MONDAY, MONDAY + timedelta(days=1)})) == [date(2027, 3, 3), date(2027, 3, 8)]


def test_what_became_late_in_the_week_waits_for_monday() -> None:
    assert told_days(MONDAY, MONDAY + timedelta(days=1), 7) == [MONDAY + timedelta(days=7)]


@pytest.mark.parametrize("year", [2024, 2028])
def test_29_february_is_a_day_like_another(year: int) -> None:
    assert told_days(date(year, 2, 29), date(year, 2, 20), 9)[0] == date(year, 2, 22)


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"title": " "}, "title"),
        ({"due": date(2026, 1, 1)}, "due"),
        ({"due": date(2099, 1, 1)}, "due"),
        ({"department": None}, "owner"),
        ({"college": "ACHETEURS"}, "owner"),
        ({"department": "13"}, "owner"),
        ({"state": "DONE"}, "evidence"),
        ({"state": "DROPPED", "evidence_link": "https://exemple.test/"}, "evidence"),
        ({"state": "LOST"}, "state"),
        ({"evidence_link": "javascript:alert(1)"}, "evidence_link"),
        ({"evidence_link": "//exemple.test"}, "evidence_link"),
        ({"evidence_link": "https://[exemple"}, "evidence_link"),
        ({"evidence_link": "data:text/html,x"}, "evidence_link"),
    ],
)
def test_what_is_wrong_with_an_action_is_said_at_its_field(change: dict[str, object], column: str) -> None:
    with pytest.raises(Refused) as refused:
        actions.check(replace(ACTION, **change), MONDAY, is_new=True)  # type: ignore[arg-type]
    assert column in {error.column for error in refused.value.errors}


def test_a_done_action_shows_its_evidence() -> None:
    for evidence in ({"evidence": "Réunion du 12 mars"}, {"evidence_link": "https://exemple.test/cr.pdf"}, {"evidence_link": "/agenda/1"}):
        actions.check(replace(ACTION, state="DONE", due=date(2026, 1, 1), **evidence), MONDAY, is_new=False)  # type: ignore[arg-type]


def test_a_milestone_slips_and_is_at_risk_while_departments_are_missing() -> None:
    first = Milestone("Première édition", date(2027, 4, 1), date(2027, 5, 15), measure="COVERAGE", year=2026, minimum=8)
    seven, eight = ["75", "77", "78", "91", "92", "93", "94"], ["75", "77", "78", "91", "92", "93", "94", "95"]
    assert first.slip == 44
    assert milestones.standing(first, MONDAY, seven).state == "AT_RISK"
    assert milestones.standing(first, MONDAY, eight).state == "ON_TIME"
    assert milestones.standing(first, date(2027, 1, 4), seven).state == "ON_TIME", "more than 90 days are left"
    assert milestones.standing(first, date(2027, 5, 16), eight).state == "LATE"
    done = replace(first, done_on=date(2027, 3, 25))
    assert (milestones.standing(done, date(2028, 1, 1), seven).state, done.slip) == ("DONE", -7)
    manual = replace(first, measure="MANUAL", year=None, figure=3, minimum=5, unit="structures")
    assert milestones.standing(manual, MONDAY, eight).state == "AT_RISK"


def test_points_fit_into_the_meeting_and_members_are_invited_once() -> None:
    with pytest.raises(Refused, match="ordre du jour"):
        sittings.check_items([sittings.Item("A", "INFORMATION", 60), sittings.Item("B", "DECISION", 61)], 120)
    members = [
        sittings.Member("MEMBER", email="A@exemple.test", name="A"),
        sittings.Member("CHAIR", email="a@exemple.test", name="A"),
        sittings.Member("MEMBER", department="93"),
    ]
    assert len(sittings.invited(members)) == 2
    with pytest.raises(Refused):
        sittings.check_member(sittings.Member("MEMBER", department="93", email="a@exemple.test"))
