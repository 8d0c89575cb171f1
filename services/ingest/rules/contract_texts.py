"""Number and object of a contract that somebody declares: the same for the form and the interface. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from kit.errors import LineError
from schemas.identifiers import normalised
from services.ingest.rules.texts import is_unsafe, names_a_person

LONGEST_NUMBER: Final = 64
LONGEST_OBJECT: Final = 1000
_TEXTS: Final = {
    "number": ("Numéro", LONGEST_NUMBER, "2026-045"),
    "object": ("Objet", LONGEST_OBJECT, "Gros œuvre de l’école Joliot-Curie"),
}


def check_texts(said: Mapping[str, str], required: Collection[str] = ("number", "object")) -> list[LineError]:
    """What cannot be taken of them, each beside its field. A contract is found again by the letters and digits of its number."""
    errors = []
    for name, (label, longest, example) in _TEXTS.items():
        text = said[name]
        if not text:
            if name in required:
                errors.append(_error(name, "MISSING_FIELD", f"« {label} » manque.", example))
        elif len(text) > longest:
            errors.append(_error(name, "TOO_LONG", f"« {label} » : {longest} caractères au plus ; nous en avons lu {len(text)}."))
        elif is_unsafe(text):
            errors.append(_error(name, "UNREADABLE_TEXT", f"« {label} » contient des caractères illisibles (caractère de contrôle)."))
        elif found := names_a_person(text):
            errors.append(_error(name, "V19", f"« {label} » contient {found} : enlevez-le, un marché est public."))
        elif name == "number" and not normalised(text):
            errors.append(_error(name, "NUMBER", f"« {label} » n’a ni lettre ni chiffre : il ne désignerait aucun marché.", example))
    return errors


def _error(column: str, code: str, message: str, example: str | None = None) -> LineError:
    return LineError(column=column, code=code, message=message, example=example)
