"""What goes into the validator and what comes out: the shapes that the doors and the store share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from kit.errors import LineError
from schemas.hours import Group, Person
from schemas.periods import Period
from services.ingest.persons import Tokens


@dataclass(frozen=True, slots=True)
class Given:
    """A person whose tokens were made before: a line of an earlier quarter, or an identity that was typed and forgotten at once."""

    local: str = ""
    regional: str | None = None


@dataclass(frozen=True, slots=True)
class RawLine:
    """A line as it arrived. `values` by English field name, as JSON or a cell gave them; `columns`: field → header as sent."""

    line: int
    values: Mapping[str, object]
    columns: Mapping[str, str] = field(default_factory=dict)
    given: Given | None = None
    """Never from outside: only the form, which made the tokens itself."""


@dataclass(frozen=True)
class KnownContract:
    """What the rules need of a contract. `declarable` is false when this declarant may not declare for it."""

    uid: UUID
    number: str
    department: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    notified_on: date | None = None
    declarable: bool = True
    hours_committed: int | None = None
    amount: Decimal | None = None
    """Euros before tax, of the essential procurement data."""


DeclaredBefore = Mapping[tuple[UUID, str], Sequence[tuple[date, int]]]


@dataclass(frozen=True)
class Known:
    """The facts that a check rests on. `online` is false for a check without the registry: then every contract is taken as given."""

    today: date
    declarant: UUID
    declarant_siret: str | None
    contract_of: Callable[[str], KnownContract | None]
    tokens: Tokens
    online: bool = True
    declared_before: DeclaredBefore = field(default_factory=dict)
    """(contract, person's local token or group's name) → first days and centi-hours of what this declarant has declared already."""
    own_contract: str | None = None
    """The number of a contract that this declarant may declare for: an example for who names one that is not."""


@dataclass(slots=True)
class LineValue:
    """A good line: everything of HoursDeclared that is the line's own value. Hours in centi-hours."""

    line: int
    line_id: UUID
    contract_uid: UUID
    period: Period
    department: str
    centihours: int
    commune: str | None = None
    employer_siret: str | None = None
    employer_name: str | None = None
    centihours_training: int | None = None
    modality: str = "NC"
    work_contract: str = "NC"
    work_contract_reference: str | None = None
    work_contract_starts_on: date | None = None
    work_contract_ends_on: date | None = None
    job: str | None = None
    person: Person | None = None
    group: Group | None = None
    centihours_cumulated: int | None = None
    """The cumul that the source gave, where the hours are a difference; kept in ingest, not announced."""

    def content(self) -> dict[str, Any]:
        """JSON-ready fields of HoursDeclared, without the line's identity and revision."""
        period, starts, ends = self.period, self.work_contract_starts_on, self.work_contract_ends_on
        return {
            "contract_uid": str(self.contract_uid),
            "employer_siret": self.employer_siret,
            "employer_name": self.employer_name,
            "period": {"grain": period.grain, "start": period.start.isoformat(), "end": period.end.isoformat()},
            "department": self.department,
            "commune": self.commune,
            "centihours": self.centihours,
            "centihours_training": self.centihours_training,
            "modality": self.modality,
            "work_contract": self.work_contract,
            "work_contract_reference": self.work_contract_reference,
            "work_contract_starts_on": starts.isoformat() if starts else None,
            "work_contract_ends_on": ends.isoformat() if ends else None,
            "job": self.job,
            "person": self.person.model_dump(mode="json") if self.person else None,
            "group": self.group.model_dump(mode="json") if self.group else None,
        }


@dataclass
class Checked:
    """The outcome for a whole filing: good lines, everything to say, and the numbers of the lines that cannot be taken as they are."""

    values: list[LineValue]
    errors: list[LineError]
    blocked: set[int]

    @property
    def blocking(self) -> list[LineError]:
        return [error for error in self.errors if error.severity == "blocking"]
