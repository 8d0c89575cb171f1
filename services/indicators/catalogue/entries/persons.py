"""Persons: how many, who they are, where they live, who sent them, what became of them."""

from __future__ import annotations

from typing import Final

from services.indicators.catalogue.dimensions import OF_GROUPS, OF_LINES, WITHOUT_TIME
from services.indicators.catalogue.formulas import HUNDREDTH, PERCENT, Groups, NotCollected, OfLines, Paths, Share
from services.indicators.catalogue.indicator import HOURS, Indicator
from services.indicators.catalogue.people import WOMEN, WORKED, counted

_PERSONS: Final = OfLines(WORKED)
_TYPOLOGY: Final = ("sex", "age", "education", "public", "qpv")
_WITHOUT_SEX: Final = tuple(name for name in OF_LINES if name != "sex")
_WORK_CONTRACTS: Final = (
    "count(distinct (who, employer, work_contract, work_starts)) filter (who is not null and work_starts is not null and centihours > 0)"
)

I05_TO_I09: Final = (
    Indicator(
        "I05", "Bénéficiaires",
        "Personnes distinctes ayant réalisé au moins une heure. Ne s’additionnent ni entre départements, ni entre années.",
        "|personnes distinctes dont Σ heures > 0| ; jeton régional, à défaut jeton de la structure",
        "personnes", _PERSONS, OF_LINES, additive=False, source=HOURS, first_edition=True, persons=True,
    ),
    Indicator(
        "I05G", "Bénéficiaires déclarés en groupe (au moins)",
        "Personnes déclarées en nombre, sans données individuelles. Publiées à part : elles peuvent se recouper.",
        "Σ, par déclarant × marché × employeur, du mois le plus élevé",
        "personnes", Groups(), OF_GROUPS, additive=False, source=HOURS, first_edition=True,
    ),
    Indicator(
        "I06", "Typologie des bénéficiaires",
        "Part de chaque catégorie parmi les personnes distinctes : sexe, âge à l’entrée, niveau de formation, critère, quartier prioritaire.",
        "|personnes de la catégorie| ÷ |personnes| × 100", "%", Share(WORKED, _TYPOLOGY), OF_LINES, additive=False, source=HOURS,
        splits=_TYPOLOGY, decimals=2, first_edition=True, persons=True,
    ),
    Indicator(
        "I07", "Part des femmes", "Part des femmes parmi les personnes distinctes.", "|femmes| ÷ |personnes| × 100", "%",
        OfLines(WOMEN, WORKED, PERCENT),
        _WITHOUT_SEX, additive=False, source=HOURS, decimals=2, first_edition=True, persons=True,
    ),
    Indicator(
        "I08", "Provenance géographique",
        "Personnes distinctes selon le département de résidence ; by=department,residence_department donne la matrice résidence × travail.",
        "|personnes| par département de résidence", "personnes", _PERSONS, OF_LINES, additive=False, source=HOURS,
        splits=("residence_department", "residence"), persons=True,
    ),
    Indicator(
        "I08P", "Part résidant dans le département de travail",
        "Part des personnes qui habitent le département où elles travaillent, parmi celles dont la commune de résidence est connue.",
        "|personnes du département| ÷ |personnes de résidence connue| × 100", "%",
        OfLines(
            counted("centihours > 0 and left(residence, 2) = department"),
            counted("centihours > 0 and residence <> 'NC'"), PERCENT,
        ),
        OF_LINES, additive=False, source=HOURS, decimals=2, persons=True,
    ),
    Indicator(
        "I09", "Prescripteurs", "Personnes distinctes selon l’organisme qui les a orientées.", "|personnes| par prescripteur",
        "personnes", _PERSONS, OF_LINES, additive=False, source=HOURS, splits=("prescriber",), persons=True,
    ),
)  # fmt: skip
I19: Final = (
    Indicator(
        "I19", "Contrats de travail", "Contrats de travail distincts : une personne, un employeur, un type et une date de début connue.",
        "|(personne, employeur, type, date de début)|", "contrats", OfLines(_WORK_CONTRACTS), OF_LINES, additive=False, source=HOURS,
    ),
    Indicator(
        "I19P", "Contrats de travail par bénéficiaire", "Contrats de travail distincts, rapportés aux personnes qui en ont un de date connue.",
        "I19 ÷ |personnes dont la date de début est connue|", "contrats",
        OfLines(_WORK_CONTRACTS, counted("work_starts is not null and centihours > 0")),
        OF_LINES, additive=False, source=HOURS, decimals=2,
    ),
)  # fmt: skip
I22: Final = (
    Indicator(
        "I22", "Sorties dynamiques", "Part des sorties vers un emploi durable, un emploi de transition ou une sortie positive.",
        "|sorties durables, de transition, positives| ÷ |sorties hors neutres| × 100", "%",
        OfLines(
            counted("left_for in ('DURABLE', 'TRANSITION', 'POSITIVE')"),
            counted("left_for in ('DURABLE', 'TRANSITION', 'POSITIVE', 'AUTRE')"), PERCENT,
        ),
        OF_LINES, additive=False, source=HOURS, decimals=2, persons=True,
    ),
    Indicator(
        "I22S", "Situation à 6 et 12 mois", "Situation des personnes six et douze mois après la sortie.", "enquête de suivi", "%",
        NotCollected("donnée non collectée : la situation à 6 et 12 mois n’est pas dans les déclarations"), (), additive=False, source=HOURS,
    ),
)  # fmt: skip
I28_I31: Final = (
    Indicator(
        "I28H", "Clause de stage : heures", "Heures de stage, ou d’un marché dont la clause est une clause de stage.", "Σ heures", "h",
        OfLines("sum(centihours)", times=HUNDREDTH, where="(work_contract = 'STAGE' or internship)", contract=True),
        OF_LINES, additive=True, source=HOURS, decimals=2,
    ),
    Indicator(
        "I28P", "Clause de stage : stagiaires", "Personnes distinctes de ces lignes ; by=work_duration donne la durée. Leur statut (lycéen, étudiant) n’est pas collecté.",
        "|personnes|", "personnes", OfLines(WORKED, where="(work_contract = 'STAGE' or internship)", contract=True),
        OF_LINES, additive=False, source=HOURS, persons=True,
    ),
    Indicator(
        "I31", "Heures du parcours sur 24 mois",
        "Personnes selon la somme de leurs heures dans les vingt-quatre mois qui finissent avec la période.",
        "|personnes| par tranche de Σ heures sur 24 mois", "personnes", Paths(), (*WITHOUT_TIME, "path_hours"), additive=False, source=HOURS,
        splits=("path_hours",), persons=True,
    ),
    Indicator(
        "I31D", "Durée médiane du parcours", "Mois du premier au dernier mois travaillé dans les vingt-quatre mois qui finissent avec la période.",
        "médiane, sur les personnes, du nombre de mois du premier au dernier", "mois", Paths(median_months=True), WITHOUT_TIME, additive=False,
        source=HOURS, decimals=1, persons=True,
    ),
)  # fmt: skip
