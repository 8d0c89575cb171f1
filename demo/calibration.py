"""The numbers that the region is made from. Sources: domain handbook sections 2.3, 2.4 and 7; what has none is marked as a proposal."""

from __future__ import annotations

from typing import Final

PERSONS_A_YEAR: Final = 12_350
HOURS_A_YEAR: Final = 6_300_000
LINES_A_YEAR: Final = 150_000
WOMEN: Final = 0.151
SCALE: Final = 10
"""The demonstration loads a tenth of a full year, over 36 months."""

DEPARTMENTS: Final = {"93": 0.24, "75": 0.18, "92": 0.14, "94": 0.13, "95": 0.10, "91": 0.08, "78": 0.07, "77": 0.06}
"""Share of persons by place of work. Proposal."""

BUYER_KINDS: Final = {
    "GRAND_MAITRE_OUVRAGE": 0.18, "EPT": 0.15, "BAILLEUR_SOCIAL": 0.14, "SYNDICAT_SEM": 0.12, "CONSEIL_DEPARTEMENTAL": 0.11, "INTERCOMMUNALITE": 0.15,
    "COMMUNE": 0.07, "CONSEIL_REGIONAL": 0.03, "ETABLISSEMENT_PUBLIC": 0.02, "HOPITAL": 0.015, "ETAT": 0.01, "PRIVE": 0.003, "ORGANISME_SECU": 0.002,
}  # fmt: skip
"""Share of hours by kind of buyer: the Hérault's order, with Île-de-France's large builders (25 % of hours) and territories put in."""

SECTORS: Final = {
    "BATIMENT": 0.24, "TRAVAUX_PUBLICS": 0.20, "EAUX_DECHETS": 0.19, "NETTOYAGE": 0.14, "AUTRES_SERVICES": 0.14, "ESPACES_VERTS": 0.04,
    "ACTION_SOCIALE": 0.03, "INDUSTRIE": 0.01, "PRESTATIONS_INTELLECTUELLES": 0.01,
}  # fmt: skip

MODALITIES: Final = {
    "EMBAUCHE_DIRECTE": 0.49, "ETTI": 0.18, "ETT": 0.08, "GEIQ": 0.08, "EI": 0.08, "AI": 0.04, "REGIE": 0.03, "EA": 0.012, "ACI": 0.003,
    "ESAT": 0.002, "EATT": 0.003,
}  # fmt: skip

WORK_CONTRACTS: Final[dict[str, dict[str, float]]] = {
    "EMBAUCHE_DIRECTE": {"CDI": 0.57, "CDD": 0.29, "ALTERNANCE_APPRENTISSAGE": 0.09, "ALTERNANCE_PRO": 0.05},
    "ETTI": {"INTERIM_INSERTION": 0.97, "CDI_INCLUSION": 0.03},
    "ETT": {"INTERIM_CLASSIQUE": 0.95, "CDI_INTERIMAIRE": 0.05},
    "GEIQ": {"ALTERNANCE_PRO": 0.75, "ALTERNANCE_APPRENTISSAGE": 0.25},
    "EI": {"CDDI": 1.0},
    "AI": {"CDDU": 0.7, "CDD": 0.3},
    "REGIE": {"CDDI": 0.8, "CDI": 0.2},
    "EA": {"CDI": 0.6, "CDD_TREMPLIN": 0.4},
    "ACI": {"CDDI": 1.0},
    "ESAT": {"AUTRE": 1.0},
    "EATT": {"INTERIM_CLASSIQUE": 1.0},
}
"""Kinds of work contract by modality: consistent with V12, and together near the Hérault's shares."""

PUBLICS: Final = {
    "BRSA": 0.27, "DETLD": 0.15, "DELD": 0.13, "JEUNE_26": 0.13, "INFRA_3": 0.08, "QPV": 0.06, "SENIOR": 0.05, "TH": 0.035, "ASS": 0.02, "PLIE": 0.02,
    "IAE": 0.015, "REFUGIE": 0.012, "ML": 0.01, "PI": 0.006, "PPSMJ": 0.005, "FLE": 0.003, "PSH_PR": 0.002, "ASE": 0.001, "AAH": 0.001,
}  # fmt: skip
"""Main criterion at entry. Proposal; the rare ones make groups small enough to be hidden."""

EDUCATION: Final = {"INFRA_3": 0.36, "N3": 0.35, "N4": 0.15, "N5": 0.05, "N6": 0.02, "N7": 0.01, "ETRANGER": 0.03, "NC": 0.03}
PRESCRIBERS: Final = {
    "FRANCE_TRAVAIL": 0.38, "MISSION_LOCALE": 0.16, "PLIE": 0.14, "DEPARTEMENT": 0.10, "SIAE": 0.09, "CAP_EMPLOI": 0.03, "CCAS": 0.02, "SPIP": 0.01,
    "DIRECTE": 0.05, "AUTRE": 0.02,
}  # fmt: skip
LIVES_WHERE_WORKS: Final = 0.74
"""Loir-et-Cher 2020: 74 % live in the department."""
QPV_RESIDENTS: Final = 0.34

BUILDING_SEASON: Final = (0.92, 0.95, 1.06, 1.06, 1.02, 1.12, 1.04, 0.62, 1.12, 1.14, 1.06, 0.78)
"""January to December: troughs in August and at the end of December. Proposal."""
SERVICE_SEASON: Final = (1.0, 0.98, 1.02, 1.0, 0.99, 1.02, 1.0, 0.95, 1.02, 1.02, 1.0, 1.0)
SEASONAL_SECTORS: Final = frozenset({"BATIMENT", "TRAVAUX_PUBLICS", "ESPACES_VERTS"})

GROUP_SHARE: Final = 0.03
"""Share of hours that landlords declare for groups, without persons. Proposal."""
LARGEST_MONTH: Final = 15_167
"""Centi-hours of a full-time month (151.67 h): no person-month of the demonstration is above it."""
YEARS: Final = (0.96, 0.98, 1.0, 1.02)
"""The activity of the window's four calendar years, oldest first, this year last. Proposal."""
