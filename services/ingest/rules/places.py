"""Departments and communes: the place of work and the place of residence."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from schemas.identifiers import normalised
from schemas.vocabulary.places import DEPARTMENTS
from services.ingest import reference

_CODE: Final = re.compile(r"0[1-9]|[1-8]\d|9[0-5]|2[AB]|97[1-8]|98[4-8]")
_COMMUNE: Final = re.compile(r"(\d{5}|2[AB]\d{3})", re.ASCII)


class NoPlace(ValueError):
    """Not a department or a commune; the sentence says what was expected."""


@lru_cache(maxsize=4096)
def department_of(text: str) -> str:
    """Department code of « 93 », « 93 - Seine-Saint-Denis » or « Seine-Saint-Denis ». Raises NoPlace; « 7 » is 07 and 77 at once, so it is asked."""
    plain = text.upper()
    if _CODE.fullmatch(plain):
        return plain
    found = re.match(r"(\d{2,3}|2[AB])\s*[-–(]", plain, re.ASCII)
    if found and _CODE.fullmatch(found[1]):
        return found[1]
    name = normalised(text)
    for code, label in DEPARTMENTS.items():
        if name == normalised(label):
            return code
    raise NoPlace("le département du travail est attendu : 75, 77, 78, 91, 92, 93, 94 ou 95")


def is_of_the_region(department: str) -> bool:
    return department in DEPARTMENTS


@lru_cache(maxsize=16384)
def commune_of(text: str) -> str:
    """INSEE code of « 93048 », of a postal code with one commune, or of a name that only one commune of the region has. Raises NoPlace."""
    plain = text.upper()
    if _COMMUNE.fullmatch(plain):
        return _commune_of_code(plain)
    found = _names().get(normalised(text), ())
    if len(found) == 1:
        return found[0]
    raise NoPlace(
        "plusieurs communes portent ce nom ; donnez le code INSEE"
        if found
        else "un code INSEE de commune est attendu (5 caractères), par exemple 93048 pour Montreuil"
    )


def _commune_of_code(code: str) -> str:
    if code[:2] not in DEPARTMENTS or code in reference.communes():
        return code  # communes outside the region are not in our list: a well-formed code is believed
    of_postal = reference.communes_of_postal_code().get(code, ())
    if len(of_postal) == 1:
        return of_postal[0]
    raise NoPlace(
        "ce code postal couvre plusieurs communes ; donnez le code INSEE" if of_postal else "ce code INSEE n’existe pas en Île-de-France"
    )


@lru_cache(maxsize=1)
def _names() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for code, name in reference.communes().items():
        found[normalised(name)] = (*found.get(normalised(name), ()), code)
    return found
