"""One line of hours, self-contained: all that the totals need travels in it (no person's identity, tokens only)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from schemas.message import Code, DeclarationNumber, Department, Message, Part
from schemas.periods import Period

Source = Literal["facilitator", "buyer", "company"]
Token = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""The first 128 bits of an HMAC-SHA256, in hexadecimal."""


class Person(Part):
    """The person of a line, as tokens made at the door: `local` always, `regional` only when the row gave a full identity."""

    local: Token
    regional: Token | None = None
    key_version: int = 1
    sex: Code = "NC"
    birth: str | None = None
    """Year-month `1990-04`, or the year alone; never a day."""
    residence: str | None = None
    """INSEE code of the commune."""
    qpv: bool | None = None
    public: Code = "NC"
    other_publics: tuple[Code, ...] = ()
    education: Code = "NC"
    unemployment: Code = "NC"
    prescriber: Code = "NC"
    exit: Code | None = None


class Group(Part):
    """Counts of an employer's month where the declarant has no person data. None means not known."""

    label: str
    persons: int
    women: int | None = None
    men: int | None = None
    under_26: int | None = None
    qpv: int | None = None


class Line(Message):
    """What the three line messages share: which line, which revision of it, and which filing's revision sent it."""

    key_field: ClassVar[str] = "contract_uid"

    line_id: UUID
    revision: Annotated[int, Field(ge=1)]
    contract_uid: UUID
    declaration_id: DeclarationNumber | None = None
    """The filing whose revision caused this message; null when nobody filed (a contract's place changed)."""
    declaration_revision: int | None = None
    line_no: int | None = None
    """1..lines_in_revision, each number once."""
    lines_in_revision: int | None = None


class HoursDeclared(Line):
    """A line with its full value. `centihours` is the whole line's: hundredths of an hour."""

    declarant_id: UUID
    employer_siret: str | None = None
    """SIRET, or SIREN where the declarant knows no more."""
    employer_name: str | None = None
    period: Period
    department: Department
    commune: str | None = None
    centihours: Annotated[int, Field(ge=0)]
    centihours_training: int | None = None
    modality: Code = "NC"
    work_contract: Code = "NC"
    work_contract_reference: str | None = None
    work_contract_starts_on: date | None = None
    work_contract_ends_on: date | None = None
    job: str | None = None
    source: Source = "buyer"
    person: Person | None = None
    group: Group | None = None


class HoursCorrected(HoursDeclared):
    """A later value of a line already declared; it replaces the earlier one."""


class HoursRetracted(Line):
    """The line no longer counts."""


class ReplayStarted(Message):
    """From here on the topic `hours-replay` carries the whole record again. Lines of other keys may overtake it."""

    key_field: ClassVar[str] = "replay_id"

    replay_id: UUID


class LineReplayed(Message):
    """The state of one line in the record: the message that was last announced of it on `hours`, declared or retracted."""

    key_field: ClassVar[str] = "contract_uid"

    replay_id: UUID
    contract_uid: UUID
    declared: HoursDeclared | None = None
    retracted: HoursRetracted | None = None


class ReplayEnded(Message):
    """The replay is complete when its `count` lines were read, each once however often it came."""

    key_field: ClassVar[str] = "replay_id"

    replay_id: UUID
    count: int
