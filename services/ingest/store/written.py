"""A line as JSON, as the stack keeps it and as `hours` carries it: the bytes that pydantic would write, at a third of its cost.

The values were made by the rules; nothing is checked here that they have checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import Any, Final

import msgspec
from pydantic import BaseModel

from schemas.hours import HoursCorrected, HoursDeclared
from services.ingest.rules.declared import LineValue


def content_of(value: LineValue) -> str:
    """What the stack keeps of a value."""
    return _ENCODER.encode(value).decode()


def hours_of(kind: type[HoursDeclared], value: LineValue, said: Mapping[str, Any]) -> bytes:
    """The message of a line's value; `said` are the fields of the message that are not the value's own."""
    fields = _BLANK[kind].copy()
    fields.update(zip(_FIELDS, _VALUES(value), strict=True))
    fields.update(said)
    return _ENCODER.encode(fields)


def _fields_of(part: object) -> dict[str, Any]:
    """A period, a person or a group: its fields in their order."""
    if isinstance(part, BaseModel):
        return part.__dict__
    raise TypeError(f"{type(part).__name__} is no part of a line")


def _blank(kind: type[HoursDeclared]) -> dict[str, Any]:
    """The fields of a message in their order, with their defaults."""
    return {name: None if field.is_required() else field.default for name, field in kind.model_fields.items()}


_ENCODER: Final = msgspec.json.Encoder(enc_hook=_fields_of)
_BLANK: Final = {kind: _blank(kind) for kind in (HoursDeclared, HoursCorrected)}
_FIELDS: Final = tuple(sorted(LineValue.__dataclass_fields__.keys() & HoursDeclared.model_fields.keys() - {"line_id"}))
_VALUES: Final = attrgetter(*_FIELDS)
