"""What every message has: an identity, the instant at which it happened, and a reader that tolerates what it does not know."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from schemas.identifiers import uuid7


def now() -> datetime:
    return datetime.now(UTC)


class Part(BaseModel):
    """A piece of a message. Unknown fields are ignored, so that a newer writer does not stop an older reader."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Message(Part):
    """A fact in the past. `id` is the identity of the announcement (CloudEvents `ce_id`), not an order."""

    key_field: ClassVar[str]

    id: UUID = Field(default_factory=uuid7)
    occurred_at: AwareDatetime = Field(default_factory=now)

    def key(self) -> str:
        """The Kafka key: messages with one key stay in order."""
        return str(getattr(self, self.key_field))


Code = Annotated[str, StringConstraints(min_length=1, max_length=40)]
"""A code of a vocabulary. Open in readers: an unknown value is applied and shown « autre »."""
Department = Annotated[str, StringConstraints(pattern=r"^(0[1-9]|[1-8]\d|9[0-5]|2[AB]|97[1-8]|98[4-8])$")]
Siret = Annotated[str, StringConstraints(pattern=r"^\d{14}$")]
DeclarationNumber = Annotated[str, StringConstraints(pattern=r"^D-\d{4}-\d{6}$")]
"""A filing's business number; it is its identity on every topic (`declaration_id`)."""
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
DecimalText = Annotated[str, StringConstraints(pattern=r"^-?\d{1,18}(\.\d{1,6})?$")]
