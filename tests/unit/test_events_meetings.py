"""What makes a meeting right, and when calendars must take the new version."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from kit.errors import Refused
from services.events.rules import registrations
from services.events.rules.meetings import Plan, PlannedSession, check, exists, next_sequence
from services.events.rules.registrations import Applicant

TODAY = date(2027, 1, 4)
PLAN = Plan(
    kind="ATELIER",
    title="Recours aux ETT",
    starts_at=datetime(2027, 1, 29, 9, 30),
    ends_at=datetime(2027, 1, 29, 12, 0),
    place="Bobigny",
    theme="ETT",
    department="93",
    sessions=(PlannedSession("Atelier", "ATELIER", 25),),
)


def codes(plan: Plan) -> set[tuple[str | None, str]]:
    with pytest.raises(Refused) as refused:
        check(plan, TODAY)
    return {(error.column, error.code) for error in refused.value.errors}


def test_a_right_plan_is_taken() -> None:
    check(PLAN, TODAY)


def test_everything_wrong_is_said_at_once() -> None:
    wrong = replace(PLAN, title=" ", kind="FETE", department="13", ends_at=PLAN.starts_at, sessions=(PlannedSession("", "ATELIER", 0),))
    assert codes(wrong) == {
        ("title", "TITLE"),
        ("kind", "UNKNOWN_CODE"),
        ("department", "UNKNOWN_CODE"),
        ("ends_at", "INVERTED"),
        ("sessions.name", "TITLE"),
        ("sessions.capacity", "CAPACITY"),
    }


def test_a_meeting_is_not_planned_for_a_year_that_is_a_typing_error() -> None:
    assert codes(replace(PLAN, starts_at=datetime(9999, 12, 30, 9), ends_at=datetime(9999, 12, 30, 10))) == {("starts_at", "TOO_FAR")}


def test_a_meeting_is_not_planned_in_the_past() -> None:
    assert codes(replace(PLAN, starts_at=datetime(2027, 1, 3, 9), ends_at=datetime(2027, 1, 3, 10))) == {("starts_at", "IN_THE_PAST")}


def test_the_hour_that_summer_time_skips_does_not_exist() -> None:
    assert not exists(datetime(2027, 3, 28, 2, 30), "Europe/Paris")
    assert exists(datetime(2027, 10, 31, 2, 30), "Europe/Paris")
    night = replace(PLAN, starts_at=datetime(2027, 3, 28, 2, 30), ends_at=datetime(2027, 3, 28, 4, 0))
    assert codes(night) == {("starts_at", "NO_SUCH_TIME")}


@pytest.mark.parametrize(
    ("change", "rises"),
    [
        ({"starts_at": datetime(2027, 1, 29, 9, 0)}, True),
        ({"ends_at": datetime(2027, 1, 29, 13, 0)}, True),
        ({"place": "Saint-Denis"}, True),
        ({"title": "Recours aux ETTI"}, False),
        ({"access": "Ascenseur"}, False),
        ({"sessions": ()}, False),
    ],
)
def test_the_sequence_rises_for_time_and_place_only(change: dict[str, object], rises: bool) -> None:
    assert next_sequence(PLAN, replace(PLAN, **change), 3) == (4 if rises else 3)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "address", ["", "camille", "a@b", "a b@exemple.fr", "a@exemple.fr\nBcc: x@y.fr", "a@-x.fr", "x" * 300 + "@exemple.fr"]
)
def test_a_bad_address_is_refused_beside_its_field(address: str) -> None:
    with pytest.raises(Refused) as refused:
        registrations.check(Applicant("Camille Fictive", address, "Commune fictive", "BUYER"))
    assert [error.column for error in refused.value.errors] == ["email"]


def test_a_right_registration_is_taken() -> None:
    registrations.check(Applicant("Camille Fictive", "camille.fictive@exemple.test", "Commune fictive", "BUYER"))
