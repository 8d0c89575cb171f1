"""The API keys that a demonstration run hands out, besides the operator's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from demo.region.organisations import DECLARANT, DECLARANT2, FACILITATOR, NETWORK
from demo.region.people import COORDINATORS, DECLARING, DECLARING2, FACILITATING, TEAM


@dataclass(frozen=True)
class Key:
    """`id` is also the name of its file in the run's `keys` folder."""

    id: str
    name: str
    roles: tuple[str, ...]
    organisation: UUID | None = None
    person: UUID | None = None
    departments: tuple[str, ...] = ()


_OF_93: Final = next(person for person in COORDINATORS if person.name == "Benamar")
KEYS: Final = (
    Key("declarant", DECLARANT.name, ("declarant",), DECLARANT.id, DECLARING.id),
    Key("declarant2", DECLARANT2.name, ("declarant",), DECLARANT2.id, DECLARING2.id),
    Key("facilitator", FACILITATOR.name, ("facilitator",), FACILITATOR.id, FACILITATING.id, ("93",)),
    Key("coordinator93", "Coordination du 93", ("coordinator",), None, _OF_93.id, ("93",)),
    Key("team", "Équipe du réseau", ("team",), NETWORK.id, TEAM.id),
)
