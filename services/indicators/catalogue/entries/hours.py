"""Hours done: how many, by which route of hiring, for whom, and what share."""

from __future__ import annotations

from typing import Final

from services.indicators.catalogue.dimensions import OF_LINES, WITHOUT_TIME
from services.indicators.catalogue.formulas import HUNDREDTH, PERCENT, OfLines, SameScope, Share
from services.indicators.catalogue.indicator import CLAUSES, HOURS, Indicator
from services.indicators.catalogue.parameters import FULL_TIME_HOURS
from services.indicators.catalogue.people import WORKED

_SUM: Final = OfLines("sum(centihours)", times=HUNDREDTH)
_TYPOLOGY: Final = ("sex", "age", "education", "public", "qpv")
LARGE_PROGRAMMES: Final = ("ANRU_NPNRU", "GPE", "JOP2024")
_LARGE: Final = ", ".join(f"'{code}'" for code in LARGE_PROGRAMMES)

I01_TO_I04: Final = (
    Indicator(
        "I01", "Heures réalisées", "Heures de travail réalisées dans le cadre de clauses sociales, au mois travaillé.",
        "Σ heures des lignes dont la période tient tout entière dans la période demandée",
        "h", _SUM, OF_LINES, additive=True, source=HOURS, decimals=2, first_edition=True,
    ),
    Indicator(
        "I02", "Heures par modalité juridique",
        "Les mêmes heures, selon la structure qui emploie ou met à disposition la personne, ou selon le mécanisme juridique du marché.",
        "Σ heures par modalité d’embauche ; by=mechanism : par mécanisme", "h", _SUM, OF_LINES, additive=True, source=HOURS,
        splits=("modality", "mechanism"), decimals=2, first_edition=True,
    ),
    Indicator(
        "I03", "Heures par type de contrat de travail", "Les mêmes heures, selon le contrat de travail de la personne.",
        "Σ heures par type de contrat de travail", "h", _SUM, OF_LINES, additive=True, source=HOURS,
        splits=("work_contract",), decimals=2, first_edition=True,
    ),
    Indicator(
        "I04", "Heures par donneur d’ordre, secteur ou clause",
        "Les mêmes heures, selon le type d’acheteur ; by=sector : selon le secteur d’activité ; by=mechanism : selon la clause.",
        "Σ heures par type d’acheteur, secteur ou mécanisme du marché", "h", _SUM, OF_LINES, additive=True, source=f"{HOURS} ; {CLAUSES.lower()}",
        splits=("buyer_kind", "sector", "mechanism"), decimals=2, first_edition=True,
    ),
)  # fmt: skip
TYPOLOGY: Final = (
    Indicator(
        "I06H", "Typologie en heures", "Part de chaque catégorie dans les heures des personnes : sexe, âge, niveau, critère, quartier prioritaire.",
        "Σ heures de la catégorie ÷ Σ heures des lignes nominatives × 100", "%",
        Share("sum(centihours)", _TYPOLOGY, where="who is not null"), OF_LINES, additive=False, source=HOURS, splits=_TYPOLOGY, decimals=2,
        first_edition=True,
    ),
)  # fmt: skip
I17_I18: Final = (
    Indicator(
        "I17", "Heures moyennes par bénéficiaire",
        "Heures des lignes nominatives rapportées aux personnes distinctes ; les heures déclarées en groupe n’y entrent pas.",
        "Σ heures des lignes nominatives ÷ |personnes|", "h",
        OfLines("sum(centihours)", WORKED, times=HUNDREDTH, where="who is not null"),
        OF_LINES, additive=False, source=HOURS, decimals=1, persons=True,
    ),
    Indicator(
        "I18", "Équivalents temps plein", "Heures réalisées converties en temps plein annuel ; le diviseur est publié avec le chiffre.",
        "heures réalisées (I01) ÷ heures d’un temps plein annuel (1607, ou ce qui est en vigueur au premier jour de la période)", "ETP",
        OfLines("sum(centihours)", times=HUNDREDTH, divisor=FULL_TIME_HOURS), OF_LINES, additive=True, source=HOURS, decimals=2,
        first_edition=True,
    ),
)  # fmt: skip
I23_I24_I26: Final = (
    Indicator(
        "I23", "Heures de formation", "Heures de formation comprises dans les heures réalisées.", "Σ heures de formation",
        "h", OfLines("sum(training)", times=HUNDREDTH), OF_LINES, additive=True, source=HOURS, decimals=2,
    ),
    Indicator(
        "I23A", "Part de l’alternance", "Part des heures faites en apprentissage ou en contrat de professionnalisation.",
        "Σ heures en alternance ÷ Σ heures × 100", "%",
        OfLines("sum(centihours) filter (work_contract in ('ALTERNANCE_APPRENTISSAGE', 'ALTERNANCE_PRO'))", "sum(centihours)", PERCENT),
        OF_LINES, additive=False, source=HOURS, decimals=2,
    ),
    Indicator(
        "I24", "Part des ETT dans l’intérim", "Part de l’intérim classique dans les heures d’intérim, classique ou d’insertion.",
        "Σ heures ETT ÷ Σ heures (ETT + ETTI) × 100", "%",
        OfLines("sum(centihours) filter (modality = 'ETT')", "sum(centihours) filter (modality in ('ETT', 'ETTI'))", PERCENT),
        OF_LINES, additive=False, source=HOURS, decimals=2,
    ),
    Indicator(
        "I24T", "Part des ETT dans toutes les heures", "Part de l’intérim classique dans toutes les heures réalisées.",
        "Σ heures ETT ÷ Σ heures × 100", "%", OfLines("sum(centihours) filter (modality = 'ETT')", "sum(centihours)", PERCENT),
        OF_LINES, additive=False, source=HOURS, decimals=2,
    ),
    Indicator(
        "I26", "Part des grands projets", "Part des heures faites dans les programmes ANRU – NPNRU, Grand Paris Express et Jeux 2024.",
        "Σ heures des grands projets ÷ Σ heures × 100 ; by=programme : part de chacun", "%",
        Share("sum(centihours)", ("programme",), where=f"programme in ({_LARGE})", contract=True),
        OF_LINES, additive=False, source=f"{HOURS} ; {CLAUSES.lower()}", decimals=2,
    ),
)  # fmt: skip
I32: Final = (
    Indicator(
        "I32", "Évolution à périmètre constant",
        "Évolution des heures par rapport à la même période un an avant, pour les seuls déclarants qui ont des heures dans les deux. "
        "Une période en cours se compare par ses mois terminés, aux mêmes mois de l’année précédente.",
        "(Σ heures − Σ heures un an avant) ÷ Σ heures un an avant × 100, déclarants présents les deux fois", "%",
        SameScope(), WITHOUT_TIME, additive=False, source=HOURS, decimals=2,
    ),
)  # fmt: skip
