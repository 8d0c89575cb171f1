"""Kinds of work contract (domain 2.3)."""

from __future__ import annotations

from typing import Final

from schemas.vocabulary import Vocabulary

WORK_CONTRACTS: Final[Vocabulary] = {
    "CDI": "CDI",
    "CDD": "CDD",
    "CDDI": "CDD d’insertion",
    "INTERIM_INSERTION": "Intérim d’insertion",
    "INTERIM_CLASSIQUE": "Intérim classique",
    "ALTERNANCE_APPRENTISSAGE": "Apprentissage",
    "ALTERNANCE_PRO": "Contrat de professionnalisation",
    "STAGE": "Stage",
    "CDDU": "CDD d’usage",
    "CDI_INCLUSION": "CDI inclusion",
    "CDI_INTERIMAIRE": "CDI intérimaire",
    "CDD_TREMPLIN": "CDD tremplin",
    "CONTRAT_AIDE": "Contrat aidé",
    "AUTRE": "Autre",
}
