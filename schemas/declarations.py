"""Filings: one message a revision, without the lines."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from schemas.hours import Source
from schemas.message import Code, DeclarationNumber, Department, Message, Part, Sha256
from schemas.periods import Period

Door = Literal["api", "file", "form"]


class DepartmentHours(Part):
    """What a filing's revision says of one department."""

    department: Department
    lines: int
    centihours: int


class Declaration(Message):
    """A revision of a filing.

    `lines_announced` of its lines went to `hours` under this revision; 0 means that nothing remains to be counted.
    """

    key_field: ClassVar[str] = "declaration_id"

    declaration_id: DeclarationNumber
    revision: int
    declarant_id: UUID
    declared_by: str | None = None
    """Id of the account or key that sent it."""
    acting_id: UUID | None = None
    """The facilitator that declared for the declarant."""
    period: Period | None = None
    departments: tuple[DepartmentHours, ...] = ()
    lines: int
    replaced: int = 0
    parked: int = 0
    complete_by: date | None = None
    """The day until which its parked rows are to be completed; null where none is parked."""
    lines_announced: int
    centihours: int | None = None
    """Hours of all its lines, whether they count or stand beside another source's."""
    contracts: int | None = None
    """How many contracts its lines are about."""
    ended: int = 0
    """Lines of earlier filings that this one says are no more (« ce fichier remplace nos déclarations du … au … »)."""
    sha256: Sha256 | None = None
    door: Door = "api"


class DeclarationReceived(Declaration):
    """A new filing."""


class DeclarationCorrected(Declaration):
    """The author replaced the lines of a filing."""

    reason: Code


class DeclarationWithdrawn(Declaration):
    """The author took the filing back; every line has the newest value of a filing not withdrawn, or is retracted."""

    reason: Code


class QuestionAsked(Message):
    """A coordinator asks the declarant about a filing, or about its line at position `line`."""

    key_field: ClassVar[str] = "declaration_id"

    declaration_id: DeclarationNumber
    question_id: UUID
    declarant_id: UUID
    declared_by: str | None = None
    """Id of the account or key that sent the filing."""
    asked_by: str
    """Id of the account or key that asks: the answer goes there."""
    asked_by_name: str
    departments: tuple[Department, ...] = ()
    line: int | None = None
    contract: str | None = None
    """Number of the line's contract."""
    text: str = Field(max_length=1_000)
    """Names nobody (rule V19)."""


class QuestionAnswered(Message):
    """The declarant answered a question."""

    key_field: ClassVar[str] = "declaration_id"

    declaration_id: DeclarationNumber
    question_id: UUID
    declarant_id: UUID
    asked_by: str
    answered_by_name: str
    departments: tuple[Department, ...] = ()
    line: int | None = None
    text: str = Field(max_length=1_000)


class NothingToDeclare(Message):
    """« Rien à déclarer »: no hours on these contracts in this period."""

    key_field: ClassVar[str] = "declaration_id"

    declaration_id: DeclarationNumber
    declarant_id: UUID
    period: Period
    contracts: tuple[UUID, ...] = Field(min_length=1)
    departments: tuple[Department, ...] = ()


class HoursOfPeriod(Part):
    """What an organisation said of one contract and period, and what counts there instead (null where that is of another length)."""

    contract: str
    """The contract's number."""
    period: Period
    lines: int
    centihours: int
    counted_centihours: int | None = None


class SourceChanged(Message):
    """A filing's revision changed which source counts: the hours of another organisation stand beside since, or count again. One message an
    organisation and direction."""

    key_field: ClassVar[str] = "declaration_id"

    declaration_id: DeclarationNumber
    """The filing that changed it."""
    revision: int
    declarant_id: UUID
    """Whose hours moved."""
    counts: bool
    """Whether they count from now on."""
    source: Source
    """What the declarant of the filing is for these contracts."""
    source_name: str | None = None
    departments: tuple[Department, ...] = ()
    lines: int
    centihours: int
    contracts: int
    periods: tuple[HoursOfPeriod, ...] = ()
    """The first of them, in the order of their contracts and days."""
