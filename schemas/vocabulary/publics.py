"""Eligibility criterion at entry (domain 2.3); exactly one is the main one."""

from __future__ import annotations

from typing import Final

from schemas.vocabulary import Vocabulary

PUBLICS: Final[Vocabulary] = {
    "BRSA": "Bénéficiaire du RSA",
    "ASS": "Allocataire de l’ASS",
    "AAH": "Allocation aux adultes handicapés",
    "DETLD": "Demandeur d’emploi de très longue durée (24 mois et plus)",
    "DELD": "Demandeur d’emploi de longue durée (12 à 24 mois)",
    "INFRA_3": "Niveau CAP, BEP ou inférieur",
    "SENIOR": "50 ans et plus",
    "JEUNE_26": "Moins de 26 ans",
    "ASE": "Sortant de l’aide sociale à l’enfance",
    "TH": "Travailleur handicapé",
    "PI": "Parent isolé",
    "PSH_PR": "Sans hébergement ou hébergé",
    "REFUGIE": "Réfugié ou demandeur d’asile",
    "ZRR": "Résident en zone de revitalisation rurale",
    "QPV": "Résident d’un quartier prioritaire",
    "PPSMJ": "Placé sous main de justice",
    "FLE": "Maîtrise du français inférieure à A1",
    "MOBILITE": "Problème de mobilité",
    "IAE": "Déjà en parcours IAE",
    "PLIE": "Participant d’un PLIE",
    "ML": "Jeune en suivi renforcé",
    "FEMME_METIER_MASC": "Femme dans un métier à prédominance masculine",
    "AUTRE_MOTIVE": "Autre, sur proposition motivée",
}

SENSITIVE: Final = frozenset({"AAH", "TH", "PPSMJ", "REFUGIE", "ASE"})
"""Criteria under RGPD articles 9 and 10: own access right, published from 11 persons (domain 6.2)."""
