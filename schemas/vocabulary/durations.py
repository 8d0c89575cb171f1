"""How long contracts last, in bands (domain 2.5, I28, for work contracts)."""

from __future__ import annotations

from typing import Final

from schemas.vocabulary import Vocabulary

WORK_DURATIONS: Final[Vocabulary] = {
    "LT_1": "Moins de 1 mois",
    "1_3": "1 à 3 mois",
    "4_6": "4 à 6 mois",
    "GT_6": "Plus de 6 mois",
    "OPEN": "Sans terme connu",
}
CONTRACT_DURATIONS: Final[Vocabulary] = {
    "LE_12": "12 mois au plus",
    "13_24": "13 à 24 mois",
    "25_48": "25 à 48 mois",
    "GT_48": "Plus de 48 mois",
}
