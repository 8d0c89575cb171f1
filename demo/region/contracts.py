"""Contracts with a social clause: for each buyer and department a chain of them, so that every month of the history has some running."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from demo import calibration
from demo.clock import month_after, window
from demo.region.organisations import BUYERS, DECLARANT, Organisation
from demo.region.places import SITES

_SECTORS_OF = {
    "BAILLEUR_SOCIAL": ("BATIMENT", "NETTOYAGE", "ESPACES_VERTS"),
    "GRAND_MAITRE_OUVRAGE": ("TRAVAUX_PUBLICS", "BATIMENT", "AUTRES_SERVICES"),
    "SYNDICAT_SEM": ("EAUX_DECHETS", "TRAVAUX_PUBLICS"),
    "HOPITAL": ("NETTOYAGE", "AUTRES_SERVICES"),
}
_OBJECTS = {
    "BATIMENT": ("Réhabilitation d’un groupe scolaire", "Rénovation énergétique de logements", "Construction d’un équipement sportif"),
    "TRAVAUX_PUBLICS": ("Réaménagement de voirie", "Génie civil d’une gare", "Création d’une piste cyclable"),
    "EAUX_DECHETS": ("Collecte des déchets ménagers", "Exploitation d’une déchèterie", "Entretien des réseaux d’eau"),
    "NETTOYAGE": ("Nettoyage des locaux", "Entretien des parties communes", "Nettoiement de l’espace public"),
    "AUTRES_SERVICES": ("Gardiennage et accueil", "Logistique et déménagements", "Maintenance multiservice"),
    "ESPACES_VERTS": ("Entretien des espaces verts", "Plantations et arrosage"),
    "ACTION_SOCIALE": ("Portage de repas", "Animation d’un lieu d’accueil"),
    "INDUSTRIE": ("Fourniture et pose de mobilier urbain",),
    "PRESTATIONS_INTELLECTUELLES": ("Numérisation d’archives",),
}
_MECHANISMS = {"CONDITION_EXECUTION": 0.79, "RESERVE_IAE": 0.07, "EXECUTION_ET_CRITERE": 0.07, "MARCHE_INSERTION": 0.07}
"""Of the shorter contracts; the long ones have a condition of execution, which makes 94 % of hours as in the Hérault."""
_PROGRAMMES = {"GRAND_MAITRE_OUVRAGE": "GPE", "BAILLEUR_SOCIAL": "ANRU_NPNRU"}


@dataclass(frozen=True)
class Contract:
    """A contract as its buyer declares it. `weight` is its share of the buyer's work in the department."""

    number: str
    object: str
    buyer: Organisation
    department: str
    commune: str
    """Where the work is done (INSEE)."""
    starts_on: date
    ends_on: date
    sector: str
    mechanism: str
    programme: str
    hours_committed: int
    weight: float

    def runs(self, month: date) -> bool:
        """Whether the whole month lies within the contract."""
        return self.starts_on <= month and month_after(month) - timedelta(days=1) <= self.ends_on


@cache
def contracts(today: date, seed: int = 1) -> tuple[Contract, ...]:
    """All contracts of the region, in a fixed order."""
    return tuple(contract for buyer in BUYERS for contract in _of_buyer(buyer, today, random.Random(f"{seed}/contracts/{buyer.code}")))


def contracts_of(buyer: Organisation, today: date, seed: int = 1) -> list[Contract]:
    return [contract for contract in contracts(today, seed) if contract.buyer.code == buyer.code]


def _of_buyer(buyer: Organisation, today: date, draw: random.Random) -> list[Contract]:
    found: list[Contract] = []
    for department in buyer.reach:
        for rank, (starts_on, months) in enumerate(_spans(buyer, department, today, draw), 1):
            number = f"{buyer.code}-{starts_on.year}-{len(found) + 1:03d}"
            found.append(_contract(buyer, department, starts_on, months, draw, number=number, rank=rank))
    return found


def _spans(buyer: Organisation, department: str, today: date, draw: random.Random) -> list[tuple[date, int]]:
    """Starts and lengths. One contract a buyer and department covers the whole history and goes on; shorter ones come and go beside it."""
    first = window(today)[0].replace(month=1)
    whole = (today.year - first.year) * 12 + today.month
    spans = [(month_after(first, -1 - draw.randrange(4)), whole + 16 + draw.randrange(8))]
    short = 3 if buyer.kind == "BAILLEUR_SOCIAL" or (buyer.code == DECLARANT.code and department == buyer.department) else 1
    for index in range(short):
        offset = (6 + 11 * index) % max(whole - 8, 1)
        spans.append((month_after(first, offset + draw.randrange(4)), 14 + draw.randrange(10)))
    return spans


def _contract(
    buyer: Organisation, department: str, starts_on: date, months: int, draw: random.Random, *, number: str, rank: int
) -> Contract:
    """`rank` 1 is the buyer's long contract in the department."""
    sector = _pick(_shares(buyer.kind), draw)
    mechanism = _pick(_MECHANISMS, draw) if rank > 1 else "CONDITION_EXECUTION"
    share = 0.6 if rank == 1 else 0.25
    expected = volume(buyer, department) * share * months
    return Contract(
        number=number,
        object=draw.choice(_OBJECTS[sector]),
        buyer=buyer,
        department=department,
        commune=random.Random(f"site/{number}").choice(SITES[department]),
        starts_on=starts_on,
        ends_on=month_after(starts_on, months) - timedelta(days=1),
        sector=sector,
        mechanism=mechanism,
        programme=_PROGRAMMES.get(buyer.kind, "AUCUN") if buyer.kind == "GRAND_MAITRE_OUVRAGE" or draw.random() < 0.6 else "AUCUN",
        hours_committed=max(70, round(expected * draw.uniform(0.75, 1.3) / 10) * 10),
        weight=1.0 if rank == 1 else 0.6,
    )


def shares_of_buyers(department: str) -> dict[str, float]:
    """The weight of each buyer active in the department, by its kind."""
    active = [buyer for buyer in BUYERS if department in buyer.reach]
    alike = {kind: sum(buyer.kind == kind for buyer in active) for kind in {buyer.kind for buyer in active}}
    return {buyer.code: calibration.BUYER_KINDS[buyer.kind] / alike[buyer.kind] for buyer in active}


def volume(buyer: Organisation, department: str) -> float:
    """Hours a month that the buyer has done in the department."""
    shares = shares_of_buyers(department)
    region = calibration.HOURS_A_YEAR / calibration.SCALE / 12
    return region * calibration.DEPARTMENTS[department] * shares[buyer.code] / sum(shares.values())


def _shares(kind: str) -> dict[str, float]:
    allowed = _SECTORS_OF.get(kind)
    return {sector: share for sector, share in calibration.SECTORS.items() if allowed is None or sector in allowed}


def _pick(shares: dict[str, float], draw: random.Random) -> str:
    return draw.choices(list(shares), list(shares.values()))[0]
