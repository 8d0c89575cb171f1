"""Published reference lists that the rules look things up in, read once from the package."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

from kit.geography import communes as geography


@cache
def cpv_labels() -> dict[str, str]:
    """CPV 2008 code (8 digits) → French label: 9,454 codes."""
    text = files(__name__).joinpath("cpv_2008_fr.csv").read_text(encoding="utf-8-sig")
    return {row["code"]: row["libelle_fr"] for row in csv.DictReader(text.splitlines())}


@cache
def communes() -> dict[str, str]:
    """INSEE code → name of the communes of Île-de-France and the districts of Paris."""
    return {code: one.name for code, one in geography.communes().items()}


@cache
def communes_of_postal_code() -> dict[str, tuple[str, ...]]:
    """Postal code → INSEE codes; a district of Paris comes before the city that contains it."""
    found: dict[str, list[str]] = {}
    for code, one in geography.communes().items():
        if code != "75056":
            for postal in one.postcodes:
                found.setdefault(postal, []).append(code)
    return {postal: tuple(codes) for postal, codes in found.items()}
