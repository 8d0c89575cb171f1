"""Kinds of buyer, sectors and programmes (domain 2.1, 2.4)."""

from __future__ import annotations

from typing import Final

from schemas.vocabulary import Vocabulary

BUYERS: Final[Vocabulary] = {
    "INTERCOMMUNALITE": "Intercommunalité",
    "EPT": "Établissement public territorial",
    "SYNDICAT_SEM": "Syndicat ou SEM",
    "CONSEIL_DEPARTEMENTAL": "Conseil départemental",
    "BAILLEUR_SOCIAL": "Bailleur social",
    "COMMUNE": "Commune",
    "CONSEIL_REGIONAL": "Conseil régional",
    "ETABLISSEMENT_PUBLIC": "Établissement public",
    "HOPITAL": "Hôpital",
    "ETAT": "État",
    "GRAND_MAITRE_OUVRAGE": "Grand maître d’ouvrage",
    "PRIVE": "Privé",
    "ORGANISME_SECU": "Organisme de sécurité sociale",
    "AUTRE": "Autre",
}
SECTORS: Final[Vocabulary] = {
    "BATIMENT": "Bâtiment",
    "TRAVAUX_PUBLICS": "Travaux publics",
    "EAUX_DECHETS": "Eaux et déchets",
    "NETTOYAGE": "Nettoyage",
    "AUTRES_SERVICES": "Autres services",
    "ESPACES_VERTS": "Espaces verts",
    "ACTION_SOCIALE": "Action sociale",
    "INDUSTRIE": "Industrie",
    "PRESTATIONS_INTELLECTUELLES": "Prestations intellectuelles",
    "RESTAURATION": "Restauration",
}
PROGRAMMES: Final[Vocabulary] = {
    "ANRU_NPNRU": "ANRU – NPNRU",
    "GPE": "Grand Paris Express",
    "JOP2024": "Jeux 2024",
    "CONTRAT_VILLE": "Contrat de ville",
    "AUTRE": "Autre programme",
    "AUCUN": "Aucun",
}
