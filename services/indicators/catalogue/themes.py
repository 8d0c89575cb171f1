"""The network's themes: which published tables say something of each, and what must be known to read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Block:
    """One table of a theme. `over`: the chosen year, or the quarters of the last three years."""

    heading: str
    indicator: str
    by: str = ""
    filters: Pairs = ()
    over: Literal["year", "quarters"] = "year"

    def pairs(self, periods: tuple[str, ...]) -> Pairs:
        """The question as the interface asks it."""
        return (*(("period", period) for period in periods), ("by", self.by), *self.filters)


def _of(heading: str, indicator: str, *, by: str = "", **codes: str) -> Block:
    """The table of one code of a dimension."""
    return Block(heading, indicator, by, tuple(codes.items()))


def _by_quarter(heading: str, indicator: str, **codes: str) -> Block:
    return Block(f"{heading}, trimestre après trimestre", indicator, "", tuple(codes.items()), "quarters")


@dataclass(frozen=True)
class Theme:
    """A page: what it is about, its figure on the list of themes, its tables, and what must be known to read them."""

    slug: str
    title: str
    lead: str
    figure: Block
    blocks: tuple[Block, ...]
    notes: tuple[str, ...]


ALL: Final = (
    Theme(
        "femmes", "Les femmes dans les clauses sociales",
        "Les heures d’insertion se font surtout dans le bâtiment et les travaux publics : la part des femmes dit si d’autres métiers s’ouvrent.",
        Block("Part des femmes", "I07"),
        (
            Block("Part des femmes par département", "I07", "department"),
            _by_quarter("Part des femmes", "I07"),
            Block("Part des femmes selon qui emploie la personne", "I07", "modality"),
            Block("Part des femmes par public", "I07", "public"),
            Block("Heures par sexe", "I01", "sex"),
        ),
        (
            "La part se rapporte aux personnes distinctes, non aux heures : quand les contrats des femmes sont plus courts, leur part des heures est plus basse.",
            "Une personne dont le sexe n’est pas déclaré compte dans le total des personnes, non parmi les femmes.",
            "La part est masquée là où les femmes ou les autres personnes sont trop peu nombreuses.",
        ),
    ),
    Theme(
        "jeunes", "Les jeunes de moins de 26 ans",
        "Les heures et les personnes entrées dans la clause au titre de leur âge.",
        _of("Heures des moins de 26 ans", "I01", public="JEUNE_26"),
        (
            _of("Heures des moins de 26 ans par département", "I01", public="JEUNE_26", by="department"),
            _by_quarter("Heures des moins de 26 ans", "I01", public="JEUNE_26"),
            _of("Moins de 26 ans par département", "I05", public="JEUNE_26", by="department"),
            Block("Les jeunes parmi tous les publics", "I01", "public"),
        ),
        (
            "« Moins de 26 ans » est ici le critère principal d’éligibilité, constaté à l’entrée. Un jeune entré comme bénéficiaire du RSA est compté sous ce critère-là : le chiffre est un minimum.",
            "L’âge reste celui du jour d’entrée pendant tout le parcours.",
        ),
    ),
    Theme(
        "mobilite", "La mobilité : où l’on habite, où l’on travaille",
        "Les chantiers ne sont pas toujours là où vivent les personnes : le tableau croise le département de résidence et le département de travail.",
        Block("Heures faites dans le département où l’on habite", "I01", "department,residence_department"),
        (
            Block("Heures par département de résidence et de travail", "I01", "department,residence_department"),
            Block("Personnes par département de résidence et de travail", "I05", "department,residence_department"),
            Block("Heures par département de résidence", "I01", "residence_department"),
            Block("Personnes par département de résidence", "I05", "residence_department"),
        ),
        (
            "Dans les tableaux croisés, une ligne est un département de résidence, une colonne un département de travail : la diagonale dit qui travaille où il habite.",
            "Le département de travail est celui du chantier ou du service, non celui de l’acheteur ni de l’employeur.",
            "Quand la commune de résidence n’est pas déclarée, ou quand les heures sont déclarées par groupe, la résidence est « non communiqué ». La part se rapporte aux heures dont la résidence est connue ; « au moins » quand un chiffre de la diagonale est masqué.",
            "Une personne qui travaille dans deux départements compte dans chacun, une seule fois dans le total.",
        ),
    ),
    Theme(
        "bailleurs-anru", "Les bailleurs sociaux et le renouvellement urbain",
        "Les bailleurs construisent, réhabilitent et entretiennent : leurs marchés portent des heures près de leurs locataires, surtout dans les opérations de l’ANRU.",
        _of("Heures des marchés de bailleurs", "I01", buyer_kind="BAILLEUR_SOCIAL"),
        (
            Block("Heures par type d’acheteur", "I01", "buyer_kind"),
            _by_quarter("Heures des marchés de bailleurs", "I01", buyer_kind="BAILLEUR_SOCIAL"),
            Block("Heures par programme", "I01", "programme"),
            _by_quarter("Heures des opérations ANRU – NPNRU", "I01", programme="ANRU_NPNRU"),
        ),
        (
            "Un bailleur ne connaît souvent que des totaux par entreprise : ses heures comptent dans les tableaux, ses personnes sont déclarées en groupe et publiées à part (I05G), « au moins ».",
            "La charte nationale d’insertion de l’ANRU demande 5 % des heures travaillées des opérations, 10 % en gestion urbaine de proximité, pour des habitants de quartiers prioritaires. Ce taux (I25) demande les heures travaillées totales de l’opération, que peu de déclarants transmettent : il n’est pas publié.",
        ),
    ),
    Theme(
        "ett-etti", "L’intérim : ETT et ETTI",
        "L’intérim d’insertion (ETTI) accompagne la personne ; l’intérim classique (ETT) met à disposition sans accompagnement. Les deux réalisent des heures de clause.",
        _of("Heures en ETTI", "I01", modality="ETTI"),
        (
            Block("Heures selon qui emploie la personne", "I01", "modality"),
            _of("Heures en ETTI par département", "I01", modality="ETTI", by="department"),
            _of("Heures en ETT par département", "I01", modality="ETT", by="department"),
            _by_quarter("Heures en ETTI", "I01", modality="ETTI"),
            _by_quarter("Heures en ETT", "I01", modality="ETT"),
            Block("Part des femmes selon qui emploie la personne", "I07", "modality"),
        ),
        (
            "Une ETTI est conventionnée par l’État, n’emploie que des personnes en insertion et peut prolonger une mission jusqu’à 24 mois.",
            "Une ETT classique n’accompagne pas : l’éligibilité de la personne se valide avant la mission.",
            "Les heures d’une mission comptent au mois travaillé, dans le département du chantier ou du service.",
        ),
    ),
    Theme(
        "nettoyage", "Le nettoyage et la reprise du personnel",
        "Premier secteur de services des clauses. Quand un marché change de titulaire, le personnel en place est repris : il reste peu d’embauches à réserver.",
        _of("Heures du nettoyage", "I01", sector="NETTOYAGE"),
        (
            Block("Heures par secteur d’activité", "I01", "sector"),
            _by_quarter("Heures du nettoyage", "I01", sector="NETTOYAGE"),
        ),
        (
            "Dans la convention collective des entreprises de propreté (article 7, ancienne annexe 7), le nouveau titulaire reprend les salariés en place sur le site depuis au moins six mois et à 30 % de leur temps. La clause se calcule alors sur ce qui reste : remplacements, embauches nouvelles, extensions.",
            "Les heures publiées ici sont celles de personnes en insertion. Les heures reprises n’en sont pas, et ne sont pas publiées.",
            "Le secteur est déduit du code CPV du marché : 909 pour le nettoyage ; les déchets (905) sont un autre secteur.",
        ),
    ),
    Theme(
        "grands-projets", "Les grands projets",
        "Le Grand Paris Express, les Jeux de 2024, le renouvellement urbain : des chantiers de plusieurs années, sur plusieurs départements.",
        _of("Heures du Grand Paris Express", "I01", programme="GPE"),
        (
            Block("Heures par programme", "I01", "programme"),
            _by_quarter("Heures du Grand Paris Express", "I01", programme="GPE"),
            _by_quarter("Heures des Jeux de 2024", "I01", programme="JOP2024"),
            _by_quarter("Heures des grands maîtres d’ouvrage", "I01", buyer_kind="GRAND_MAITRE_OUVRAGE"),
        ),
        (
            "Le programme est déclaré avec le marché ; « Aucun » et « non communiqué » sont deux réponses différentes.",
            "Un grand maître d’ouvrage peut avoir des marchés hors de tout programme : les deux tableaux se recoupent et ne s’additionnent pas.",
            "Quand un seul employeur réalise presque toutes les heures d’un programme, le chiffre est masqué, même s’il est grand.",
        ),
    ),
)  # fmt: skip
BY_SLUG: Final = {theme.slug: theme for theme in ALL}
