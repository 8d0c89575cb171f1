"""Codes of the vocabularies, from the code itself, its French label or a word that people use for it."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from schemas.identifiers import normalised
from schemas.vocabulary import Vocabulary
from services.ingest.rules.fields import BY_NAME

_SYNONYMS: Final[dict[str, dict[str, str]]] = {
    "sex": {"FEMME": "F", "FEMININ": "F", "MME": "F", "MADAME": "F", "MLLE": "F", "MELLE": "F", "MADEMOISELLE": "F", "MR": "M", "H": "M", "HOMME": "M", "MASCULIN": "M", "MONSIEUR": "M"},
    "public": {"RSA": "BRSA", "ZUS": "QPV", "CAP BEP": "INFRA_3", "RQTH": "TH", "BOETH": "TH", "DETENTION MJ": "PPSMJ", "PM": "MOBILITE",
               "REF DA": "REFUGIE", "SENIORS": "SENIOR", "JEUNE": "JEUNE_26", "26 ANS": "JEUNE_26", "50 ANS": "SENIOR"},
    "education": {"NIVEAU 3": "N3", "NIVEAU V": "N3", "V": "N3", "CAP BEP": "N3", "NIVEAU 4": "N4", "NIVEAU IV": "N4", "IV": "N4", "BAC": "N4",
                  "NIVEAU 5": "N5", "III": "N5", "BAC 2": "N5", "II": "N6", "I": "N7", "VI": "INFRA_3", "V BIS": "INFRA_3", "SANS DIPLOME": "INFRA_3"},
    "unemployment": {"1": "01", "2": "02", "3": "03", "4": "04"},
    "prescriber": {"POLE EMPLOI": "FRANCE_TRAVAIL", "PE": "FRANCE_TRAVAIL", "ML": "MISSION_LOCALE", "RSA": "DEPARTEMENT", "CANDIDATURE SPONTANEE": "DIRECTE"},
    "modality": {"EMBAUCHE": "EMBAUCHE_DIRECTE", "DIRECT": "EMBAUCHE_DIRECTE", "REGIE DE QUARTIER": "REGIE", "INTERIM": "ETT"},
    "work_contract": {"APPRENTISSAGE": "ALTERNANCE_APPRENTISSAGE", "CONTRAT PRO": "ALTERNANCE_PRO", "PROFESSIONNALISATION": "ALTERNANCE_PRO",
                      "CONTRAT D APPRENTISSAGE": "ALTERNANCE_APPRENTISSAGE", "CTTI": "INTERIM_INSERTION", "CDD INSERTION": "CDDI", "CUI": "CONTRAT_AIDE",
                      "CAE": "CONTRAT_AIDE", "CUI CAE": "CONTRAT_AIDE", "CUI CIE": "CONTRAT_AIDE", "PEC": "CONTRAT_AIDE", "EMPLOI D AVENIR": "CONTRAT_AIDE"},
    "exit": {},
}  # fmt: skip
"""Old terms (ZUS, Pôle emploi, levels V to I) and short forms. A word with two meanings (« interim » as a work contract, « M. ») is not here: ask."""


class UnknownCode(ValueError):
    """The vocabulary of this field does not know the word."""


@lru_cache(maxsize=16384)
def code_of(field: str, text: str) -> str:
    """The code of a field's vocabulary for what was written. Raises UnknownCode."""
    found = _words(field).get(normalised(text))
    if found is None:
        raise UnknownCode(text)
    return found


@lru_cache(maxsize=64)
def _words(field: str) -> dict[str, str]:
    vocabulary: Vocabulary = BY_NAME[field].vocabulary or {}
    synonyms = _SYNONYMS["public" if field == "other_publics" else field]
    labels = {normalised(label): code for code, label in vocabulary.items()}
    codes = {normalised(code): code for code in vocabulary}
    return {**{normalised(word): code for word, code in synonyms.items()}, **labels, **codes}
