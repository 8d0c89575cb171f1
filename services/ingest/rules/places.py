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

_POSTAL: Final = re.compile(r"(\d{5})(?=\s|$)", re.ASCII)
_FORMER: Final = {"SAINT OUEN": "93070", "EVRY": "91228", "COURCOURONNES": "91228"}
"""Names that communes had, and that files still write."""


class NoPlace(ValueError):
    """Not a department or a commune; the sentence says what was expected."""


@lru_cache(maxsize=4096)
def department_of(text: str) -> str:
    """Department code of « 93 », « 93 - Seine-Saint-Denis », « Seine-Saint-Denis (93) », « Seine St Denis » or a postal code. Raises NoPlace; « 7 » is
    07 and 77 at once, so it is asked."""
    plain = text.upper()
    if _CODE.fullmatch(plain):
        return plain
    if (postal := _POSTAL.match(plain)) and postal[1][:2] in DEPARTMENTS:
        return postal[1][:2]
    name = _spelt(re.sub(r"^(d[ée]p(artement|t)?\b\.?)|[()]", " ", text, flags=re.IGNORECASE))
    found = re.fullmatch(r"(\d{2,3}|2[AB])( .*[A-Z].*)?|(.*[A-Z].*) (\d{2,3}|2[AB])", name, re.ASCII)
    code = (found[1] or found[4]) if found else ""
    said = ((found[2] or found[3] or "") if found else name).strip()
    named = next((known for known, label in DEPARTMENTS.items() if said == normalised(label)), None)
    if code and _CODE.fullmatch(code) and (named == code or code not in DEPARTMENTS or not said):
        return code
    if named and not code:
        return named
    raise NoPlace("le département du travail est attendu : 75, 77, 78, 91, 92, 93, 94 ou 95")


def is_of_the_region(department: str) -> bool:
    return department in DEPARTMENTS


@lru_cache(maxsize=16384)
def commune_of(text: str) -> str:
    """INSEE code of « 93048 », of a postal code with one commune (« CP 93100 » where its column says so), of a name that only one commune of the
    region has, or of « 93100 Montreuil », « Montreuil (93) ». Raises NoPlace."""
    plain = text.upper()
    if _COMMUNE.fullmatch(plain):
        return _commune_of_code(plain)
    postal = _POSTAL.match(plain.removeprefix("CP "))
    name = _spelt(plain.removeprefix("CP ")[postal.end() :] if postal else text)
    inside = re.search(r"(?:^| )(\d{2})$", name)
    if inside and inside[1] in DEPARTMENTS and (bare := name[: inside.start()].strip()):
        found = [code for code in _named(bare) if code.startswith(inside[1])]
    elif postal:
        found = list(reference.communes_of_postal_code().get(postal[1], ()))
        found = [code for code in found if not name or len(found) == 1 or code in _named(name)]
    else:
        found = _named(name)
    if len(found) == 1:
        return found[0]
    if postal and not found:
        raise NoPlace("ce code postal n’est pas en Île-de-France")
    raise NoPlace(
        "plusieurs communes y répondent ; donnez le code INSEE"
        if found
        else "un code INSEE de commune est attendu (5 caractères), par exemple 93048 pour Montreuil"
    )


def _named(name: str) -> list[str]:
    if name in _FORMER:
        return [_FORMER[name]]
    arrondissement = re.fullmatch(r"PARIS (\d{1,2})(?:E|ER|EME)?(?: ARRONDISSEMENT| ARR)?", name)
    if arrondissement and 1 <= int(arrondissement[1]) <= 20:
        return [f"751{int(arrondissement[1]):02d}"]
    return list(_names().get(name, ()))


def _spelt(text: str) -> str:
    """As names are compared, with « St » and « s/ » written out."""
    plain = re.sub(r"\bS/", "SUR ", text.upper())
    return re.sub(r"\bST\b", "SAINT", re.sub(r"\bSTE\b", "SAINTE", normalised(plain)))


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
