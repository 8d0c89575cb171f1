"""Why a filing is corrected or withdrawn (design 7)."""

from __future__ import annotations

from typing import Final

from schemas.vocabulary import Vocabulary

REASONS: Final[Vocabulary] = {
    "LATE_HOURS": "Heures arrivées en retard",
    "TYPING_ERROR": "Erreur de saisie",
    "UNIT_ERROR": "Erreur d’unité",
    "WRONG_CONTRACT": "Mauvais marché",
}
