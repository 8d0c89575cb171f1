"""Who is who, each entity as its full state: the topic `directory` is compacted, the last message of a key is the truth."""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar, Final
from uuid import UUID

from pydantic import AwareDatetime, Field

from schemas.message import Code, Department, Message, Sha256, Siret

SUCCESSOR_READS: Final = timedelta(days=14)
"""How long before the first day of a mandate its holder reads the department (practice, ruling 15)."""
PREDECESSOR_READS: Final = timedelta(days=30)
"""How long after the last day."""


class OrganisationRecorded(Message):
    """An organisation: buyer, social landlord, facilitator, carrying structure, company.

    `kind` is a code of vocabulary.buyers or of vocabulary.network's structures.
    """

    key_field: ClassVar[str] = "organisation_id"

    organisation_id: UUID
    siret: Siret
    name: str
    kind: Code
    department: Department | None = None


class PersonRecorded(Message):
    """A professional of the network (never a beneficiary)."""

    key_field: ClassVar[str] = "person_id"

    person_id: UUID
    first_name: str
    name: str
    email: str
    phone: str | None = None
    organisation_id: UUID | None = None
    roles: tuple[Code, ...] = ()
    """Roles of the account: declarant, facilitator, coordinator, team, operator. A coordinator's departments come from mandates."""
    active: bool = True


class MandateRecorded(Message):
    """Who coordinates a department, carried by which structure, from when to when: `[starts_on, ends_on)`."""

    key_field: ClassVar[str] = "mandate_id"

    mandate_id: UUID
    department: Department
    structure_id: UUID
    structure_siret: Siret
    structure_name: str
    person_id: UUID
    interim: bool = False
    starts_on: date
    ends_on: date | None = None
    ends_text: str | None = None
    """An end as people say it (« jusque début 2019 »); `supposed_end` is the date one works with meanwhile."""
    supposed_end: date | None = None


class ApiKeyRecorded(Message):
    """An API key by its hash. The key itself is shown once and stored nowhere."""

    key_field: ClassVar[str] = "key_id"

    key_id: str
    sha256: Sha256
    name: str
    organisation_id: UUID | None = None
    person_id: UUID | None = None
    roles: tuple[Code, ...]
    departments: tuple[Department, ...] = ()
    revoked_at: AwareDatetime | None = None


class SigningKeyRecorded(Message):
    """A public key of session tokens (JWK, ES256). Two are valid while rotating."""

    key_field: ClassVar[str] = "kid"

    kid: str
    jwk: dict[str, str]
    not_after: AwareDatetime | None = None


class SessionRevoked(Message):
    """A session that ended before its time."""

    key_field: ClassVar[str] = "session_id"

    session_id: UUID
    expires_at: AwareDatetime = Field(description="after this instant the row may be forgotten")
