"""A record of `hours` straight to the row that COPY takes, reading only the fields that facts keep.

The contract is schemas/hours.py. The structures below name a part of its fields with the same requirements; the test
tests/unit/test_indicators_decoding.py holds them against the pydantic models, field by field and by generated messages.
Reading and packing a line this way takes less than half of pydantic's reading alone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from pydantic import TypeAdapter

from schemas.hours import Group, HoursCorrected, HoursDeclared, HoursRetracted, Source
from schemas.identifiers import normalised
from schemas.message import Code, DeclarationNumber, Department
from schemas.periods import MONTHS, Period
from schemas.topics import HOURS
from services.indicators.store import copying
from services.indicators.store.copying import FALSE, NULL, TRUE, Packed
from services.indicators.store.staging import STAGED, STAGED_AFTER_HOURS, STAGED_BEFORE_HOURS

MOST_LINES: Final = 1_000_000
"""A filing has a bit a line: a larger number is a mistake, not a filing (files end at 50,000 lines)."""

Token = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]


class LineRow(msgspec.Struct, frozen=True, gc=False):
    """One line, checked and packed. `row` is everything of the staging table but the partition; `filing` is None when nobody filed."""

    line_id: bytes
    revision: int
    filing: tuple[str, int] | None
    line_no: int
    lines_in_revision: int
    row: bytes


class _Person(msgspec.Struct, frozen=True, gc=False):
    local: Token
    regional: Token | None = None
    sex: str = "NC"
    birth: str | None = None
    residence: str | None = None
    qpv: bool | None = None
    public: str = "NC"
    education: str = "NC"
    unemployment: str = "NC"
    prescriber: str = "NC"
    exit: str | None = None


class _Line(msgspec.Struct, frozen=True, gc=False):
    line_id: UUID
    revision: Annotated[int, msgspec.Meta(ge=1)]
    contract_uid: str
    declaration_id: str | None = None
    declaration_revision: int | None = None
    line_no: int | None = None
    lines_in_revision: int | None = None


class _Declared(_Line, frozen=True, gc=False, kw_only=True):
    declarant_id: str
    employer_siret: str | None = None
    employer_name: str | None = None
    period: msgspec.Raw
    department: str
    commune: str | None = None
    centihours: Annotated[int, msgspec.Meta(ge=0)]
    centihours_training: int | None = None
    modality: str = "NC"
    work_contract: str = "NC"
    work_contract_starts_on: str | None = None
    work_contract_ends_on: str | None = None
    source: str = "buyer"
    person: msgspec.Raw = msgspec.Raw(b"null")
    group: msgspec.Raw = msgspec.Raw(b"null")


def _uuid(value: str) -> bytes:
    return copying.uuid(_ANY_UUID.validate_strings(value))


def _period(raw: bytes) -> bytes:
    period = Period.model_validate_json(raw)
    return copying.day(period.start) + copying.smallint(MONTHS[period.grain])


def _checked(annotation: Any) -> Packed[str]:
    """Texts that a pydantic annotation accepts; it is asked once a value."""
    adapter = TypeAdapter[str](annotation)
    return Packed(lambda value: copying.text(adapter.validate_python(value)))


def _optional_day(value: str | None) -> bytes:
    return NULL if value is None else copying.day(_DATE.validate_strings(value))


_DATE: Final = TypeAdapter(date)
_TEXT: Final = Packed(copying.text)
_CODE: Final = _checked(Code)
_DEPARTMENT: Final = _checked(Department)
_NUMBER: Final = _checked(DeclarationNumber)
_SOURCE: Final = _checked(Source)
_PERIOD: Final = Packed(_period)
_DAY: Final = Packed(_optional_day)
_UUID: Final = Packed(_uuid)
_ANY_UUID: Final = TypeAdapter(UUID)
_INTEGER: Final = Packed(copying.integer)
_BIGINT: Final = Packed(copying.bigint)
_NAME: Final = Packed[str | None](lambda name: copying.text(normalised(name) if name else None))

_DECLARED: Final = msgspec.json.Decoder(_Declared)
_RETRACTED: Final = msgspec.json.Decoder(_Line)

_FIELDS: Final = len(STAGED).to_bytes(2, "big")
_RETRACTED_VALUES: Final = NULL * STAGED_BEFORE_HOURS + copying.bigint(0) + NULL * STAGED_AFTER_HOURS


def decode(ce_type: str, value: bytes) -> LineRow:
    """The row of one record. Raises ValueError for a value that is not of its type, KeyError for a type that is not known here."""
    read = _DECODERS[ce_type]
    try:
        return read(value)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _declared(value: bytes) -> LineRow:
    line = _DECLARED.decode(value)
    return _row(line, TRUE, _value(line))


def _retracted(value: bytes) -> LineRow:
    return _row(_RETRACTED.decode(value), FALSE, _RETRACTED_VALUES)


_DECODERS: Final[dict[str, Callable[[bytes], LineRow]]] = {
    HOURS.type_name(HoursDeclared): _declared,
    HOURS.type_name(HoursCorrected): _declared,
    HOURS.type_name(HoursRetracted): _retracted,
}


def _row(line: _Line, live: bytes, values: bytes) -> LineRow:
    identity = line.line_id.bytes
    filing, line_no, expected = _place(line)
    row = b"".join((
        _FIELDS, b"\0\0\0\x10", identity, _INTEGER[line.revision], live, _UUID[line.contract_uid], values,
        _NUMBER[filing[0]] if filing else NULL, _INTEGER[filing[1] if filing else None],
    ))  # fmt: skip
    return LineRow(identity, line.revision, filing, line_no, expected, row)


def _place(line: _Line) -> tuple[tuple[str, int] | None, int, int]:
    """Where the line stands in its filing. Raises ValueError for a number outside 1..lines_in_revision."""
    number, revision, line_no, expected = line.declaration_id, line.declaration_revision, line.line_no, line.lines_in_revision
    if number is not None:
        _NUMBER[number]  # checks it
    if number is None or revision is None or line_no is None or expected is None:
        return None, 0, 0
    if not 1 <= line_no <= expected <= MOST_LINES:
        raise ValueError(f"line {line_no} of {expected}")
    return (number, revision), line_no, expected


def _value(line: _Declared) -> bytes:
    return b"".join((
        _UUID[line.declarant_id],
        _TEXT[line.employer_siret] if line.employer_siret else _NAME[line.employer_name],
        _PERIOD[bytes(line.period)],
        _DEPARTMENT[line.department],
        _TEXT[line.commune],
        _BIGINT[line.centihours],
        _BIGINT[line.centihours_training],
        _CODE[line.modality],
        _CODE[line.work_contract],
        _DAY[line.work_contract_starts_on],
        _DAY[line.work_contract_ends_on],
        _SOURCE[line.source],
        _PERSON[bytes(line.person)],
        _of_group(bytes(line.group)),
    ))  # fmt: skip


def _person(raw: bytes) -> bytes:
    """A person's fields. The same person comes back month after month with the same bytes: they are read once."""
    if raw == b"null":
        return NULL * 11
    person = _ONE_PERSON.decode(raw)
    return b"".join((
        copying.text(person.residence),
        _CODE[person.sex],
        copying.text(person.birth),
        copying.boolean(person.qpv),
        _CODE[person.public],
        _CODE[person.education],
        _CODE[person.unemployment],
        _CODE[person.prescriber],
        NULL if person.exit is None else _CODE[person.exit],
        copying.text(person.regional),
        copying.text(person.local),
    ))  # fmt: skip


def _of_group(raw: bytes) -> bytes:
    if raw == b"null":
        return _NO_GROUP
    group = Group.model_validate_json(raw)
    return b"".join(map(copying.integer, (group.persons, group.women, group.under_26, group.qpv)))


_PERSON: Final = Packed(_person, remembered=20_000)
_ONE_PERSON: Final = msgspec.json.Decoder(_Person)
_NO_GROUP: Final = NULL * 4
