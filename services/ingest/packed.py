"""What a second process has found, as plain tuples on its way back: lines, persons and remarks as objects took a third of the time to check them."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from kit.errors import LineError
from schemas.hours import Group, Person
from schemas.identifiers import uid_of
from schemas.message import unchecked
from services.ingest.rules.declared import Checked, LineValue
from services.ingest.rules.lines import Examined

M = TypeVar("M", bound=BaseModel)
_Parts = tuple[Any, ...]

_PERSON, _GROUP, _ID = (list(LineValue.__dataclass_fields__).index(name) for name in ("person", "group", "line_id"))
_FIELDS: Final = attrgetter(*LineValue.__dataclass_fields__)


def packed(found: Examined) -> bytes:
    """The lines and what was said of them. A person of several lines is one again for whoever unpacks."""
    checked = found.checked
    parts = _Numbered(), _Numbered()
    lines = [_parts_of(value, *parts) for value in checked.values]
    errors = [tuple(error.__dict__.values()) for error in checked.errors]
    known = tuple(part.parts for part in parts)
    return pickle.dumps((lines, known, errors, checked.blocked, found.together, found.unknown), pickle.HIGHEST_PROTOCOL)


def unpacked(data: bytes) -> Examined:
    """What was packed. Raises EOFError or UnpicklingError where the end is missing."""
    lines, (persons, groups), errors, blocked, together, unknown = pickle.loads(data)  # noqa: S301  written by `packed`, in a process of ours
    values = _values(lines, _restored(Person, persons), _restored(Group, groups))
    return Examined(Checked(values, _restored(LineError, errors), blocked), together, unknown)


class _Numbered:
    """Persons, or groups: each once, by its place in `parts`."""

    def __init__(self) -> None:
        self.parts: list[_Parts] = []
        self._places: dict[int, int] = {}

    def place_of(self, part: BaseModel | None) -> int | None:
        if part is None:
            return None
        place = self._places.setdefault(id(part), len(self.parts))
        if place == len(self.parts):
            self.parts.append(tuple(part.__dict__.values()))
        return place


def _parts_of(value: LineValue, persons: _Numbered, groups: _Numbered) -> list[Any]:
    fields = list(_FIELDS(value))
    fields[_ID] = fields[_ID].int
    fields[_PERSON], fields[_GROUP] = persons.place_of(fields[_PERSON]), groups.place_of(fields[_GROUP])
    return fields


def _values(lines: Iterable[list[Any]], persons: Sequence[Person], groups: Sequence[Group]) -> list[LineValue]:
    found = []
    for fields in lines:
        fields[_ID] = uid_of(fields[_ID])
        person, group = fields[_PERSON], fields[_GROUP]
        if person is not None:
            fields[_PERSON] = persons[person]
        if group is not None:
            fields[_GROUP] = groups[group]
        found.append(LineValue(*fields))
    return found


def _restored(kind: type[M], parts: Iterable[_Parts]) -> list[M]:
    names = tuple(kind.model_fields)
    return [unchecked(kind, dict(zip(names, values, strict=True))) for values in parts]
