"""The indicators of the observatory (domain 2.5), one entry each. The formulas in words are what « Méthode » prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from services.indicators.catalogue.dimensions import OF_CONTRACTS, OF_GROUPS, OF_LINES

FTE_HOURS: Final = 1607
"""Hours of a full-time year (legal duration, domain 2.7). Published with every figure in full-time equivalents."""

Kind = Literal["hours", "fte", "persons", "sexes", "women", "groups", "committed", "done"]
"""How it is computed: catalogue/measures.py has one entry a kind."""


@dataclass(frozen=True)
class Indicator:
    """One indicator, as the catalogue, the pages, the method and the computation know it."""

    id: str
    name: str
    definition: str
    formula: str
    unit: str
    kind: Kind
    dimensions: tuple[str, ...]
    additive: bool
    source: str
    splits: tuple[str, ...] = ()
    """Dimensions that its cells always have."""
    decimals: int = 0

    @property
    def counts_persons(self) -> bool:
        return self.kind in {"persons", "sexes", "women"}

    @property
    def divisor(self) -> int | None:
        return FTE_HOURS if self.kind == "fte" else None


_HOURS: Final = "Déclarations d’heures (source de référence par marché et période)"
_CLAUSES: Final = "Clauses sociales déclarées par les acheteurs et les facilitateurs"
_WITHOUT_SEX: Final = tuple(name for name in OF_LINES if name != "sex")

ALL: Final = (
    Indicator(
        "I01", "Heures réalisées", "Heures de travail réalisées dans le cadre de clauses sociales, au mois travaillé.",
        "Σ heures des lignes dont la période tient tout entière dans la période demandée",
        "h", "hours", OF_LINES, additive=True, source=_HOURS, decimals=2,
    ),
    Indicator(
        "I02", "Heures par modalité d’embauche", "Les mêmes heures, selon la structure qui emploie ou met à disposition la personne.",
        "Σ heures par modalité", "h", "hours", OF_LINES, additive=True, source=_HOURS, splits=("modality",), decimals=2,
    ),
    Indicator(
        "I05", "Bénéficiaires",
        "Personnes distinctes ayant réalisé au moins une heure. Ne s’additionnent ni entre départements, ni entre années.",
        "|personnes distinctes dont Σ heures > 0| ; jeton régional, à défaut jeton de la structure",
        "personnes", "persons", OF_LINES, additive=False, source=_HOURS,
    ),
    Indicator(
        "I05G", "Bénéficiaires déclarés en groupe (au moins)",
        "Personnes déclarées en nombre, sans données individuelles. Publiées à part : elles peuvent se recouper.",
        "Σ, par déclarant × marché × employeur, du mois le plus élevé",
        "personnes", "groups", OF_GROUPS, additive=False, source=_HOURS,
    ),
    Indicator(
        "I06", "Typologie des bénéficiaires : sexe", "Part de chaque sexe parmi les personnes distinctes.",
        "|personnes du sexe| ÷ |personnes| × 100", "%", "sexes", OF_LINES, additive=False, source=_HOURS, splits=("sex",), decimals=2,
    ),
    Indicator(
        "I07", "Part des femmes", "Part des femmes parmi les personnes distinctes.",
        "|femmes| ÷ |personnes| × 100", "%", "women", _WITHOUT_SEX, additive=False, source=_HOURS, decimals=2,
    ),
    Indicator(
        "I15", "Heures engagées", "Heures d’insertion que les titulaires se sont engagés à réaliser, à la notification du marché.",
        "Σ heures engagées des marchés notifiés dans la période (à défaut de date : ceux qui y commencent)",
        "h", "committed", OF_CONTRACTS, additive=True, source=_CLAUSES,
    ),
    Indicator(
        "I16", "Taux de réalisation",
        "Heures réalisées depuis l’origine, rapportées aux heures engagées, pour les marchés terminés dans la période.",
        "Σ heures à ce jour ÷ Σ heures engagées × 100 ; non plafonné",
        "%", "done", OF_CONTRACTS, additive=False, source=f"{_HOURS} ; {_CLAUSES.lower()}", decimals=2,
    ),
    Indicator(
        "I18", "Équivalents temps plein", "Heures réalisées converties en temps plein annuel ; le diviseur est publié avec le chiffre.",
        f"heures réalisées (I01) ÷ {FTE_HOURS}", "ETP", "fte", OF_LINES, additive=True, source=_HOURS, decimals=2,
    ),
)  # fmt: skip
BY_ID: Final = {indicator.id: indicator for indicator in ALL}
