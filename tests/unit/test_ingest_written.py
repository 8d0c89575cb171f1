"""A line's JSON, written without pydantic, is what pydantic would write, to the byte: readers and the stack cannot tell."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from kit import outbox
from schemas.hours import Group, HoursCorrected, HoursDeclared, Person
from schemas.identifiers import uid_of, uuid7
from schemas.periods import Period
from services.ingest.rules.declared import LineValue
from services.ingest.store.written import content_of, hours_of

_KEPT = TypeAdapter(LineValue)
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
_CODE = st.sampled_from(["NC", "F", "BRSA", "ÉTÉ \u2028 «\x7f»", 'a"b\\c/d'])
_TOKEN = st.text("0123456789abcdef", min_size=32, max_size=32)
_DAY = st.none() | st.dates(date(2000, 1, 1), date(2999, 12, 31))
_PERSON = st.builds(
    Person, local=_TOKEN, regional=st.none() | _TOKEN, sex=_CODE, birth=st.none() | st.just("1990-04"), qpv=st.none() | st.booleans(),
    public=_CODE, other_publics=st.lists(_CODE, max_size=2).map(tuple), exit=st.none() | _CODE,
)  # fmt: skip
_GROUP = st.builds(Group, label=_TEXT, persons=st.integers(0, 99), women=st.none() | st.integers(0, 9))
_VALUE = st.builds(
    LineValue, line=st.integers(1, 10**6), line_id=st.uuids(), contract_uid=st.uuids(), department=st.just("93"),
    period=st.sampled_from(["2026-01", "2026-Q2", "2025"]).map(Period.parse), centihours=st.integers(0, 10**9),
    employer_name=st.none() | _TEXT, job=st.none() | _TEXT, work_contract_starts_on=_DAY, person=st.none() | _PERSON, group=st.none() | _GROUP,
)  # fmt: skip
_INSTANT = st.datetimes(timezones=st.just(UTC)) | st.just(datetime(2026, 11, 27, tzinfo=UTC))


@given(_VALUE)
def test_the_stack_keeps_what_pydantic_writes(value: LineValue) -> None:
    assert content_of(value).encode() == _KEPT.dump_json(value)
    assert _KEPT.validate_json(content_of(value)) == value


@given(_VALUE, _INSTANT, st.sampled_from([HoursDeclared, HoursCorrected]), st.none() | st.integers(1, 9))
def test_hours_carries_what_pydantic_writes(value: LineValue, at: datetime, kind: type[HoursDeclared], number: int | None) -> None:
    said: dict[str, Any] = {
        "id": uuid7(), "occurred_at": at, "line_id": value.line_id, "revision": 2, "declaration_id": "D-2026-000001" if number else None,
        "declaration_revision": number, "line_no": number, "lines_in_revision": number, "declarant_id": UUID(int=7), "source": "company",
    }  # fmt: skip
    message = kind.model_validate({**{n: getattr(value, n) for n in LineValue.__dataclass_fields__}, **said})
    written = outbox.Written(kind, message.id, message.key(), at, hours_of(kind, value, said))
    assert written.value == message.model_dump_json().encode()
    assert outbox.row_written(written, "story") == outbox.row_of(message, "story")


@given(_PERSON)
def test_a_person_that_is_not_checked_again_is_the_person(person: Person) -> None:
    made = Person.made(dict(person.__dict__))
    assert made == person
    assert (made.model_dump_json(), hash(made), repr(made)) == (person.model_dump_json(), hash(person), repr(person))
    later = made.model_copy(update={"sex": "M"})
    assert (later.sex, made.model_fields_set) == ("M", set(Person.model_fields))


@given(st.uuids())
def test_a_number_made_into_a_uuid_is_that_uuid(uid: UUID) -> None:
    made = uid_of(uid.int)
    assert (made, hash(made), str(made), made.bytes, made.is_safe) == (uid, hash(uid), str(uid), uid.bytes, uid.is_safe)


def test_ids_of_version_7_follow_the_clock() -> None:
    before = datetime.now(UTC)
    made = [uuid7() for _ in range(50)]
    assert {each.version for each in made} == {7}
    assert len(set(made)) == 50
    at = datetime.fromtimestamp((made[-1].int >> 80) / 1000, UTC)
    assert before - timedelta(seconds=1) < at < datetime.now(UTC) + timedelta(seconds=1)
