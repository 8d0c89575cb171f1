"""Polls by their rules: what is refused and why, how answers add up, which half-days an answer closes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from kit.errors import Refused
from services.events.planning.instance import Slot
from services.events.rules import polls as rules
from services.events.rules.polls import Ballot, Option, Question, Recipient

TODAY = date(2027, 1, 4)


def option(day: str, begins: str = "09:30", ends: str = "12:00", place: str | None = None) -> Option:
    return Option(datetime.fromisoformat(f"{day}T{begins}"), datetime.fromisoformat(f"{day}T{ends}"), place, uuid4())


QUESTION = Question(
    "Atelier « Recours aux ETT »", "ATELIER", (option("2027-01-29"), option("2027-02-02", "14:00", "16:30")),
    (
        Recipient(department="93", required=True, recipient_id=uuid4()),
        Recipient(department="94", recipient_id=uuid4()),
        Recipient(email="c.fictive@exemple.fr", name="Camille Fictive", recipient_id=uuid4()),
    ),
    date(2027, 1, 20), department="93",
)  # fmt: skip


def refused(question: Question) -> list[tuple[str | None, str]]:
    with pytest.raises(Refused) as found:
        rules.check(question, TODAY)
    return [(error.column, error.code) for error in found.value.errors]


def test_a_question_that_is_right_is_taken() -> None:
    rules.check(QUESTION, TODAY)
    rules.check(replace(QUESTION, answer_by=TODAY, remind_on=None), TODAY)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"title": " "}, ("title", "TITLE")),
        ({"title": "Atelier\x1b[31m"}, ("title", "TITLE")),
        ({"title": "a" * 201}, ("title", "TITLE")),
        ({"kind": "FETE"}, ("kind", "UNKNOWN_CODE")),
        ({"department": "69"}, ("department", "UNKNOWN_CODE")),
        ({"words": "a\u202eb"}, ("words", "TEXT")),
        ({"answer_by": date(2027, 1, 3)}, ("answer_by", "IN_THE_PAST")),
        ({"options": (option("9999-12-30"),), "answer_by": date(2027, 1, 20)}, ("options.starts_at", "TOO_FAR")),
        ({"answer_by": date(2027, 1, 30)}, ("answer_by", "TOO_LATE")),
        ({"remind_on": date(2027, 1, 4)}, ("remind_on", "REMINDER")),
        ({"remind_on": date(2027, 1, 21)}, ("remind_on", "REMINDER")),
        ({"options": ()}, ("options", "COUNT")),
        ({"options": tuple(option("2027-03-01", f"{h:02}:{m:02}", "23:59") for h in range(10) for m in range(5))}, ("options", "COUNT")),
        ({"options": (option("2027-01-29"), option("2027-01-29"))}, ("options.starts_at", "TWICE")),
        ({"options": (option("2027-01-01"),), "answer_by": date(2027, 1, 4)}, ("options.starts_at", "IN_THE_PAST")),
        ({"options": (option("2027-01-29", "12:00", "09:30"),)}, ("options.ends_at", "INVERTED")),
        ({"options": (option("2027-03-28", "02:30", "12:00"),)}, ("options.starts_at", "NO_SUCH_TIME")),
        ({"recipients": ()}, ("recipients", "COUNT")),
        ({"recipients": (Recipient(department="93"), Recipient(department="93"))}, ("recipients", "TWICE")),
        ({"recipients": (Recipient(email="A@exemple.fr"), Recipient(email="a@exemple.fr"))}, ("recipients", "TWICE")),
        ({"recipients": (Recipient(),)}, ("recipients", "WHO")),
        ({"recipients": (Recipient(department="93", email="a@exemple.fr"),)}, ("recipients", "WHO")),
        ({"recipients": (Recipient(department="69"),)}, ("recipients.department", "UNKNOWN_CODE")),
        ({"recipients": (Recipient(email="a@exemple.fr\nBcc: b@exemple.fr"),)}, ("recipients.email", "MAIL")),
        ({"recipients": (Recipient(email="a@exemple.fr", name="<b>\x00</b>"),)}, ("recipients.name", "TEXT")),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(changes: dict[str, object], expected: tuple[str, str]) -> None:
    assert expected in refused(replace(QUESTION, **changes))  # type: ignore[arg-type]  # each case its own field


def test_the_twenty_ninth_of_february_and_the_change_of_the_clock_are_days_like_others() -> None:
    leap = replace(QUESTION, options=(option("2028-02-29"), option("2027-10-31", "02:30", "12:00")), answer_by=date(2027, 1, 20))
    rules.check(leap, TODAY)


def test_every_date_needs_an_answer_and_nothing_else_is_taken() -> None:
    first, second = (str(o.option_id) for o in QUESTION.options)
    assert set(rules.check_answers(QUESTION.options, {first: "YES", second: "NO"}, None).values()) == {"YES", "NO"}
    with pytest.raises(Refused) as found:
        rules.check_answers(QUESTION.options, {first: "PEUT-ÊTRE", "x": "YES"}, "a" * 501)
    assert [error.code for error in found.value.errors] == ["UNKNOWN_CODE", "MISSING", "UNKNOWN_OPTION", "TEXT"]


def ballots(*said: tuple[str, str] | None) -> dict[object, Ballot]:
    ids = [o.option_id for o in QUESTION.options]
    return {
        who.recipient_id: Ballot(dict(zip(ids, one, strict=True)), datetime(2027, 1, 5, tzinfo=UTC))  # type: ignore[arg-type]
        for who, one in zip(QUESTION.recipients, said, strict=True)
        if one is not None
    }


def test_a_required_no_weighs_more_than_any_number_of_yes() -> None:
    first, second = rules.tallies(QUESTION, ballots(("NO", "IF_NEEDED"), ("YES", "NO"), ("YES", "IF_NEEDED")))  # type: ignore[arg-type]
    assert ([who.department for who in first.missed], second.missed) == (["93"], ())
    assert (first.best, second.best) == (False, True)
    assert (first.yes, first.if_needed, first.no, first.silent) == (2, 0, 1, 0)
    assert not any(t.best for t in rules.tallies(QUESTION, {}))
    some = rules.tallies(QUESTION, ballots(None, ("YES", "YES"), None))  # type: ignore[arg-type]
    assert [len(t.unsure) for t in some] == [1, 1]
    assert not rules.has_answered(QUESTION, {}, QUESTION.recipients[0])


@pytest.mark.parametrize(
    ("begins", "ends", "expected"),
    [
        ("2027-01-29T09:30", "2027-01-29T12:00", ["29 M"]),
        ("2027-01-29T12:30", "2027-01-29T14:00", ["29 M", "29 A"]),
        ("2027-01-29T14:00", "2027-01-29T16:00", ["29 A"]),
        ("2027-01-29T22:00", "2027-01-30T00:30", ["29 A", "30 M"]),
        ("2027-01-29T22:00", "2027-01-30T00:00", ["29 A"]),
    ],
)
def test_a_date_touches_half_days_also_across_midnight(begins: str, ends: str, expected: list[str]) -> None:
    found = rules.half_days(Option(datetime.fromisoformat(begins), datetime.fromisoformat(ends)))
    assert [f"{slot.day.day} {slot.half[0]}" for slot in found] == expected
    assert all(isinstance(slot, Slot) for slot in found)


def test_a_poll_locks_itself_the_day_after_the_last_on_which_an_answer_counts() -> None:
    end = date(2027, 1, 20)
    states = [rules.state_of("open", end, day) for day in (date(2027, 1, 19), end, date(2027, 1, 21))]
    assert states == ["open", "open", "locked"]
    assert rules.state_of("closed", end, TODAY) == "closed"
    assert rules.remind_on(end, TODAY) == date(2027, 1, 17)
    assert rules.remind_on(date(2027, 1, 7), TODAY) is None


def test_a_date_reads_as_people_write_it() -> None:
    assert rules.when(option("2027-01-29")) == "vendredi 29 janvier 2027, 9 h 30 – 12 h"
    across = Option(datetime.fromisoformat("2027-03-01T22:05"), datetime.fromisoformat("2027-03-02T00:30"))
    assert rules.when(across) == "lundi 1er mars 2027, 22 h 05 – mardi 2 mars 2027, 0 h 30"


@pytest.mark.parametrize("day", [date.min, date.max])
def test_no_day_of_the_calendar_is_too_early_or_late_to_reckon_a_reminder(day: date) -> None:
    assert rules.remind_on(day, date(2027, 1, 4)) in {None, date.max - rules.REMIND_BEFORE}
