"""What is said of a person without naming her or him (domain 2.3)."""

from __future__ import annotations

from typing import Final

from schemas.vocabulary import Vocabulary

SEXES: Final[Vocabulary] = {
    "F": "Femmes",
    "M": "Hommes",
}
EDUCATION: Final[Vocabulary] = {
    "INFRA_3": "Infra 3",
    "N3": "Niveau 3 (CAP, BEP)",
    "N4": "Niveau 4 (bac)",
    "N5": "Niveau 5 (bac + 2)",
    "N6": "Niveau 6 (bac + 3 ou 4)",
    "N7": "Niveau 7 (bac + 5)",
    "N8": "Niveau 8 (doctorat)",
    "ETRANGER": "Diplôme étranger",
}
UNEMPLOYMENT: Final[Vocabulary] = {
    "01": "Moins de 6 mois",
    "02": "6 à 11 mois",
    "03": "12 à 23 mois",
    "04": "24 mois et plus",
}
PRESCRIBERS: Final[Vocabulary] = {
    "FRANCE_TRAVAIL": "France Travail",
    "MISSION_LOCALE": "Mission locale",
    "PLIE": "PLIE",
    "CAP_EMPLOI": "Cap emploi",
    "DEPARTEMENT": "Département, service RSA",
    "CCAS": "CCAS",
    "SPIP": "SPIP",
    "SIAE": "SIAE",
    "DIRECTE": "Candidature directe",
    "AUTRE": "Autre",
}
EXITS: Final[Vocabulary] = {
    "DURABLE": "Emploi durable",
    "TRANSITION": "Emploi de transition",
    "POSITIVE": "Sortie positive",
    "AUTRE": "Autre sortie",
    "NEUTRE": "Sortie neutre",
}
AGE_BANDS: Final[Vocabulary] = {
    "16_17": "16-17 ans",
    "18_25": "18-25 ans",
    "26_29": "26-29 ans",
    "30_40": "30-40 ans",
    "41_49": "41-49 ans",
    "50": "50 ans",
    "51_54": "51-54 ans",
    "55_PLUS": "55 ans et plus",
}
