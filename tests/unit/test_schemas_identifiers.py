"""The identity of a line is a UUID of version 5 over its parts, however it is computed: every stored line has one."""

from __future__ import annotations

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from schemas.identifiers import LINES, line_id, sourced_line_id

PARTS = st.text(max_size=40)


@given(declarant=st.uuids(), contract=st.uuids(), employer=PARTS, who=PARTS, reference=PARTS, period=PARTS)
def test_a_lines_identity_is_the_uuid5_of_its_parts(
    declarant: UUID, contract: UUID, employer: str, who: str, reference: str, period: str
) -> None:
    found = line_id(
        declarant=declarant, contract_uid=contract, employer=employer, who=who, work_contract_reference=reference, period=period
    )
    assert found == uuid5(LINES, "\x1f".join((str(declarant), str(contract), employer, who, reference, period)))
    assert found.version == 5


@given(declarant=st.uuids(), contract=st.uuids(), source=PARTS)
def test_a_line_that_its_source_numbers_is_the_uuid5_of_that_number(declarant: UUID, contract: UUID, source: str) -> None:
    found = sourced_line_id(declarant=declarant, contract_uid=contract, source_line=source)
    assert found == uuid5(LINES, "\x1f".join((str(declarant), str(contract), "source", source)))
