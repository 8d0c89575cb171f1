"""The professionals of the fictional network and their accounts. Addresses end in exemple.test, which reaches nobody."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from demo.identifiers import id_of
from demo.region.organisations import DECLARANT, DECLARANT2, FACILITATOR, NETWORK


@dataclass(frozen=True)
class Person:
    first_name: str
    name: str
    roles: tuple[str, ...]
    organisation: UUID | None = None

    @property
    def id(self) -> UUID:
        return id_of("person", f"{self.first_name} {self.name}")

    @property
    def email(self) -> str:
        return f"{_plain(self.first_name)}.{_plain(self.name)}@exemple.test"


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower().replace(" ", "-")


COORDINATORS: Final = tuple(
    Person(first_name, name, ("coordinator",))
    for first_name, name in (
        ("Hélène", "Delorme"), ("Paolo", "Marchetti"), ("Grace", "Okafor"), ("Bruno", "Tellier"), ("Linh", "Nguyen-Vial"), ("Odile", "Castel"),
        ("Rui", "Ferreira"), ("Maud", "Perrin-Hall"), ("Idriss", "Sorel"), ("Yves", "Lacombe"), ("Nora", "Benamar"), ("Claire", "Rousselin"),
        ("Denis", "Vasseur"), ("Awa", "Diallo-Roy"),
    )
)  # fmt: skip
DECLARING: Final = Person("Sonia", "Amiel", ("declarant",), DECLARANT.id)
DECLARING2: Final = Person("Marc", "Toussaint", ("declarant",), DECLARANT2.id)
FACILITATING: Final = Person("Irène", "Maubert", ("facilitator",), FACILITATOR.id)
TEAM: Final = Person("Camille", "Astruc", ("team",), NETWORK.id)
TEAM2: Final = Person("Jonas", "Leverrier", ("team",), NETWORK.id)
OPERATING: Final = Person("Sacha", "Imbert", ("operator",), NETWORK.id)
PEOPLE: Final = (*COORDINATORS, DECLARING, DECLARING2, FACILITATING, TEAM, TEAM2, OPERATING)
