"""Where a contract is carried out, from a code of one of seven kinds (schema: `lieuExecution.typeCode`). Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from schemas.identifiers import normalised
from schemas.vocabulary.places import DEPARTMENTS
from services.ingest import reference

REGION: Final = "11"
_DEPARTMENT: Final = re.compile(r"0[1-9]|1\d|2[1-9]|[3-8]\d|9[0-5]|2[AB]|97[1-8]|98[4-8]", re.ASCII)
_LOST_ZERO: Final = re.compile(r"[1-9]\d{3}", re.ASCII)
_SEVERAL: Final = re.compile(r"[,;/|+&]")
_NUTS: Final = {"FR101": "75", "FR102": "77", "FR103": "78", "FR104": "91", "FR105": "92", "FR106": "93", "FR107": "94", "FR108": "95"}


class Located(NamedTuple):
    """`department` and INSEE `commune` as far as the code says; `in_region` also for a code of the region alone."""

    department: str | None = None
    commune: str | None = None
    in_region: bool = False


@lru_cache(maxsize=16384)
def located(code: str, kind: str) -> Located:
    """`kind` in plain letters (`codepostal`). A postal code is not a commune's code: « 77100 » is Meaux by post and another commune by
    INSEE. The kind decides; without one, a code is a commune's only where it can be nothing else."""
    several = {found for one in _SEVERAL.split(code) if (found := _of_one(one.strip(), kind))} if _SEVERAL.search(code) else set()
    if len(several) > 1:  # « 93, 94 »: to take the first would be to guess
        return Located(in_region=not several.isdisjoint(DEPARTMENTS))
    code = re.sub(r"\s", "", code.upper())
    if not code or "pays" in kind:
        return Located()
    if "region" in kind:
        return Located(in_region=code in {REGION, "FR10", "FR1"})
    if re.fullmatch(r"0\d\d", code) and not any(word in kind for word in ("arrondissement", "canton")):
        code = code[1:]  # « 093 » and « 075 » are departments with a zero too many, not those of 09 and 07
    if _LOST_ZERO.fullmatch(code) and ("commune" in kind or ("postal" in kind and code.endswith("0"))):
        code = f"0{code}"  # « 6000 » is Nice and not in the Oise; what a code like « 9209 » lost is anybody's guess
    if code in _NUTS:
        return _found(_NUTS[code])
    if "postal" in kind and len(code) > 3:
        return _postal(code)
    if "commune" in kind and len(code) > 3:
        return _commune(code)
    if len(code) == 5 and not any(word in kind for word in ("departement", "arrondissement", "canton")):
        return _unkind(code)
    return _found(_department_of(code.zfill(2) if code.isdigit() else code))


def _of_one(code: str, kind: str) -> str | None:
    """The department of one of several codes: of a department's own, or of a commune's in any of its two numbers."""
    if len(code) <= 3:
        return _department_of(code)
    return located(code, kind).department if len(code) in {4, 5} and code[:2].isalnum() and code[-2:].isdigit() else None


@lru_cache(maxsize=4096)
def named(name: str) -> Located | None:
    """A department of the region by its name. Communes are not looked for: « Saint-Denis » is in several regions."""
    plain = normalised(name)
    return next((_found(code) for code, label in DEPARTMENTS.items() if plain == normalised(label)), None) if plain else None


def _commune(code: str) -> Located:
    department = _department_of(code)
    if department not in DEPARTMENTS or code in reference.communes():
        return _found(department, code if len(code) == 5 else None)
    return _postal(code)  # a postal code under the wrong name


def _postal(code: str) -> Located:
    department = _department_of_post(code)
    communes = reference.communes_of_postal_code().get(code, ())
    if communes:
        departments = {commune[:2] for commune in communes}
        return _found(communes[0][:2] if len(departments) == 1 else department, communes[0] if len(communes) == 1 else None)
    if code in reference.communes():
        return _found(code[:2], code)  # an INSEE code under the wrong name
    return _found(department)


def _unkind(code: str) -> Located:
    by_post = reference.communes_of_postal_code().get(code, ())
    if code in reference.communes():
        return _found(code[:2], code if by_post in {(), (code,)} else None)
    return _postal(code)


def _found(department: str | None, commune: str | None = None) -> Located:
    return Located(department, commune if department else None, department in DEPARTMENTS)


def _department_of(code: str) -> str | None:
    found = code[:3] if code.startswith(("97", "98")) else code[:2]
    return found if _DEPARTMENT.fullmatch(found) else None


def _department_of_post(code: str) -> str | None:
    """Corsica's postal codes begin with 20."""
    if code.startswith("20"):
        return "2A" if code[:3] in {"200", "201"} else "2B"
    return _department_of(code)
