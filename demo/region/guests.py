"""Those outside the network's accounts who come to its meetings. Addresses end in exemple.test, which reaches nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from demo.region.people import Person


@dataclass(frozen=True)
class Guest:
    """`role` is a code of the participants' vocabulary; `needs` what the person asks for to be able to come."""

    first_name: str
    last_name: str
    organisation: str
    role: str
    needs: str | None = None
    shares_contact: bool = False

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def email(self) -> str:
        return Person(self.first_name, self.last_name, ()).email

    def body(self) -> dict[str, str]:
        """As a registration asks for it."""
        return {"name": self.name, "email": self.email, "organisation": self.organisation, "role": self.role}


BUYING: Final = (
    Guest("Agathe", "Lenoir", "Ville de Montbrisel", "BUYER", shares_contact=True),
    Guest("Driss", "Halimi", "Trois-Canaux Habitat", "BUYER", shares_contact=True),
    Guest("Solène", "Quéré", "Territoire des Prés-Ronds", "BUYER", needs="Place pour un fauteuil roulant"),
    Guest("Victor", "Almeida", "Prés-Ronds Habitat", "BUYER"),
    Guest("Yasmine", "Kerbrat", "Ville de Bergerault", "BUYER", shares_contact=True),
    Guest("Paul", "Estrade", "Ormes Habitat", "BUYER"),
    Guest("Fanny", "Oudin", "Régie immobilière du Pont-Vieux", "BUYER"),
)
BUILDING: Final = (
    Guest("Thierry", "Vanneau", "Espaces verts Dorémi", "COMPANY"),
    Guest("Leïla", "Sahraoui", "Jardins Topaze", "COMPANY", shares_contact=True),
    Guest("Antoine", "Brisset", "Nettoyage Cristal", "COMPANY"),
)
INCLUDING: Final = (
    Guest("Rose", "Tanguy", "Jardin des Possibles", "SIAE", shares_contact=True),
    Guest("Ismaël", "Touré", "Vert Demain", "SIAE", shares_contact=True),
    Guest("Colette", "Marchand", "ESAT Les Glycines", "EA_ESAT", needs="Interprète en langue des signes française"),
    Guest("Benoît", "Salvi", "Tremplin Intérim", "SIAE"),
    Guest("Nadia", "Ferrand", "Régie du Moulin", "ESS_OTHER"),
)
PARTNERS: Final = (
    Guest("Martine", "Coudray", "Conseil régional de démonstration", "INSTITUTION"),
    Guest("Ludovic", "Payen", "Mission locale fictive de l’Aubraine", "INSTITUTION"),
)
EVERYBODY: Final = (*BUYING, *BUILDING, *INCLUDING, *PARTNERS)
