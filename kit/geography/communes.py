"""Communes of Île-de-France, districts of Paris and the EPT they belong to (INSEE COG by @etalab/decoupage-administratif, Licence Ouverte 2.0)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Commune:
    """A commune or a district of Paris. `territory`: SIREN of its EPT, None outside the Métropole and in Paris."""

    code: str
    name: str
    department: str
    postcodes: tuple[str, ...]
    territory: str | None
    territory_name: str | None
    population: int


def _apostrophes(name: str) -> str:
    """« L’Haÿ-les-Roses », as everything else is printed; the source types them."""
    return name.replace("'", "’")


@cache
def communes() -> dict[str, Commune]:
    """INSEE code → commune: 1,266 communes and the 20 districts of Paris."""
    text = files(__package__).joinpath("idf_communes.csv").read_text(encoding="utf-8-sig")
    return {
        row["code_insee"]: Commune(
            row["code_insee"],
            _apostrophes(row["nom"]),
            row["departement"],
            tuple(filter(None, row["codes_postaux"].split("|"))),
            row["ept_siren"] or None,
            _apostrophes(row["ept_nom"]) or None,
            int(row["population"] or 0),
        )
        for row in csv.DictReader(text.splitlines())
    }
