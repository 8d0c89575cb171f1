"""A file against what stands: every line of either has exactly one fate, and sending it makes the next comparison empty."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from schemas.hours import Group, Person
from schemas.periods import Period
from services.ingest.rules.declared import LineValue
from services.ingest.rules.differences import Change, Replacing, Span, compare, span_of, what_changed

SPAN = Span(date(2026, 1, 1), date(2026, 7, 1))


def line(number: int, month: int, hours: int) -> LineValue:
    return LineValue(
        line=number, line_id=UUID(int=number * 100 + month), contract_uid=UUID(int=number % 2), period=Period.month(2026, month),
        department="93", centihours=hours, group=Group(label="Lot", persons=3),
    )  # fmt: skip


lines = st.dictionaries(st.tuples(st.integers(1, 5), st.integers(1, 9)), st.integers(0, 3), max_size=20).map(
    lambda found: [line(number, month, hours) for (number, month), hours in found.items()]
)


@given(present=lines, said=lines)
def test_every_line_has_one_fate(present: list[LineValue], said: list[LineValue]) -> None:
    found = compare(present, said, SPAN)
    assert found.identical + len(found.changed) + len(found.new) == len(said)
    assert {value.line_id for value in found.gone} == {v.line_id for v in present if SPAN.holds(v.period)} - {v.line_id for v in said}
    assert found.outside == sum(not SPAN.holds(value.period) for value in said)
    ended = Replacing(SPAN, "withdraw").ends(found)
    after = {v.line_id: v for v in [*present, *said] if v.line_id not in ended}
    again = compare(after.values(), said, SPAN)
    assert (again.identical, again.changed, again.new, again.gone) == (len(said), [], [], [])


@given(present=lines, said=lines, chosen=st.frozensets(st.integers(0, 1).map(lambda n: UUID(int=n))))
def test_what_is_chosen_by_contract_lies_between_nothing_and_everything(
    present: list[LineValue], said: list[LineValue], chosen: frozenset[UUID]
) -> None:
    found = compare(present, said, SPAN)
    some = Replacing(SPAN, "choose", chosen).ends(found)
    assert Replacing(SPAN, "keep").ends(found) == []
    assert set(some) == {value.line_id for value in found.gone if value.contract_uid in chosen}


def test_a_change_names_what_it_changes_and_the_place_in_the_file_is_no_change() -> None:
    before = line(1, 3, 1_250_500)
    after = replace(before, line=7, centihours=125_050, group=Group(label="Lot", persons=4, women=1))
    assert what_changed(Change(before, after), {}) == [
        ("Heures", "12\u202f505", "1\u202f250,5"),
        ("Personnes", "3", "4"),
        ("Femmes", "–", "1"),
    ]
    assert compare([before], [replace(before, line=9)], SPAN).identical == 1


def test_a_change_is_told_in_words_and_of_persons_only_where_they_may_be_read() -> None:
    before = replace(line(1, 3, 1_000), modality="NC", group=None, person=Person(local="a" * 32, sex="F"))
    after = replace(before, modality="ACI", period=Period.parse("2026-04"), person=Person(local="a" * 32, sex="M", public="BRSA"))
    said = {label: (was, now) for label, was, now in what_changed(Change(before, after), {})}
    assert said["Période"][1] == "avril 2026"
    assert said["Modalité"][0] == "–"
    assert said["Modalité"][1] not in {"ACI", ""}, "the label, not the code"
    assert said["Sexe"] == ("F", "M")
    hidden = {label: (was, now) for label, was, now in what_changed(Change(before, after), {}, persons=False)}
    assert hidden["Sexe"] == hidden["Public"] == ("", "")
    assert hidden["Modalité"] == said["Modalité"]


def test_the_span_of_a_file_reaches_from_its_first_to_its_last_month() -> None:
    span = span_of([line(1, 3, 1), line(2, 1, 1), line(3, 6, 1)])
    assert span == SPAN
    assert (span and span.last) == date(2026, 6, 1)
    assert span_of([]) is None
    assert Span(date(2025, 11, 1), date(2026, 1, 1)).last == date(2025, 12, 1)
