"""What every message has: an identity, the instant at which it happened, and a reader that tolerates what it does not know."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, ClassVar, Self, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from schemas.identifiers import uuid7


def now() -> datetime:
    return datetime.now(UTC)


class Part(BaseModel):
    """A piece of a message. Unknown fields are ignored, so that a newer writer does not stop an older reader."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def made(cls, fields: dict[str, Any]) -> Self:
        """A part of fields that our own rules made: all of them, in their order, and not checked again."""
        return unchecked(cls, fields)


M = TypeVar("M", bound=BaseModel)


def unchecked(kind: type[M], fields: dict[str, Any]) -> M:
    """A model of all its fields in their order, which our own rules made: a third of what a check of the same values takes."""
    found = object.__new__(kind)
    _set(found, "__dict__", fields)
    _set(found, "__pydantic_fields_set__", _names_of(kind))
    _set(found, "__pydantic_extra__", None)
    _set(found, "__pydantic_private__", None)
    return found


_set = object.__setattr__


@cache
def _names_of(kind: type[BaseModel]) -> set[str]:
    return set(kind.model_fields)


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
