"""Numbers as people type them, read without trust."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.digits import joined, whole


@pytest.mark.parametrize("text", ["", "²", "٣", "-1", "+1", "1.0", " 1", "9" * 5000, "2147483648"])
def test_what_is_no_whole_number_of_a_column_is_none(text: str) -> None:
    assert whole(text) is None


@given(st.integers(0, 2**31 - 1), st.integers(0, 2**31 - 1))
def test_a_whole_number_up_to_the_most_is_itself(number: int, most: int) -> None:
    assert whole(str(number), most) == (number if number <= most else None)


@given(st.text())
def test_no_text_is_an_error(text: str) -> None:
    assert whole(text) in {None, *range(1000)} or int(text) == whole(text)


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f", "\u2009", "\t"])
def test_a_number_copied_from_a_page_or_a_mail_is_read_like_a_typed_one(space: str) -> None:
    assert joined(f"{space}123{space}456{space}782{space}00010 ") == "12345678200010"
    assert whole(joined(f"12{space}505")) == 12505
