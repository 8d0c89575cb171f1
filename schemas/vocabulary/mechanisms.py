"""Legal mechanisms of a contract's social clause (code de la commande publique; domain 1.1)."""

from __future__ import annotations

from typing import Final

from schemas.vocabulary import Vocabulary

MECHANISMS: Final[Vocabulary] = {
    "CONDITION_EXECUTION": "Clause sociale d’exécution",
    "CRITERE_ATTRIBUTION": "Critère social d’attribution",
    "EXECUTION_ET_CRITERE": "Clause d’exécution et critère d’attribution",
    "RESERVE_HANDICAP": "Marché réservé EA/ESAT",
    "RESERVE_IAE": "Marché réservé SIAE",
    "RESERVE_MIXTE": "Marché réservé handicap et IAE",
    "RESERVE_PENITENTIAIRE": "Marché réservé au travail pénitentiaire",
    "RESERVE_ESS": "Marché réservé ESS",
    "MARCHE_INSERTION": "Marché d’insertion",
    "CLAUSE_STAGE": "Clause de stage",
    "PRIVE_VOLONTAIRE": "Clause volontaire d’un marché privé",
    "CONCESSION_EXECUTION": "Concession avec clause d’exécution",
    "CONCESSION_RESERVEE": "Concession réservée",
}
RESERVED_TO: Final[Vocabulary] = {
    "EA_ESAT": "Entreprises adaptées et ESAT",
    "SIAE": "Structures d’insertion par l’activité économique",
    "MIXTE": "Handicap et insertion",
    "PENITENTIAIRE": "Entreprises en établissement pénitentiaire",
    "ESS": "Économie sociale et solidaire",
}
SOCIAL_CONSIDERATIONS: Final[Vocabulary] = {
    "Clause sociale": "Clause sociale",
    "Critère social": "Critère social",
    "Marché réservé": "Marché réservé",
    "Concession réservée": "Concession réservée",
    "Pas de considération sociale": "Pas de considération sociale",
}
CONTRACT_KINDS: Final[Vocabulary] = {
    "TRAVAUX": "Travaux",
    "FOURNITURES": "Fournitures",
    "SERVICES": "Services",
}
"""By the division of the CPV: 45 is works, below 45 and 48 are supplies, the rest services."""
