"""The names under which producers of many years give the fields of a contract. Written in any case, with any separator."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "decp_id": (
        "id", "idmarche", "marcheid", "identifiantmarche", "identifiant", "numeromarche", "nummarche", "numerodumarche", "referencemarche",
        "idcontrat", "identifiantdumarche", "referencedumarche", "numerocontrat", "identifiantcontrat",
    ),
    "uid": ("uid",),
    "buyer": ("acheteur", "acheteurs", "autoriteconcedante", "autoritesconcedantes"),
    "buyer_siret": (
        "acheteurid", "acheteursiret", "idacheteur", "siretacheteur", "acheteuridentifiant", "acheteurs0id", "autoriteconcedanteid",
        "autoriteconcedantesiret", "idautoriteconcedante", "siretdelacheteur", "identifiantacheteur",
        "acheteursid", "acheteurssiret",
    ),
    "buyer_name": ("acheteurnom", "nomacheteur", "autoriteconcedantenom", "acheteurdenominationsociale", "nomdelacheteur", "acheteursnom"),
    "buyer_region": ("acheteurregioncode", "coderegionacheteur", "acheteurcoderegion"),
    "buyer_department": ("acheteurdepartementcode", "departementacheteur", "codedepartementacheteur", "acheteurcodedepartement"),
    "source": ("source", "sourcedataset", "sourcefile"),
    "purpose": ("objet", "objetmarche", "objetdumarche", "objetcontrat", "marcheobjet"),
    "nature": ("nature", "naturemarche", "marchenature", "naturedumarche"),
    "procedure": ("procedure", "proceduremarche", "typeprocedure"),
    "cpv": ("codecpv", "cpv", "codescpv", "codecpvoriginal", "codecpvprincipal", "cpvprincipal", "cpvcode"),
    "amount": ("montant", "valeurglobale", "montantht", "montantmarche", "montantdumarche", "montantcalcule", "montantattribueht", "montantattribue", "marchemontant"),
    "duration": ("dureemois", "duree", "dureeenmois", "dureemarche", "dureemoiscalculee"),
    "notified_on": ("datenotification", "datesignature", "datenotificationmarche", "datedenotification", "notificationdate"),
    "published_on": ("datepublicationdonnees", "datepublication", "datedepublication", "datedepublicationdesdonnees", "publicationdate"),
    "place": ("lieuexecution", "lieuxexecution", "lieudexecution"),
    "place_code": ("lieuexecutioncode", "codelieuexecution", "lieudexecutioncode", "lieuexecution0code", "lieuxexecutioncode", "lieuexeccode"),
    "place_kind": (
        "lieuexecutiontypecode", "typecodelieuexecution", "typecodelieudexecution", "lieudexecutiontypecode", "lieuexecution0typecode",
        "lieuxexecutiontypecode", "lieuexectype", "lieuexectypecode",
    ),
    "place_name": ("lieuexecutionnom", "nomlieuexecution", "lieudexecutionnom", "lieuexecution0nom", "lieuxexecutionnom", "lieuexecnom"),
    "place_department": ("codedepartementexecution", "departementexecution", "lieuexecutiondepartementcode", "departementdexecution", "codedepartementdexecution"),
    "holders": ("titulaires", "titulaire", "concessionnaires", "concessionnaire"),
    "social": ("considerationssociales", "considerationsociale"),
    "techniques": ("techniques", "technique", "techniquedachat", "techniquesdachat", "techniqueachat", "techniquesachat"),
    "execution": (
        "modalitesexecution", "modaliteexecution", "modalitedexecution", "modalitesdexecution", "modalitesexecutionmarche",
    ),
    "framework_id": (
        "idaccordcadre", "accordcadreid", "identifiantaccordcadre", "numeroaccordcadre", "identifiantdelaccordcadre", "numerodelaccordcadre",
    ),
    "modifications": ("modifications", "modification"),
    "modification_number": ("modificationid", "idmodification", "seq"),
    "modification_purpose": ("objetmodification",),
    "current": ("donneesactuelles",),
    "modified_on": ("modificationdatenotificationmodification", "datenotificationmodification", "modificationdatenotification"),
}  # fmt: skip
_FIELD_OF: Final = {name: field for field, names in FIELDS.items() for name in names}
_HOLDER: Final = re.compile(
    r"(?:titulaires?|concessionnaires?)(\d*)(id|siret|identifiant|typeidentifiant|idtype|denominationsociale|denomination|nom|raisonsociale)(\d*)"
)
_HOLDER_OTHERWISE: Final = re.compile(
    r"(siret|id|identifiant|typeidentifiant|denominationsociale|denomination|raisonsociale|nom)(?:dutitulaire|titulaires?|etablissement)()(\d*)"
)
_HOLDER_NUMBERED: Final = re.compile(r"(typeidentifiant|denominationsociale)()(\d+)")
"""Beside `idTitulaires_1`, in the tables of the ministry."""
_HOLDER_ALONE: Final = re.compile(r"(titulaire|concessionnaire)()(\d+)")
"""« Titulaire 1 », beside « SIRET titulaire 1 »."""
_KIND: Final = {"typeidentifiant": "kind", "idtype": "kind", "id": "number", "siret": "number", "identifiant": "number"}
_OUTER: Final = re.compile(
    r"(?:(?:marches?|contrats?[-_]?concessions?|records?|fields|properties)(?:__|[./])(?:\d+(?:__|[./]))?)+", re.IGNORECASE | re.ASCII
)
_PRIVATE: Final = 100
"""`_id` is a database's own name for a row: believed only where nothing else says it."""
_SIGNS: Final = frozenset({"decp_id", "uid", "buyer", "buyer_siret", "purpose", "amount", "cpv", "holders", "notified_on"})


@lru_cache(maxsize=8192)
def plain(name: str) -> str:
    """« Acheteur.Id », `acheteur_id` and « ACHETEUR ID » are one name: letters and digits without accents, lower case."""
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]", "", bare)


@lru_cache(maxsize=8192)
def bare_title(name: str) -> str:
    """A title without the names of what held the contract before it became a table: `marches.marche.objet` is `objet`."""
    outer = _OUTER.match(name)
    return name[outer.end() :] or name if outer else name


def _inner(name: str) -> str:
    return plain(bare_title(name))


@lru_cache(maxsize=8192)
def field_of(name: str) -> str | None:
    """The field that a name means, None for one that we do not read."""
    return _FIELD_OF.get(_inner(name))


@lru_cache(maxsize=8192)
def holder_field_of(name: str) -> tuple[str, str] | None:
    """Which holder of a flat row (`titulaire_id_2`, `titulaires.0.id`) and which of its fields: number, kind or name."""
    bare = _inner(name)
    if found := _HOLDER.fullmatch(bare):
        return found[1] or found[3], _KIND.get(found[2], "name")
    for names in (_HOLDER_OTHERWISE, _HOLDER_NUMBERED, _HOLDER_ALONE):
        if found := names.fullmatch(bare):
            return found[3], _KIND.get(found[1], "name")
    return None


def fields_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row's values by our names. Of several names for one field, the usual one that is filled in wins."""
    found: dict[str, tuple[int, Any]] = {}
    for name, value in row.items():
        field = field_of(name) if isinstance(name, str) else None
        if field is None or value is None or value == "":
            continue
        rank = FIELDS[field].index(_inner(name)) + (_PRIVATE if name.startswith("_") else 0)
        if field not in found or rank < found[field][0]:
            found[field] = rank, value
    return {field: value for field, (_, value) in found.items()}


def own_id(row: Mapping[str, Any]) -> Any:
    """The contract's number where a row gives it beside the buyer's and its number in one, as merged files do under `id`; else None."""
    said = [str(value).strip() for name, value in row.items() if isinstance(name, str) and field_of(name) == "decp_id" and value]
    return next((short for short in said for whole in said if short and whole == f"{whole[:14]}{short}" and whole[:14].isdigit()), None)


def is_contract(value: object, least: int = 2) -> bool:
    """Whether an object says at least two (or more) things that a contract says."""
    return isinstance(value, Mapping) and len(_said(value) & _SIGNS) >= least


def is_whole(value: object, least: int = 2) -> bool:
    """Whether an object also says what a contract cannot do without, its number and its buyer: no part of one does."""
    if not isinstance(value, Mapping) or not is_contract(value, least):
        return False
    said = _said(value)
    return "uid" in said or bool("decp_id" in said and said & {"buyer", "buyer_siret"})


def _said(value: Mapping[Any, Any]) -> set[str | None]:
    return {field_of(name) for name in value if isinstance(name, str)}
