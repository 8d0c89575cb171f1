"""The eight departments of Île-de-France (region 11)."""

from __future__ import annotations

from typing import Final

from schemas.vocabulary import Vocabulary

DEPARTMENTS: Final[Vocabulary] = {
    "75": "Paris",
    "77": "Seine-et-Marne",
    "78": "Yvelines",
    "91": "Essonne",
    "92": "Hauts-de-Seine",
    "93": "Seine-Saint-Denis",
    "94": "Val-de-Marne",
    "95": "Val-d’Oise",
}

REGION: Final = "11"
