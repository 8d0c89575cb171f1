"""Mandates in time: one holder a day, overlaps refused, days without anybody shown."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import Refused
from schemas.directory import MandateRecorded
from services.directory.rules import mandates as rules

DAY = timedelta(days=1)
days = st.dates(date(2017, 1, 1), date(2019, 12, 31))


def mandate(starts_on: date, ends_on: date | None = None, *, department: str = "93", **more: object) -> MandateRecorded:
    return MandateRecorded.model_validate(
        {
            "mandate_id": uuid4(), "department": department, "structure_id": uuid4(), "structure_siret": "12345678200010",
            "structure_name": "PLIE de démonstration", "person_id": uuid4(), "starts_on": starts_on, "ends_on": ends_on, **more,
        }
    )  # fmt: skip


def test_the_day_of_the_handover_belongs_to_the_successor() -> None:
    first, second = mandate(date(2018, 1, 1), date(2018, 10, 1)), mandate(date(2018, 10, 1))
    assert rules.holder([first, second], date(2018, 9, 30)) == first
    assert rules.holder([first, second], date(2018, 10, 1)) == second


def test_a_day_without_anybody_is_a_vacancy_with_its_limits() -> None:
    first, second = mandate(date(2018, 1, 1), date(2018, 10, 1)), mandate(date(2018, 10, 2))
    assert rules.holder([first, second], date(2018, 10, 1)) is None
    assert rules.vacancy([first, second], date(2018, 10, 1)) == rules.Vacancy(date(2018, 10, 1), date(2018, 10, 2))


def test_before_the_first_mandate_nobody_holds_and_nothing_has_ended() -> None:
    assert rules.vacancy([mandate(date(2018, 1, 1))], date(2017, 6, 1)) == rules.Vacancy(None, date(2018, 1, 1))


def test_a_supposed_end_ends_nothing_but_is_asked_about_thirty_days_before() -> None:
    interim = mandate(date(2018, 10, 1), interim=True, ends_text="jusque début 2019", supposed_end=date(2019, 1, 31))
    assert rules.holder([interim], date(2019, 6, 1)) == interim
    assert not rules.to_confirm(interim, date(2018, 12, 31))
    assert rules.to_confirm(interim, date(2019, 1, 1))
    assert rules.to_confirm(interim, date(2019, 6, 1))


def test_an_overlap_is_refused_naming_who_holds_the_days() -> None:
    recorded = mandate(date(2018, 1, 1), date(2019, 1, 1))
    with pytest.raises(Refused) as refused:
        rules.check([recorded], mandate(date(2018, 12, 31)), names={recorded.person_id: "Nora Benamar"})
    assert refused.value.status == 409
    assert refused.value.code == "MANDATE_OVERLAP"
    assert "Nora Benamar (PLIE de démonstration) du 01/01/2018 au 31/12/2018" in refused.value.errors[0].message


def test_another_department_is_no_overlap_and_a_mandate_does_not_overlap_itself() -> None:
    recorded = mandate(date(2018, 1, 1))
    assert rules.overlapping([recorded], mandate(date(2018, 1, 1), department="92")) == []
    assert rules.overlapping([recorded], recorded.model_copy(update={"ends_on": date(2018, 6, 1)})) == []


def test_an_end_before_the_start_is_refused() -> None:
    with pytest.raises(Refused, match="se contredisent"):
        rules.check([], mandate(date(2018, 6, 1), date(2018, 6, 1)), names={})


def test_a_handover_closes_the_mandate_under_way_on_the_day_the_next_begins() -> None:
    under_way, successor = mandate(date(2017, 1, 1)), mandate(date(2018, 10, 1))
    found, closed = rules.succession([under_way], successor, handover=True)
    assert closed is not None
    assert closed.ends_on == date(2018, 10, 1)
    assert rules.overlapping(found, successor) == []
    assert rules.gaps(found, successor) == []


def test_without_handover_nothing_is_closed() -> None:
    under_way, successor = mandate(date(2017, 1, 1)), mandate(date(2018, 10, 1))
    assert rules.succession([under_way], successor, handover=False) == ([under_way], None)


@pytest.mark.parametrize(
    ("gap", "sentence"),
    [
        (rules.Vacancy(date(2018, 10, 1), date(2018, 10, 2)), "Personne ne suivrait le département le 01/10/2018."),
        (rules.Vacancy(date(2018, 10, 1), date(2018, 10, 9)), "Personne ne suivrait le département du 01/10/2018 au 08/10/2018."),
        (rules.Vacancy(date(2018, 10, 1), None), "Personne n’est prévu à partir du 01/10/2018."),
    ],
)
def test_a_gap_is_said_in_inclusive_days(gap: rules.Vacancy, sentence: str) -> None:
    assert rules.gap_sentence(gap) == sentence


@given(st.lists(st.tuples(days, st.integers(1, 200)), max_size=8), days, st.integers(1, 200), days)
def test_what_is_accepted_leaves_at_most_one_holder_on_any_day(
    others: list[tuple[date, int]], starts_on: date, length: int, day: date
) -> None:
    recorded: list[MandateRecorded] = []
    for start, days_ in [*others, (starts_on, length)]:
        candidate = mandate(start, start + days_ * DAY)
        if not rules.overlapping(recorded, candidate):
            recorded.append(candidate)
    assert sum(rules.holds(one, day) for one in recorded) <= 1


@given(st.lists(st.tuples(days, st.integers(1, 60)), min_size=1, max_size=6), days, st.integers(1, 60))
def test_the_days_of_a_gap_have_nobody_and_touch_the_candidate(others: list[tuple[date, int]], starts_on: date, length: int) -> None:
    recorded: list[MandateRecorded] = []
    for start, days_ in others:
        candidate = mandate(start, start + days_ * DAY)
        if not rules.overlapping(recorded, candidate):
            recorded.append(candidate)
    candidate = mandate(starts_on, starts_on + length * DAY)
    if rules.overlapping(recorded, candidate):
        return
    for gap in rules.gaps(recorded, candidate):
        assert gap.starts_on is not None
        assert rules.holder([*recorded, candidate], gap.starts_on) is None
        assert gap.ends_on == candidate.starts_on or gap.starts_on == candidate.ends_on
