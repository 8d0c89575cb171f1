"""The one definition of a line's fields: names, French headers, what they hold. Files, form, documents and checks all read it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from functools import lru_cache
from typing import Final, Literal

from schemas.vocabulary import Vocabulary
from schemas.vocabulary.modalities import MODALITIES
from schemas.vocabulary.persons import EDUCATION, EXITS, PRESCRIBERS, SEXES, UNEMPLOYMENT
from schemas.vocabulary.publics import PUBLICS
from schemas.vocabulary.work_contracts import WORK_CONTRACTS

Kind = Literal["text", "siret", "code", "codes", "period", "month", "date", "hours", "count", "flag", "department", "commune"]


@dataclass(frozen=True)
class Field:
    """One field of a line. `aliases` are headers seen in real files; `identity` is used for the token in memory and then dropped."""

    name: str
    label: str
    kind: Kind
    about: str
    example: str
    vocabulary: Vocabulary | None = None
    aliases: tuple[str, ...] = ()
    required: bool = False
    identity: bool = False
    longest: int = 200


FIELDS: Final[tuple[Field, ...]] = (
    Field("contract", "N° marché", "text", "Numéro du marché, ou son identifiant dans la plateforme.", "2018-045",
          aliases=("Numéro de marché", "Réf. marché", "Code marché", "N° engagement", "Marché", "Réf. consultation", "Référence marché", "Référence du marché",
                   "N° affaire", "Code affaire", "N° EJ"), required=True, longest=64),
    Field("period", "Période", "period", "Mois (ou trimestre, semestre, année) travaillé.", "2019-03",
          aliases=("Mois", "Mois de paie", "Mois d'exécution", "Période d'exécution", "Mois travaillé", "Période travaillée",
                   "Mois concerné", "Mois de réalisation", "Mois/Année", "Période concernée", "Période de réalisation", "Mois d'intervention", "Mois de travail"), required=True, longest=40),
    Field("hours", "Heures réalisées", "hours", "Heures travaillées de la période ; deux décimales au plus, ou 7h30.", "151,67",
          aliases=("H. réalisées", "H. réal.", "Nb heures", "Nb heures réalisées", "Heures effectuées", "Heures travaillées", "Heures travaillées insertion", "Total heures réalisées", "Heures du mois", "Heures d'insertion",
                   "Heures d'insertion réalisées", "Nb heures d'insertion réalisées",
                   "H réalisées", "Hrs", "Heures déclarées", "Heures validées", "Heures réelles", "Volume horaire réalisé", "Volume d'heures réalisées",
                   "Total des heures d'insertion réalisées", "Nombre d'heures réalisées dans le mois", "Nombre d'heures réalisées sur la période"),
          required=True, longest=40),
    Field("hours_cumulated", "Heures cumulées", "hours", "À la place des heures : cumul depuis le début du marché ; la différence est calculée.", "",
          aliases=("Cumul heures", "Cumul réalisé", "Heures réalisées à ce jour", "Total depuis début"), longest=40),
    Field("employer_siret", "SIRET employeur", "siret", "SIRET (14 chiffres) de l’employeur ; le SIREN est accepté.", "12345678200010",
          aliases=("N° SIRET", "SIRET", "SIREN", "SIREN employeur",
                   "SIRET entreprise", "SIRET SIAE", "SIRET de la structure", "SIRET structure employeuse"), longest=40),
    Field("employer_name", "Employeur", "text", "Nom de l’employeur, quand le SIRET n’est pas connu.", "Chantiers Solidaires",
          aliases=("Structure employeuse", "Nom employeur", "SIAE", "Sous-traitant", "Entreprise d'accueil",
                   "Nom de l'entreprise", "Nom SIAE", "Structure d'insertion", "Nom de la structure", "Raison sociale", "Raison sociale employeur")),
    Field("department", "Département", "department", "Département où le travail est fait ; à défaut celui du marché.", "93",
          aliases=("Dép.", "Territoire", "Lieu d'exécution", "Dpt", "Dépt"), longest=40),
    Field("commune", "Commune du chantier", "commune", "Code INSEE ou nom de la commune du chantier.", "93048",
          aliases=("Lieu des travaux",), longest=80),
    Field("worker_id", "Identifiant salarié", "text", "Identifiant de la personne dans votre structure ; remplacé par un jeton.", "A12",
          aliases=("ID participant", "N° bénéficiaire", "Matricule", "Identifiant", "N° dossier", "N° salarié", "N° participant", "Identifiant participant",
                   "Identifiant bénéficiaire", "Nom Prénom", "Nom et prénom", "Nom Prénom du salarié", "Intérimaire",
                   "Matricule salarié", "ID salarié", "Code salarié", "ID bénéficiaire"), longest=100),
    Field("birth_name", "Nom de naissance", "text", "Sert au jeton régional, puis est effacé.", "", aliases=("Nom", "Nom du salarié", "Nom du bénéficiaire"), identity=True, longest=100),
    Field("first_name", "Prénom", "text", "Sert au jeton régional, puis est effacé.", "", aliases=("Prénom du salarié", "Prénom du bénéficiaire"), identity=True, longest=100),
    Field("birth_date", "Date de naissance", "date", "Sert au jeton régional ; seuls l’année et le mois sont gardés.", "",
          aliases=("Né(e) le", "DDN", "Né le", "Née le"), identity=True, longest=40),
    Field("birth", "Année et mois de naissance", "month", "Année-mois, ou année seule.", "1990-04",
          aliases=("Naissance", "Année de naissance"), longest=20),
    Field("sex", "Sexe", "code", "F ou M.", "F", SEXES, ("Civilité", "Genre", "H/F", "F/M", "Sexe (H/F)", "Sexe (F/M)"), longest=20),
    Field("residence", "Commune de résidence", "commune", "Code INSEE ou nom de la commune de résidence.", "93048",
          aliases=("Domicile", "Commune", "Ville", "CP", "Code postal", "Commune de domicile", "Ville de résidence"), longest=80),
    Field("qpv", "QPV", "flag", "Réside en quartier prioritaire : oui ou non. Ligne de groupe : nombre de personnes.", "oui",
          aliases=("Quartier prioritaire", "Résident QPV", "Résident QPV (O/N)", "QPV (O/N)", "Dont QPV", "ZUS", "QPV Oui/Non", "Habitant QPV"), longest=20),
    Field("public", "Public", "code", "Critère principal à l’entrée.", "BRSA", PUBLICS,
          ("Critère", "Éligibilité", "Statut à l'entrée", "Catégorie", "Typologie public", "Type de public", "Public cible", "Critère d'éligibilité"), longest=80),
    Field("other_publics", "Autres critères", "codes", "Autres critères à l’entrée, séparés par une virgule.", "QPV, JEUNE_26", PUBLICS, longest=200),
    Field("education", "Niveau de formation", "code", "Niveau du cadre national.", "N3", EDUCATION,
          ("Niveau", "Diplôme", "Qualif.", "Niveau d'études", "Niveau de qualification"), longest=80),
    Field("unemployment", "Durée de chômage", "code", "Ancienneté à l’entrée.", "03", UNEMPLOYMENT, ("Durée chômage", "Ancienneté DE"), longest=80),
    Field("prescriber", "Prescripteur", "code", "Qui a orienté la personne.", "MISSION_LOCALE", PRESCRIBERS,
          ("Orienté par", "Structure d'accompagnement"), longest=80),
    Field("modality", "Modalité", "code", "Qui emploie ou met à disposition.", "ETTI", MODALITIES,
          ("Mode de réalisation", "Mode d'embauche", "Type de structure", "Type d'employeur", "Modalité de réalisation", "Modalité d'exécution", "Modalité d'insertion"), longest=80),
    Field("work_contract", "Type de contrat", "code", "Contrat de travail.", "CDDI", WORK_CONTRACTS, ("Nature contrat", "Contrat de travail", "Type de contrat de travail", "Nature du contrat de travail"), longest=80),
    Field("work_contract_reference", "N° contrat de travail", "text", "Distingue deux contrats d’une personne dans le même mois.", "CT-2019-7",
          longest=64),
    Field("work_contract_starts_on", "Début du contrat", "date", "Premier jour du contrat de travail.", "2019-01-15",
          aliases=("Date d'embauche", "Début contrat", "Début mission", "Date de début de contrat", "Date début contrat"), longest=40),
    Field("work_contract_ends_on", "Fin du contrat", "date", "Dernier jour du contrat de travail.", "2019-06-30",
          aliases=("Fin contrat", "Fin mission", "Date de fin de contrat", "Date fin contrat"), longest=40),
    Field("job", "Métier", "text", "Métier ou code ROME.", "F1701", aliases=("Poste", "Emploi occupé", "Code ROME", "Poste occupé", "Fonction"), longest=100),
    Field("exit", "Sortie", "code", "Situation à la sortie.", "DURABLE", EXITS, ("Motif de sortie", "Situation à la sortie"), longest=80),
    Field("hours_training", "Heures de formation", "hours", "Part des heures passée en formation.", "7,00", aliases=("H. formation", "Dont formation"),
          longest=40),
    Field("group", "Groupe", "text", "Nom du groupe, quand les personnes ne sont pas détaillées.", "Équipe lot 2", longest=100),
    Field("persons", "Nombre de personnes", "count", "Ligne de groupe : nombre de personnes.", "12",
          aliases=("Nb bénéficiaires", "Nb pers.", "Effectif", "Nombre de salariés", "Nb personnes bénéficiaires", "Nb participants"), longest=20),
    Field("women", "Dont femmes", "count", "Ligne de groupe.", "3", aliases=("Nb fem", "Nombre de femmes"), longest=20),
    Field("men", "Dont hommes", "count", "Ligne de groupe.", "9", aliases=("Nombre d'hommes",), longest=20),
    Field("sex_unknown", "Dont sexe non communiqué", "count", "Ligne de groupe.", "0", longest=20),
    Field("under_26", "Dont moins de 26 ans", "count", "Ligne de groupe.", "4", aliases=("Dont -26 ans", "Jeunes", "Dont jeunes -26 ans"), longest=20),
    Field("source_line", "N° de ligne source", "text", "Identifiant stable de la ligne dans votre logiciel, s’il existe.", "L-000123", longest=64),
    Field("declarant_siret", "SIRET déclarant", "siret", "Votre propre SIRET, pour contrôle.", "12345678200010", longest=40),
)  # fmt: skip

BY_NAME: Final = {field.name: field for field in FIELDS}
GROUP_ONLY: Final = ("group", "persons", "women", "men", "sex_unknown", "under_26")
IDENTITY: Final = tuple(field.name for field in FIELDS if field.identity)
NEVER: Final = ("nir", "no secu", "no securite sociale", "no identifiant pe", "telephone", "portable", "mail", "email", "adresse")
"""Normalised headers of columns that are dropped unread, with a notice."""


_YEAR: Final = re.compile(r"(?<!\d)20\d\d(?!\d)", re.ASCII)


@lru_cache(maxsize=8192)
def normalised_header(header: str) -> str:
    """A header as it is compared: lower case, no accents, `n°|nb|h.` written one way, « (en h) », « (1) » and « (obligatoire) » removed, and « Somme de » with
    which a pivot table begins the titles of its values."""
    plain = unicodedata.normalize("NFKD", header.replace("’", "'").replace("°", "o ")).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"\((en )?(h(eures)?|centiemes?( d.heures?)?|(heures )?decimales?|decimal)\)", " ", plain)
    plain = re.sub(r"\s*[([](?:\d{1,2}|obligatoire|requis|facultatif|optionnel|si connue?)[)\]]", " ", plain)
    plain = re.sub(r"^\s*(somme|sum)\s*(de\s|of\s|-)\s*(?=\S)", "", plain)
    plain = re.sub(r"\b(n|num|numero)[.o]*\s+(?=\w)", "no ", plain)
    plain = re.sub(r"\b(nbre|nombre|nb)\b\.?( de | d')?", "nb ", plain)
    plain = re.sub(r"\bh\.\s*", "heures ", plain)
    return re.sub(r"[^a-z0-9/+_%-]+", " ", plain).strip()


def without_year(header: str) -> str:
    """A title as it is compared with that of another year: « Total 2025 » and « TOTAL 2026 » are one."""
    return normalised_header(_YEAR.sub("", header))


def _headers() -> dict[str, str]:
    found: dict[str, str] = {}
    for field in FIELDS:
        for header in (field.name, field.label, *field.aliases):
            found.setdefault(normalised_header(header), field.name)
    return found


def _words(plain: str) -> frozenset[str]:
    """The words of a title without the small ones; those of four letters and more in the singular."""
    words = ("no" if word in {"n", "numero"} else word for word in plain.split() if word not in _SMALL)
    return frozenset(word[:-1] if len(word) > 3 and word.endswith("s") else word for word in words)


_SMALL: Final = frozenset({"de", "du", "des", "d", "la", "le", "les", "l", "en", "a", "et", "/"})
_HEADERS: Final = _headers()
_BY_WORDS: Final = {_words(plain): name for plain, name in reversed(_HEADERS.items()) if _words(plain)}


def field_of(header: str) -> str | None:
    """The field that this header means, or None. English names, French labels and the aliases of real files are understood, whatever the
    order of their words, their plurals and the small words between."""
    plain = normalised_header(header)
    return _HEADERS.get(plain) or _BY_WORDS.get(_words(plain))


@lru_cache(maxsize=4096)
def field_spelt(header: str) -> str | None:
    """The field whose title differs from this one by a letter or two, as typing errors do; None when there is none, or two."""
    plain = normalised_header(header)
    if not 6 <= len(plain) <= 40 or any(sign.isdigit() for sign in plain) or field_of(header) is not None:
        return None
    found = {_HEADERS[near] for near in get_close_matches(plain, _HEADERS, 3, 0.86) if _word_by_word(plain, near)}
    return found.pop() if len(found) == 1 else None


def _word_by_word(plain: str, near: str) -> bool:
    """« Heures valorisées » is no misspelt « heures réalisées », nor is « heures non réalisées »."""
    ours, theirs = plain.split(), near.split()
    return len(ours) == len(theirs) and all(
        SequenceMatcher(None, one, other).ratio() >= 0.85 for one, other in zip(ours, theirs, strict=True)
    )


def is_never_read(header: str) -> bool:
    """True for a column that must not be taken in at all (national number, telephone, mail, address)."""
    plain = normalised_header(header)
    return any(plain == word or plain.startswith(f"{word} ") for word in NEVER)
