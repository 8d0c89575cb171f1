"""Which figures make a sheet another one than the coordination has read: all that it prints of its own department, nothing of others."""

from __future__ import annotations

import pytest

from services.indicators import app  # noqa: F401  the service as a whole first
from services.indicators.release.editions import sheets
from services.indicators.release.store import Written

ROWS: tuple[Written, ...] = (
    ("I01", "2025", "department", "93", "", "12480.00", "ok", None),
    ("I05", "2025-Q2", "department,public", "93", "BRSA", None, "secret", None),
    ("I01", "2024", "department", "93", "", "9000.00", "ok", None),
    ("I01", "2023-Q4", "department", "93", "", "2000.00", "ok", None),
    ("I01", "2025", "department", "94", "", "5000.00", "ok", None),
    ("I01", "2024-Q1", "", "", "", "40000.00", "ok", None),
    ("I01", "2022-Q4", "department", "93", "", "1000.00", "ok", None),
    ("I05", "2024", "department", "93", "", "150", "ok", None),
)


@pytest.mark.parametrize(
    ("place", "value", "read_again"),
    [(0, "12479.00", True), (1, "17", True), (2, "9001.00", True), (3, "1999.00", True), (4, "5001.00", False), (5, "1.00", False),
     (6, "1.00", False), (7, "151", False)],
)  # fmt: skip
def test_a_sheet_is_read_again_where_one_of_its_own_figures_moved(place: int, value: str, *, read_again: bool) -> None:
    moved = list(ROWS)
    moved[place] = (*moved[place][:5], value, "ok", None)
    before, after = sheets(ROWS, "2025"), sheets(moved, "2025")
    assert (before["93"] != after["93"]) is read_again
