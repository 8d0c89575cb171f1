"""What the observatory announces of itself."""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from schemas.message import DecimalText, Department, Message


class FiguresMoved(Message):
    """The full after-state of a department's year, at most every ten seconds for one department."""

    key_field: ClassVar[str] = "department"

    department: Department
    year: int
    centihours: int
    persons: int
    women: int
    contracts: int
    fte: DecimalText
    """Full-time equivalents: hours / 1607 (the divisor is a parameter of the method)."""


class EditionPublished(Message):
    """A release of the public figures."""

    key_field: ClassVar[str] = "department"

    department: str = "11"
    """The region: a release concerns all departments."""
    release: str
    """Number of the release, for example 2026-3."""
    figures_until: date
    cells: int
    hidden: int
    edition: str | None = None
    """Number of the edition that the release is, for example 2026-1; without one it is a quarterly snapshot."""
    year: int | None = None
    """The year that the edition is about."""
    final: bool | None = None
    """Whether the edition was signed off as final, not provisional."""
    path: str | None = None
    """Where the edition is read."""


class EditionReviewOpened(Message):
    """The coordinations are asked to read their sheets of an edition, or have another deadline."""

    key_field: ClassVar[str] = "department"

    department: str = "11"
    """The region: one message for all coordinations."""
    edition: str
    """Number of the edition, for example 2026-1."""
    title: str
    year: int
    draft: int
    departments: tuple[Department, ...]
    """Whose coordinations are asked."""
    deadline: date
    """The last day on which they may answer (Europe/Paris)."""
    path: str
    """Where a coordination reads its sheet."""
    reminder: bool = False
    """Asked again before the deadline: `departments` are then those that have not answered."""


class EditionAbandoned(Message):
    """An edition that the coordinations were asked to read will not be published."""

    key_field: ClassVar[str] = "department"

    department: str = "11"
    """The region: one message for all coordinations."""
    edition: str
    """Number of the edition, for example 2026-1."""
    title: str
    year: int
    departments: tuple[Department, ...]
    """Whose coordinations were asked."""
    reason: str
    path: str
    """Where a coordination reads what became of it."""


class SilenceNoticed(Message):
    """Nothing was received from an organisation for a period in which it has running contracts."""

    key_field: ClassVar[str] = "department"

    department: Department
    organisation_id: UUID
    since: date
    contracts: int
