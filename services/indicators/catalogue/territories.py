"""Communes and public territorial establishments (EPT) of Île-de-France, read once from the package."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import Final

from services.indicators import reference

OUTSIDE: Final = "HORS"
OUTSIDE_LABEL: Final = "Hors Île-de-France"


@cache
def communes() -> dict[str, str]:
    """INSEE code → name: 1,266 communes and the 20 districts of Paris."""
    return {row["code_insee"]: row["nom"] for row in _rows()}


@cache
def department_of() -> dict[str, str]:
    """INSEE code of a commune → its department."""
    return {row["code_insee"]: row["departement"] for row in _rows()}


@cache
def territories() -> dict[str, str]:
    """SIREN → name of the eleven EPT of the Métropole du Grand Paris (Paris is a territory without one)."""
    found = {row["ept_siren"]: row["ept_nom"] for row in _rows() if row["ept_siren"]}
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


@cache
def territory_of() -> dict[str, str]:
    """INSEE code of a commune → SIREN of its EPT, for those that have one."""
    return {row["code_insee"]: row["ept_siren"] for row in _rows() if row["ept_siren"]}


@cache
def departments_of_territory() -> dict[str, frozenset[str]]:
    """SIREN of an EPT → the departments in which it has communes."""
    found: dict[str, set[str]] = {}
    for row in _rows():
        if row["ept_siren"]:
            found.setdefault(row["ept_siren"], set()).add(row["departement"])
    return {siren: frozenset(departments) for siren, departments in found.items()}


@cache
def _rows() -> list[dict[str, str]]:
    text = files(reference).joinpath("idf_communes.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(text.splitlines()))
