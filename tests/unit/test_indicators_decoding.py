"""The fast reading of lines says the same as the contract: field by field, and for generated and broken messages."""

from __future__ import annotations

import json
import struct
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from annotated_types import Ge
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from schemas.hours import Group, HoursCorrected, HoursDeclared, HoursRetracted, Line, Person
from schemas.identifiers import normalised
from schemas.periods import MONTHS, Period
from schemas.topics import HOURS
from services.indicators.consumers import decoding
from services.indicators.consumers.decoding import LineRow, decode
from services.indicators.store.staging import STAGED

DECLARED, CORRECTED = HOURS.type_name(HoursDeclared), HOURS.type_name(HoursCorrected)
KINDS: dict[str, type[Line]] = {kind.__name__: kind for kind in (HoursDeclared, HoursCorrected, HoursRetracted)}
SAYS_WHY = r"\w{3}"
EXAMPLES = sorted((Path(__file__).parents[2] / "schemas/examples/hours").glob("*.json"))


@pytest.mark.parametrize(
    ("fast", "contract"),
    [(decoding._Line, Line), (decoding._Declared, HoursDeclared), (decoding._Person, Person)],
)
def test_every_field_is_the_contracts(fast: type[msgspec.Struct], contract: type[BaseModel]) -> None:
    told = {field.name: field for field in msgspec.structs.fields(fast)}
    assert {name for name, field in contract.model_fields.items() if field.is_required()} <= told.keys()
    for name, field in told.items():
        ours = contract.model_fields[name]
        assert field.required == ours.is_required(), name
        if not field.required:
            unset = msgspec.Raw(b"null")
            assert (None if field.default == unset else field.default) == ours.default, name
        least = [limit.ge for limit in ours.metadata if isinstance(limit, Ge)]
        kind = msgspec.inspect.type_info(field.type)
        assert least == ([kind.ge] if isinstance(kind, msgspec.inspect.IntType) and kind.ge is not None else []), name


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_every_example_is_read(file: Path) -> None:
    kind = KINDS[file.name.split(".")[0]]
    said = kind.model_validate_json(file.read_bytes())
    assert columns_of(decode(HOURS.type_name(kind), file.read_bytes())) == expected(said)


codes = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40)
texts = st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
counts = st.integers(0, 2**31 - 1)
tokens = st.text("0123456789abcdef", min_size=32, max_size=32)
days = st.none() | st.dates(date(1000, 1, 1), date(9999, 12, 31))
periods = st.one_of(
    st.builds(Period.month, st.integers(1000, 2998), st.integers(1, 12)),
    st.builds(lambda year, part: Period.parse(f"{year}{part}"), st.integers(1000, 2998), st.sampled_from(["", "-S1", "-S2", "-Q1", "-Q4"])),
)
persons = st.builds(
    Person, local=tokens, regional=st.none() | tokens, sex=codes, birth=texts, residence=texts, qpv=st.none() | st.booleans(), public=codes,
    education=codes, unemployment=codes, prescriber=codes, other_publics=st.tuples(codes),
)  # fmt: skip
groups = st.builds(Group, label=codes, persons=counts, women=st.none() | counts, under_26=st.none() | counts, qpv=st.none() | counts)
places: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.integers(1, 50_000).flatmap(
        lambda lines: st.fixed_dictionaries(
            {
                "declaration_id": st.from_regex(r"D-[0-9]{4}-[0-9]{6}", fullmatch=True),
                "declaration_revision": st.integers(1, 2**31 - 1),
                "line_no": st.integers(1, lines),
                "lines_in_revision": st.just(lines),
            }
        )
    ),
)
declared = places.flatmap(
    lambda place: st.builds(
        HoursDeclared, line_id=st.uuids(), revision=st.integers(1, 2**31 - 1), contract_uid=st.uuids(), declarant_id=st.uuids(),
        employer_siret=texts, employer_name=texts, period=periods, department=st.sampled_from(["01", "2A", "93", "971"]), commune=texts,
        centihours=st.integers(0, 2**63 - 1), centihours_training=st.none() | st.integers(-(2**63), 2**63 - 1), modality=codes,
        work_contract=codes, work_contract_starts_on=days, work_contract_ends_on=days,
        source=st.sampled_from(["facilitator", "buyer", "company"]), person=st.none() | persons, group=st.none() | groups,
        **{name: st.just(value) for name, value in place.items()},
    )
)  # fmt: skip


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(declared)
def test_a_line_is_packed_as_the_contract_reads_it(line: HoursDeclared) -> None:
    found = decode(CORRECTED, line.model_dump_json().encode())
    assert columns_of(found) == expected(line)
    assert (found.line_id, found.revision) == (line.line_id.bytes, line.revision)
    if line.declaration_id:
        assert found.filing == (line.declaration_id, line.declaration_revision)
        assert (found.line_no, found.lines_in_revision) == (line.line_no, line.lines_in_revision)
    else:
        assert found.filing is None


junk = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.floats(), st.text(max_size=5), st.just([]), st.just({}), st.just("2026-02-30"),
    st.just("x" * 41), st.just("a" * 32 + "\n"), st.just("93\n"), st.just({"grain": "month", "start": "2026-01-01", "end": "2026-03-01"}),
)  # fmt: skip
NEEDED = [field.name for field in msgspec.structs.fields(decoding._Declared)]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(declared, st.sampled_from(NEEDED), junk, st.booleans())
def test_what_the_contract_refuses_is_refused(line: HoursDeclared, name: str, value: Any, without: bool) -> None:
    document = json.loads(line.model_dump_json())
    if without:
        del document[name]
    else:
        document[name] = value
    raw = json.dumps(document).encode()
    try:
        HoursDeclared.model_validate_json(raw)
    except ValidationError:
        with pytest.raises(ValueError, match=SAYS_WHY):
            decode(DECLARED, raw)


@pytest.mark.parametrize("place", ["regional", "local"])
def test_a_token_is_32_hexadecimal_digits(place: str) -> None:
    line = json.loads(EXAMPLES_BY_NAME["HoursDeclared"].read_bytes())
    for wrong in ("a" * 31, "A" * 32, "a" * 32 + "\n", "g" * 32, "a" * 33):
        line["person"] = {"local": "a" * 32, place: wrong}
        with pytest.raises(ValueError, match=SAYS_WHY):
            decode(DECLARED, json.dumps(line).encode())


EXAMPLES_BY_NAME = {file.name.split(".")[0]: file for file in reversed(EXAMPLES)}
BAD_BYTES = [b"", b"{", b"\xff\xfe", b"null", b"[]", b'{"line_id": NaN}', b'{"x":' * 100_000, b"[" * 100_000]


@pytest.mark.parametrize("raw", BAD_BYTES, ids=range(len(BAD_BYTES)))
def test_bad_bytes_are_a_value_error(raw: bytes) -> None:
    with pytest.raises(ValueError, match=SAYS_WHY):
        decode(DECLARED, raw)


def test_a_type_of_tomorrow_is_not_known() -> None:
    with pytest.raises(KeyError):
        decode("fr.macs.hours.HoursWeighed.v1", b"{}")


def test_a_line_outside_its_filing_is_refused() -> None:
    line = json.loads(EXAMPLES_BY_NAME["HoursDeclared"].read_bytes())
    line |= {"declaration_id": "D-2026-000001", "declaration_revision": 1, "line_no": 7, "lines_in_revision": 5}
    with pytest.raises(ValueError, match="line 7 of 5"):
        decode(DECLARED, json.dumps(line).encode())


@pytest.mark.parametrize("field", ["employer_siret", "commune", "modality"])
def test_a_nul_is_refused_here_and_not_by_the_database(field: str) -> None:
    line = json.loads(EXAMPLES_BY_NAME["HoursDeclared"].read_bytes()) | {field: "a\0b"}
    with pytest.raises(ValueError, match="NUL"):
        decode(DECLARED, json.dumps(line).encode())


def test_an_unknown_code_is_kept_as_it_came() -> None:
    line = json.loads(EXAMPLES_BY_NAME["HoursDeclared"].read_bytes()) | {"modality": "TELEPORTATION"}
    assert columns_of(decode(DECLARED, json.dumps(line).encode()))["modality"] == "TELEPORTATION"


def expected(line: Line) -> dict[str, Any]:
    """The staged columns by another way: from the pydantic object."""
    found: dict[str, Any] = dict.fromkeys(column.split()[0] for column in STAGED[:-1])
    found |= {"line_id": line.line_id, "revision": line.revision, "live": False, "contract_uid": line.contract_uid, "centihours": 0}
    if None not in (line.declaration_id, line.declaration_revision, line.line_no, line.lines_in_revision):
        found |= {"declaration_id": line.declaration_id, "declaration_revision": line.declaration_revision}
    if isinstance(line, HoursDeclared):
        found |= {
            "live": True, "declarant_id": line.declarant_id, "period_start": line.period.start, "period_months": MONTHS[line.period.grain],
            "employer": line.employer_siret or (normalised(line.employer_name) if line.employer_name else None),
            "training": line.centihours_training, "work_starts": line.work_contract_starts_on, "work_ends": line.work_contract_ends_on,
        }  # fmt: skip
        found |= {name: getattr(line, name) for name in ("department", "commune", "centihours", "modality", "work_contract", "source")}
    if isinstance(line, HoursDeclared) and line.person:
        told = line.person
        found |= {"person": told.regional, "person_local": told.local}
        names = ("residence", "sex", "birth", "qpv", "public", "education", "unemployment", "prescriber")
        found |= {name: getattr(told, name) for name in names}
    if isinstance(line, HoursDeclared) and line.group:
        counted = line.group
        found |= {
            "group_persons": counted.persons,
            "group_women": counted.women,
            "group_under_26": counted.under_26,
            "group_qpv": counted.qpv,
        }
    return found


def columns_of(line: LineRow) -> dict[str, Any]:
    """The packed row, unpacked from PostgreSQL's documentation of the binary format."""
    (fields,) = struct.unpack_from(">h", line.row)
    assert fields == len(STAGED)
    found, place = {}, 2
    for column in STAGED[:-1]:  # the partition is added when the batch is known
        name, kind = column.split()
        (size,) = struct.unpack_from(">i", line.row, place)
        place += 4
        found[name] = None if size < 0 else READ[kind](line.row[place : place + size])
        place += max(size, 0)
    assert place == len(line.row)
    return found


READ: dict[str, Any] = {
    "uuid": lambda raw: UUID(bytes=raw),
    "integer": lambda raw: struct.unpack(">i", raw)[0],
    "smallint": lambda raw: struct.unpack(">h", raw)[0],
    "bigint": lambda raw: struct.unpack(">q", raw)[0],
    "boolean": lambda raw: raw == b"\1",
    "text": lambda raw: raw.decode(),
    "date": lambda raw: date(2000, 1, 1) + timedelta(days=struct.unpack(">i", raw)[0]),
}
