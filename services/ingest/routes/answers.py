"""What the interface of filings and contracts answers, as its document describes it."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from kit.errors import LineError
from schemas.countings import DepartmentMove
from schemas.declarations import DepartmentHours

State = Literal["received", "counted", "partly_counted", "corrected", "withdrawn"]


class ReceiptAnswer(BaseModel):
    """A revision of a filing was taken in. `replaced` of its lines stand in place of earlier values; `parked` rows wait for completion."""

    number: str
    revision: int
    received_at: AwareDatetime
    lines: int
    replaced: int
    parked: int
    sha256: str | None
    trace_id: str
    links: dict[str, str]
    ended: int | None = None
    """Lines of earlier filings that a file which stands for a whole span says are no more; absent where there are none."""
    remarks: list[LineError] = []
    """What there is to look at, the most serious first, 100 at most; absent where there is nothing, and in the answer to a repeated request."""


class StepAnswer(BaseModel):
    step: Literal["received", "counted", "told"]
    service: str
    at: AwareDatetime
    trace_id: str
    revision: int


class ListedAnswer(BaseModel):
    """A filing's present revision. `parked`: rows that it set aside when it was received, which does not change. `waiting`: those of them that
    still wait today, neither completed nor dropped since (`/declarer/a-completer`); none of a filing that was withdrawn."""

    number: str
    revision: int
    state: State
    received_at: AwareDatetime
    declarant: dict[str, Any]
    declared_by: str
    door: str
    mode: str | None
    reason: str | None
    period: str | None
    departments: list[DepartmentHours]
    lines: int
    replaced: int
    parked: int
    waiting: int
    announced: int
    sha256: str | None
    counted_at: AwareDatetime | None
    trace_id: str
    links: dict[str, str]


class FilingAnswer(ListedAnswer):
    """`positions`: the positions at which the figures contain it, for `Macs-Position`. `dead`: lines that could not be counted."""

    dead: int
    moves: list[DepartmentMove]
    positions: dict[str, int]
    journey: list[StepAnswer]
    revisions: list[dict[str, Any]]


class ListAnswer(BaseModel):
    items: list[ListedAnswer]
    next: str | None


class ContractAnswer(BaseModel):
    uid: UUID
    revision: int
    number: str
    outcome: Literal["new", "changed", "same"]
    remarks: list[LineError] = []


class FoundContract(BaseModel):
    uid: UUID
    number: str
    object: str
    buyer_siret: str
    buyer_name: str | None
    department: str | None
    starts_on: str | None
    ends_on: str | None
    hours_committed: int | None
    declared: bool


class ContractList(BaseModel):
    items: list[FoundContract]
    next: str | None
