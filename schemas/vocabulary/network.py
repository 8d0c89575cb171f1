"""The network: kinds of carrying structure, roles of accounts, kinds of meeting and of participant (domain 3.4, 3.5; practice 14, 16)."""

from __future__ import annotations

from typing import Final

from schemas.vocabulary import Vocabulary

STRUCTURES: Final[Vocabulary] = {
    "DEPARTEMENT": "Département",
    "COMMUNE_EPT": "Commune ou EPT",
    "PLIE": "PLIE",
    "MDE": "Maison de l’emploi",
    "ASSOCIATION": "Association",
    "CLUB_ENTREPRISES": "Club d’entreprises",
    "GIP": "Groupement d’intérêt public",
}
ROLES: Final[Vocabulary] = {
    "declarant": "Déclarant",
    "facilitator": "Facilitateur",
    "coordinator": "Coordination départementale",
    "team": "Équipe du réseau",
    "operator": "Exploitation",
}
MEETINGS: Final[Vocabulary] = {
    "ATELIER": "Atelier",
    "OPENMAP": "Openmap",
    "GT_THEMATIQUE": "Groupe de travail",
    "COLLEGE": "Collège",
    "COMITE": "Comité",
    "EVENEMENT_DEPARTEMENTAL": "Événement départemental",
}
SESSIONS: Final[Vocabulary] = {
    "PLENIERE": "Plénière",
    "TABLE_RONDE": "Table ronde",
    "PITCH": "Pitchs",
    "ATELIER": "Atelier",
    "RDV_BILATERAL": "Rendez-vous bilatéraux",
    "VISITE": "Visite",
}
THEMES: Final[Vocabulary] = {
    "ETT": "Recours aux ETT",
    "REPRISE_PERSONNEL": "Reprise du personnel dans la propreté",
    "BAILLEURS": "Bailleurs sociaux",
    "AUTRE": "Autre thème",
}
PARTICIPANTS: Final[Vocabulary] = {
    "BUYER": "Acheteur",
    "SIAE": "SIAE",
    "EA_ESAT": "EA ou ESAT",
    "ESS_OTHER": "Autre structure de l’ESS",
    "COMPANY": "Entreprise",
    "NETWORK": "Réseau",
    "INSTITUTION": "Institution",
}
