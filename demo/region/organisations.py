"""Forty buyers, eight carrying structures, sixty employers: all invented, of the kinds of the handbook (section 2.4, 2.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from demo.identifiers import id_of, siret

EVERYWHERE: Final = ("93", "75", "92", "94", "95", "77", "78", "91")


@dataclass(frozen=True)
class Organisation:
    """`code` starts its contract numbers; `reach` are the departments where it has work done; `weight` its share of its kind's hours."""

    code: str
    name: str
    kind: str
    department: str
    number: int
    reach: tuple[str, ...] = ()
    weight: float = 1.0

    @property
    def id(self) -> UUID:
        return id_of("organisation", self.code)

    @property
    def siret(self) -> str:
        return siret(self.number)


@dataclass(frozen=True)
class Employer:
    """Who employs or supplies the persons, by one modality."""

    name: str
    modality: str
    number: int

    @property
    def siret(self) -> str:
        return siret(self.number)

    @property
    def id(self) -> UUID:
        return id_of("employer", self.name)


def _buyers() -> tuple[Organisation, ...]:
    rows: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
        ("AUB", "Territoire de l’Aubraine", "EPT", "93", EVERYWHERE),
        ("TCH", "Trois-Canaux Habitat", "BAILLEUR_SOCIAL", "93", ("93", "95")),
        ("MTB", "Ville de Montbrisel", "COMMUNE", "93", ("93",)),
        ("CDN", "Conseil départemental fictif du 93", "CONSEIL_DEPARTEMENTAL", "93", ("93",)),
        ("HQS", "Hôpital des Quatre-Saules", "HOPITAL", "93", ("93", "94")),
        ("SLN", "Société des Lignes nouvelles", "GRAND_MAITRE_OUVRAGE", "75", EVERYWHERE),
        ("RPV", "Régie immobilière du Pont-Vieux", "BAILLEUR_SOCIAL", "75", ("75", "92")),
        ("DBE", "Direction fictive des bâtiments de l’État", "ETAT", "75", ("75", "78", "94")),
        ("CRD", "Conseil régional de démonstration", "CONSEIL_REGIONAL", "75", ("75", "77", "91", "95")),
        ("EPB", "Établissement public du Parc boréal", "ETABLISSEMENT_PUBLIC", "75", ("75", "93")),
        ("CAF", "Caisse fictive d’assurance", "ORGANISME_SECU", "75", ("75",)),
        ("SRN", "SEM Rives nouvelles", "SYNDICAT_SEM", "75", ("75", "92", "93")),
        ("MAB", "Maison des Arts boréaux", "PRIVE", "75", ("75",)),
        ("CVL", "Communauté du Val de l’Oseraie", "INTERCOMMUNALITE", "77", ("77",)),
        ("OBR", "Oseraie Habitat", "BAILLEUR_SOCIAL", "77", ("77", "94")),
        ("VLR", "Ville de Larmoret", "COMMUNE", "77", ("77",)),
        ("CDS", "Conseil départemental fictif du 77", "CONSEIL_DEPARTEMENTAL", "77", ("77",)),
        ("SYO", "Syndicat des Eaux de l’Oseraie", "SYNDICAT_SEM", "77", ("77", "91")),
        ("CPF", "Communauté des Plateaux fleuris", "INTERCOMMUNALITE", "78", ("78",)),
        ("PFH", "Plateaux Habitat", "BAILLEUR_SOCIAL", "78", ("78", "92")),
        ("VSB", "Ville de Sainte-Brume", "COMMUNE", "78", ("78",)),
        ("CDY", "Conseil départemental fictif du 78", "CONSEIL_DEPARTEMENTAL", "78", ("78",)),
        ("CVE", "Communauté du Val d’Ecluse", "INTERCOMMUNALITE", "91", ("91",)),
        ("ECH", "Écluse Habitat", "BAILLEUR_SOCIAL", "91", ("91",)),
        ("VCR", "Ville de Courmelin", "COMMUNE", "91", ("91",)),
        ("CDE", "Conseil départemental fictif du 91", "CONSEIL_DEPARTEMENTAL", "91", ("91",)),
        ("BDS", "Boucle du Saule, territoire", "EPT", "92", ("92", "78")),
        ("VHB", "Ville de Hautbuisson", "COMMUNE", "92", ("92",)),
        ("CDH", "Conseil départemental fictif du 92", "CONSEIL_DEPARTEMENTAL", "92", ("92",)),
        ("SAH", "SEM Hautbuisson Aménagement", "SYNDICAT_SEM", "92", ("92",)),
        ("HBL", "Clinique universitaire du Belvédère", "HOPITAL", "92", ("92",)),
        ("TPR", "Territoire des Prés-Ronds", "EPT", "94", ("94",)),
        ("PRH", "Prés-Ronds Habitat", "BAILLEUR_SOCIAL", "94", ("94", "93")),
        ("VBG", "Ville de Bergerault", "COMMUNE", "94", ("94",)),
        ("CDM", "Conseil départemental fictif du 94", "CONSEIL_DEPARTEMENTAL", "94", ("94",)),
        ("CTO", "Communauté des Trois Ormes", "INTERCOMMUNALITE", "95", ("95",)),
        ("ORH", "Ormes Habitat", "BAILLEUR_SOCIAL", "95", ("95",)),
        ("VGM", "Ville de Grandmesnil", "COMMUNE", "95", ("95",)),
        ("CDO", "Conseil départemental fictif du 95", "CONSEIL_DEPARTEMENTAL", "95", ("95",)),
        ("SDO", "Syndicat des Déchets des Ormes", "SYNDICAT_SEM", "95", ("95", "93")),
    )
    return tuple(
        Organisation(code, name, kind, department, number, reach) for number, (code, name, kind, department, reach) in enumerate(rows, 1)
    )


def _structures() -> tuple[Organisation, ...]:
    rows = (
        ("S75A", "Maison de l’emploi du Pont-Vieux", "MDE", "75"),
        ("S75B", "Capitale Ensemble pour l’emploi", "ASSOCIATION", "75"),
        ("S77A", "Maison de l’emploi de l’Oseraie", "MDE", "77"),
        ("S77B", "Oseraie Insertion", "ASSOCIATION", "77"),
        ("S78A", "Plateaux Emploi", "GIP", "78"),
        ("S91A", "Club des entreprises du Val d’Écluse", "CLUB_ENTREPRISES", "91"),
        ("S92A", "Maison de l’emploi de la Boucle du Saule", "MDE", "92"),
        ("S93A", "PLIE de l’Aubraine", "PLIE", "93"),
        ("S93B", "Aubraine Ensemble pour l’emploi", "ASSOCIATION", "93"),
        ("S94A", "Prés-Ronds Compétences", "COMMUNE_EPT", "94"),
        ("S95A", "Mission insertion des Trois Ormes", "DEPARTEMENT", "95"),
    )
    return tuple(Organisation(code, name, kind, department, 200 + number) for number, (code, name, kind, department) in enumerate(rows))


def _employers() -> tuple[Employer, ...]:
    names = {
        "EMBAUCHE_DIRECTE": (
            "Bâti-Ouest", "Charpentes Leroux fictif", "Constructions Vauban d’essai", "Cité Propre Services", "Démo Génie civil", "Électricité Belval",
            "Espaces verts Dorémi", "Façades Miroir", "Génie Boréal", "Grands Travaux Pastel", "Hydro Canal", "Isolation Plume", "Jardins Topaze",
            "Maçonnerie Opale", "Nettoyage Cristal", "Ouvrages Saphir", "Peintures Arlequin", "Plomberie Cascade", "Propreté Aurore",
            "Revêtements Corail", "Routes Ambre", "Serrurerie Iris", "Terrassements Lave", "Voirie Azur",
        ),
        "ETTI": ("Tremplin Intérim", "Passerelle Intérim", "Élan Intérim solidaire", "Cap Mission", "Relais Intérim", "Horizon Missions", "Contact Insertion",
                 "Déclic Intérim"),
        "ETT": ("Missions Express", "Bâti Intérim fictif", "Actif Travail temporaire", "Alpha Missions", "Renfort Intérim", "Équipe Plus"),
        "GEIQ": ("GEIQ Bâtiment de démonstration", "GEIQ Propreté fictif", "GEIQ Paysage", "GEIQ Travaux publics d’essai"),
        "EI": ("Chantiers Solidaires", "Propre Avenir", "Vert Demain", "Recyclerie du Canal", "Atelier Second Œuvre", "Logistique Ensemble"),
        "AI": ("Coup de Main 93 fictif", "Services Voisins", "Entraide Emploi", "Aide et Travail"),
        "REGIE": ("Régie des Quatre-Vents", "Régie du Moulin", "Régie des Coteaux"),
        "EA": ("Adapt’Espaces", "Ateliers Égalité"),
        "ACI": ("Jardin des Possibles",),
        "ESAT": ("ESAT Les Glycines",),
        "EATT": ("Adapt’Intérim",),
    }  # fmt: skip
    found = [(name, modality) for modality, listed in names.items() for name in listed]
    return tuple(Employer(name, modality, 300 + number) for number, (name, modality) in enumerate(found))


BUYERS: Final = _buyers()
STRUCTURES: Final = _structures()
EMPLOYERS: Final = _employers()
FACILITATOR: Final = Organisation("FAC", "Facilitateurs de l’Aubraine", "FACILITATEUR", "93", 290)
NETWORK: Final = Organisation("RES", "Équipe du réseau de démonstration", "RESEAU", "75", 291)
DECLARANT: Final = BUYERS[0]
DECLARANT2: Final = BUYERS[1]
