"""Contracts with a social clause: how many, what was committed, how much of it is done, what share of all contracts."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from services.indicators.catalogue.dimensions import OF_CONTRACTS, OF_LINES
from services.indicators.catalogue.formulas import HUNDREDTH, PERCENT, Coverage, Holders, NotCollected, OfContracts, OfLines
from services.indicators.catalogue.indicator import CLAUSES, HOURS, PROCUREMENT, Indicator
from services.indicators.catalogue.parameters import ANRU_MANAGEMENT, ANRU_OPERATIONS, CONTRACT_THRESHOLD

_BOTH: Final = f"{HOURS} ; {CLAUSES.lower()}"
_RATE: Final = f"{PROCUREMENT} ; {CLAUSES.lower()}"
_DENOMINATOR: Final = f"procured and amount >= ${CONTRACT_THRESHOLD} * 100"
_SCOPE: Final = (
    "Champ : marchés des données essentielles dont l’acheteur ou le lieu est en Île-de-France, notifiés dans la période, à partir du seuil "
    "(40 000 € HT ; 25 000 € avant 2020) ; les montants inconnus n’y entrent pas. Un marché dont les considérations sociales ne sont pas dites "
    "(avant 2024, elles ne l’étaient pas) compte comme s’il n’en avait pas."
)
_ANRU: Final = "clause and programme = 'ANRU_NPNRU' and hours_all_workers > 0"

I10_TO_I16: Final = (
    Indicator(
        "I10", "Marchés clausés en cours", "Marchés et lots avec une clause sociale dont l’exécution touche la période. Ne s’additionnent pas entre années.",
        "|marchés avec clause commencés avant la fin et non terminés avant le début de la période|", "marchés",
        OfContracts("count(*)", when="running"), OF_CONTRACTS, additive=False, source=CLAUSES, first_edition=True,
    ),
    Indicator(
        "I11", "Nouveaux marchés clausés", "Marchés et lots avec une clause sociale notifiés dans la période (à défaut de date : ceux qui y commencent).",
        "|marchés avec clause notifiés dans la période|", "marchés", OfContracts("count(*)"), OF_CONTRACTS, additive=True, source=CLAUSES,
    ),
    Indicator(
        "I12", "Marchés ayant généré des heures", "Marchés qui ont au moins une heure réalisée dans la période.", "|marchés dont Σ heures > 0|",
        "marchés", OfLines("count(distinct contract_uid) filter (centihours > 0)"), OF_LINES, additive=False, source=HOURS,
        first_edition=True,
    ),
    Indicator(
        "I13", "Taux de marchés clausés, en nombre", f"Part des marchés notifiés qui ont une disposition sociale, clause ou critère. {_SCOPE}",
        "|marchés notifiés avec disposition sociale| ÷ |marchés notifiés| × 100", "%",
        OfContracts("count(*) filter (social or clause)", "count(*)", times=PERCENT, where=_DENOMINATOR, parameters=(CONTRACT_THRESHOLD,)),
        OF_CONTRACTS, additive=False, source=_RATE, decimals=2,
    ),
    Indicator(
        "I14", "Taux de marchés clausés, en montant",
        f"Part du montant des marchés notifiés qui ont une disposition sociale ; accords-cadres à part, leur montant est un maximum. {_SCOPE}",
        "Σ montant avec disposition sociale ÷ Σ montant × 100", "%",
        OfContracts("sum(amount) filter (social or clause)", "sum(amount)", times=PERCENT, where=_DENOMINATOR, parameters=(CONTRACT_THRESHOLD,)),
        OF_CONTRACTS, additive=False, source=_RATE, splits=("framework",), decimals=2,
    ),
    Indicator(
        "I15", "Heures engagées", "Heures d’insertion que les titulaires se sont engagés à réaliser, à la notification du marché.",
        "Σ heures engagées des marchés notifiés dans la période (à défaut de date : ceux qui y commencent)",
        "h", OfContracts("sum(hours_committed)"), OF_CONTRACTS, additive=True, source=CLAUSES, first_edition=True,
    ),
    Indicator(
        "I16", "Taux de réalisation",
        "Heures réalisées depuis l’origine, rapportées aux heures engagées, pour les marchés terminés dans la période.",
        "Σ heures à ce jour ÷ Σ heures engagées × 100 ; non plafonné", "%",
        OfContracts("sum(done)", "sum(hours_committed)", when="ended", times=Fraction(1), where="clause and hours_committed > 0"),
        OF_CONTRACTS, additive=False, source=_BOTH, decimals=2, first_edition=True,
    ),
    Indicator(
        "I16C", "Taux de réalisation plafonné", "Le même taux, les heures d’un marché ne comptant pas au-delà de son engagement.",
        "Σ min(heures à ce jour, heures engagées) ÷ Σ heures engagées × 100", "%",
        OfContracts(
            "sum(least(coalesce(done, 0), hours_committed::bigint * 100))", "sum(hours_committed)", when="ended", times=Fraction(1),
            where="clause and hours_committed > 0",
        ),
        OF_CONTRACTS, additive=False, source=_BOTH, decimals=2,
    ),
    Indicator(
        "I16P", "Avancement des marchés en cours",
        "Heures réalisées depuis l’origine jusqu’à la fin de la période, rapportées aux heures engagées au prorata du temps écoulé, pour les marchés en cours à la fin de la période.",
        "Σ heures jusqu’à la fin de la période ÷ Σ (heures engagées × part écoulée de la durée) × 100", "%",
        OfContracts(
            "sum(done)", "round(sum(hours_committed * elapsed) * 100)", when="running", times=PERCENT,
            where="clause and hours_committed > 0 and elapsed > 0 and elapsed < 1", so_far=True,
        ),
        OF_CONTRACTS, additive=False, source=_BOTH, decimals=2,
    ),
)  # fmt: skip
I20_I21: Final = (
    Indicator(
        "I20", "Entreprises attributaires mobilisées", "Entreprises (SIREN) titulaires, d’après les données essentielles, de marchés ayant des heures dans la période.",
        "|SIREN titulaires de marchés dont Σ heures > 0|", "entreprises", Holders(), OF_LINES, additive=False, source=f"{HOURS} ; {PROCUREMENT}",
    ),
    Indicator(
        "I20L", "Part des entreprises locales", "Part des entreprises attributaires qui ont un établissement dans le département.", "|locales| ÷ I20 × 100",
        "%", NotCollected("donnée non collectée : les établissements des titulaires (Sirene) ne sont pas repris"), (), additive=False,
        source=PROCUREMENT,
    ),
    Indicator(
        "I21", "Donneurs d’ordre actifs", "Acheteurs (SIREN) dont les marchés ont des heures dans la période.", "|acheteurs dont Σ heures > 0|",
        "acheteurs", OfLines("count(distinct buyer) filter (centihours > 0)", contract=True), OF_LINES, additive=False, source=_BOTH,
    ),
)  # fmt: skip
I25_TO_I30: Final = (
    Indicator(
        "I25", "Charte ANRU : opérations",
        "Part des heures travaillées faite par des résidents de quartiers prioritaires, opérations ANRU en cours dont le total des heures travaillées est déclaré.",
        "Σ heures des résidents QPV ÷ Σ heures travaillées de l’opération × 100, depuis l’origine ; objectif 5 %", "%",
        OfContracts("sum(done_qpv)", "sum(hours_all_workers)", when="running", where=f"{_ANRU} and not management"),
        OF_CONTRACTS, additive=False, source=_BOTH, decimals=2, objective=ANRU_OPERATIONS,
    ),
    Indicator(
        "I25G", "Charte ANRU : gestion urbaine de proximité", "La même part, pour les marchés de gestion urbaine de proximité.",
        "Σ heures des résidents QPV ÷ Σ heures travaillées × 100, depuis l’origine ; objectif 10 %", "%",
        OfContracts("sum(done_qpv)", "sum(hours_all_workers)", when="running", where=f"{_ANRU} and management"),
        OF_CONTRACTS, additive=False, source=_BOTH, decimals=2, objective=ANRU_MANAGEMENT,
    ),
    Indicator(
        "I27", "Marchés réservés", "Marchés réservés en cours : structures d’insertion, handicap, les deux, établissement pénitentiaire, ESS.",
        "|marchés réservés en cours| ; by=mechanism : à qui", "marchés", OfContracts("count(*)", when="running", where="clause and reserved"),
        OF_CONTRACTS, additive=False, source=CLAUSES,
    ),
    Indicator(
        "I27H", "Heures des marchés réservés", "Heures réalisées dans des marchés réservés ; by=modality : par type de structure.", "Σ heures",
        "h", OfLines("sum(centihours)", times=HUNDREDTH, where="reserved", contract=True), OF_LINES, additive=True, source=_BOTH, decimals=2,
    ),
    Indicator(
        "I28", "Clause de stage : marchés", "Marchés en cours avec une clause de stage.", "|marchés avec clause de stage en cours|", "marchés",
        OfContracts("count(*)", when="running", where="clause and internship"), OF_CONTRACTS, additive=False, source=CLAUSES,
    ),
    Indicator(
        "I29", "Critère social : marchés", "Marchés notifiés dans la période dont l’attribution tient compte d’un critère social.",
        "|marchés avec critère social notifiés|", "marchés", OfContracts("count(*)", where="clause and criterion"), OF_CONTRACTS,
        additive=True, source=CLAUSES,
    ),
    Indicator(
        "I29P", "Critère social : pondération moyenne", "Poids moyen du critère social, parmi les marchés dont il est déclaré.",
        "moyenne des pondérations", "%",
        OfContracts("sum(criterion_weight)", "count(*)", times=HUNDREDTH, where="clause and criterion and criterion_weight is not null"),
        OF_CONTRACTS, additive=False, source=CLAUSES, decimals=2,
    ),
    Indicator(
        "I30", "Achats socialement responsables : outils et réponses", "Outils utilisés par les acheteurs ; structures interrogées et ayant répondu.",
        "|structures ayant répondu| ÷ |interrogées| × 100", "%",
        NotCollected("donnée non collectée : les outils d’achat responsable ne font l’objet d’aucune enquête ici"), (), additive=False,
        source="Enquête auprès des acheteurs",
    ),
)  # fmt: skip
I33: Final = (
    Indicator(
        "I33", "Couverture", "Part des structures attendues (facilitateur, à défaut acheteur, d’un marché clausé en cours) dont il est venu des heures ou « rien à déclarer ».",
        "|structures ayant transmis| ÷ |structures attendues| × 100", "%", Coverage(), ("department", "buyer_kind", "sector", "programme"),
        additive=False, source=_BOTH, decimals=2,
    ),
    Indicator(
        "I33M", "Couverture des marchés", "Part des marchés clausés en cours dont il est venu des heures ou « rien à déclarer ».",
        "|marchés couverts| ÷ |marchés en cours| × 100", "%", Coverage(structures=False),
        ("department", "mechanism", "buyer_kind", "sector", "programme"), additive=False, source=_BOTH, decimals=2,
    ),
    Indicator(
        "I33N", "Champs non renseignés",
        "Part des champs non communiqués dans les lignes nominatives : sexe, âge, résidence, critère, niveau, quartier prioritaire, prescripteur, modalité, contrat.",
        "Σ champs NC ÷ (9 × lignes nominatives) × 100", "%",
        OfLines("sum(unknown)", "9 * count(*)", PERCENT, where="who is not null"),
        OF_LINES, additive=False, source=HOURS, decimals=2,
    ),
)  # fmt: skip
