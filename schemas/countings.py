"""The observatory's answer to a filing: all its lines are counted."""

from __future__ import annotations

from typing import ClassVar

from pydantic import AwareDatetime

from schemas.message import DeclarationNumber, Department, Message, Part


class DepartmentMove(Part):
    """The hours of the revision's lines in one department, before and after they were applied (centi-hours)."""

    department: Department
    centihours_before: int
    centihours_after: int


class DeclarationCounted(Message):
    """Every line of a filing's revision was dealt with: `applied` moved or confirmed a fact, `dead` could not be read."""

    key_field: ClassVar[str] = "declaration_id"

    declaration_id: DeclarationNumber
    revision: int
    lines: int
    applied: int
    dead: int = 0
    departments: tuple[DepartmentMove, ...] = ()
    positions: dict[str, int]
    """`topic/partition` → batch number at which a reader of the figures sees all of it."""
    counted_at: AwareDatetime
