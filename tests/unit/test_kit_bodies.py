"""What a caller is told of a body or a precondition: where, which value, what would be right, in French."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from fastapi import Request
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from kit.preconditions import expected_revision
from kit.problems import Problem
from kit.web.errors import of_validation
from kit.web.instants import Day
from kit.web.limits import check_json


class Body(BaseModel):
    mode: Literal["partial", "all"] = "all"
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    lines: list[dict[str, object]] = Field(min_length=1)


@pytest.mark.parametrize(
    ("sent", "column", "value", "message"),
    [
        ('{"lines": [{}], "mode": "some"}', "mode", "some", "Valeurs possibles : 'partial', 'all'."),
        ('{"lines": [{}], "limit": 1000}', "limit", "1000", "200 au plus."),
        ('{"lines": [{}], "limit": "many"}', "limit", "many", "Un nombre entier est attendu."),
        ('{"lines": {}}', "lines", None, "Une liste est attendue."),
        ('{"lines": []}', "lines", None, "1\N{NO-BREAK SPACE}élément au moins."),
        ("{}", "lines", None, "Cette valeur est obligatoire."),
        ("[]", None, None, "Un objet JSON est attendu."),
    ],
)
def test_what_would_be_right_is_said_in_french(sent: str, column: str | None, value: str | None, message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Body.model_validate_json(sent)
    [error] = of_validation(refused.value.errors()).errors
    assert (error.column, error.value, error.message) == (column, value, message)


@pytest.mark.parametrize(
    ("sent", "line", "column", "code"),
    [
        (b'{"lines": [{}, {"hours": NaN}]}', 2, "hours", "NOT_FINITE"),
        (b'{"lines": [{"hours": 1e400}]}', 1, "hours", "NOT_FINITE"),
        (b'{"a": {"b": ["x", "\\ud800"]}}', None, "a.b.1", "VALUE"),
        (b'{"a": "\\u0000"}', None, None, "NUL"),
    ],
)
def test_a_value_that_no_database_holds_is_named_by_its_place(sent: bytes, line: int | None, column: str | None, code: str) -> None:
    with pytest.raises(Problem) as refused:
        check_json(sent)
    [error] = refused.value.errors
    assert (refused.value.status, error.line, error.column, error.code) == (422, line, column, code)


@pytest.mark.parametrize("given", ['"3"', "3", 'W/"3"', '"3-gzip"', 'W/"3-zstd"', ' "3-br" '])
async def test_the_version_of_a_packed_answer_is_a_version(given: str) -> None:
    assert await expected_revision(_asking(given)) == 3


@pytest.mark.parametrize("given", ["*", '"zzz"', '"3-4"', ""])
async def test_what_is_no_version_is_412(given: str) -> None:
    with pytest.raises(Problem) as refused:
        await expected_revision(_asking(given))
    assert refused.value.status == 412


def _asking(given: str) -> Request:
    return Request({"type": "http", "headers": [(b"if-match", given.encode())]})


@pytest.mark.parametrize(("day", "good"), [("1900-01-01", True), ("2199-12-31", True), ("0001-01-01", False), ("9999-12-31", False)])
def test_a_day_lies_in_years_in_which_days_can_be_added(day: str, good: bool) -> None:
    if good:
        assert TypeAdapter(Day).validate_python(day).isoformat() == day
    else:
        with pytest.raises(ValidationError, match="plausible"):
            TypeAdapter(Day).validate_python(day)
