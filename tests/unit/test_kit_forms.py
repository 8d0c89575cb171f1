"""What a field says, read without trust."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.web.forms import whole


@pytest.mark.parametrize("text", ["", "²", "٣", "-1", "+1", "1.0", " 1", "9" * 5000, "2147483648"])
def test_what_is_no_whole_number_of_a_column_is_none(text: str) -> None:
    assert whole(text) is None


@given(st.integers(0, 2**31 - 1), st.integers(0, 2**31 - 1))
def test_a_whole_number_up_to_the_most_is_itself(number: int, most: int) -> None:
    assert whole(str(number), most) == (number if number <= most else None)


@given(st.text())
def test_no_text_is_an_error(text: str) -> None:
    assert whole(text) in {None, *range(1000)} or int(text) == whole(text)
