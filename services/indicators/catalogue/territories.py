"""Communes and public territorial establishments (EPT) of Île-de-France, read once from the package."""

from __future__ import annotations

from functools import cache
from typing import Final

from kit.geography import communes as published

OUTSIDE: Final = "HORS"
OUTSIDE_LABEL: Final = "Hors Île-de-France"


@cache
def communes() -> dict[str, str]:
    """INSEE code → name: 1,266 communes and the 20 districts of Paris."""
    return {code: one.name for code, one in published.communes().items()}


@cache
def department_of() -> dict[str, str]:
    """INSEE code of a commune → its department."""
    return {code: one.department for code, one in published.communes().items()}


@cache
def territories() -> dict[str, str]:
    """SIREN → name of the eleven EPT of the Métropole du Grand Paris (Paris is a territory without one)."""
    found = {one.territory: one.territory_name or "" for one in published.communes().values() if one.territory}
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


@cache
def territory_of() -> dict[str, str]:
    """INSEE code of a commune → SIREN of its EPT, for those that have one."""
    return {code: one.territory for code, one in published.communes().items() if one.territory}


@cache
def population_of() -> dict[str, int]:
    """SIREN of an EPT → inhabitants of its communes."""
    found: dict[str, int] = {}
    for one in published.communes().values():
        if one.territory:
            found[one.territory] = found.get(one.territory, 0) + one.population
    return found


@cache
def departments_of_territory() -> dict[str, frozenset[str]]:
    """SIREN of an EPT → the departments in which it has communes."""
    found: dict[str, set[str]] = {}
    for one in published.communes().values():
        if one.territory:
            found.setdefault(one.territory, set()).add(one.department)
    return {siren: frozenset(departments) for siren, departments in found.items()}
