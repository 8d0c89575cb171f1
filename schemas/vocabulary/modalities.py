"""Who employs or supplies the person (domain 2.3)."""

from __future__ import annotations

from typing import Final

from schemas.vocabulary import Vocabulary

MODALITIES: Final[Vocabulary] = {
    "EMBAUCHE_DIRECTE": "Embauche directe",
    "ETTI": "Entreprise de travail temporaire d’insertion",
    "ETT": "Entreprise de travail temporaire",
    "GEIQ": "Groupement d’employeurs (GEIQ)",
    "EI": "Entreprise d’insertion",
    "AI": "Association intermédiaire",
    "REGIE": "Régie de quartier ou de territoire",
    "EA": "Entreprise adaptée",
    "EATT": "Entreprise adaptée de travail temporaire",
    "ACI": "Atelier et chantier d’insertion",
    "ESAT": "ESAT",
    "EITI": "Entreprise d’insertion par le travail indépendant",
    "SEP": "Produits et services en prison",
    "AUTRE": "Autre",
}
