"""Published reference lists that the rules look things up in, read once from the package."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files


@cache
def cpv_labels() -> dict[str, str]:
    """CPV 2008 code (8 digits) → French label: 9,454 codes."""
    return {row["code"]: row["libelle_fr"] for row in _rows("cpv_2008_fr.csv")}


@cache
def communes() -> dict[str, str]:
    """INSEE code → name of the communes of Île-de-France and the districts of Paris."""
    return {row["code_insee"]: row["nom"] for row in _rows("idf_communes.csv")}


@cache
def communes_of_postal_code() -> dict[str, tuple[str, ...]]:
    """Postal code → INSEE codes; a district of Paris comes before the city that contains it."""
    found: dict[str, list[str]] = {}
    for row in _rows("idf_communes.csv"):
        if row["code_insee"] != "75056":
            for postal in filter(None, row["codes_postaux"].split("|")):
                found.setdefault(postal, []).append(row["code_insee"])
    return {postal: tuple(codes) for postal, codes in found.items()}


def _rows(name: str) -> list[dict[str, str]]:
    text = files(__name__).joinpath(name).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(text.splitlines()))
