"""What a cell or a JSON value says as text: blanks, marks for « nothing », characters that no database takes."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Final

from kit.digits import joined
from kit.invisible import visible

_UNSAFE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_CELL_ERROR: Final = re.compile(
    r"#(REF!|N/A|DIV/0!|VALUE!|VALEUR!|NAME\?|NOM\?|NUM!|NOMBRE!|NULL!|NUL!|NA|N/D|####*|FORMULE =.*)", re.IGNORECASE | re.DOTALL
)
FORMULA: Final = "#FORMULE ="
"""What a formula of a workbook begins with where it has no value; a text that begins with « = » alone is somebody's text."""
_BLANK: Final = frozenset({
    "", "-", "–", "—", "?", "nc", "n.c.", "n/c", "na", "n/a", "néant", "sans objet", "null", "nan", "none", "nat", "nsp", "inconnu", "inconnue",
})  # fmt: skip
_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]{2,}")
_NATIONAL_NUMBER: Final = re.compile(r"(?<!\d)([123478]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d{2}|2[AB])\d{3}\d{3})(\d{2})(?!\d)")
_PHONE: Final = re.compile(r"(?<!\d)(?:\+33|0)[1-9](?:[ .-]?\d{2}){4}(?!\d)")


class WrongType(ValueError):
    """A list, an object or a truth value where a text or a number was expected."""


class NotFinite(ValueError):
    """NaN or infinity."""


def text_of(value: object) -> str:
    """A JSON value or a cell as text without surrounding blanks and without what nobody sees. Whole numbers lose the « .0 » that spreadsheets add.
    Raises WrongType for what is no text or number, NotFinite for NaN and infinity."""
    if type(value) is str:
        return visible(value).strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        raise WrongType("oui ou non" if value else "vrai ou faux")
    if isinstance(value, int):
        return str(value) if -(10**30) < value < 10**30 else "nombre démesuré"
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotFinite(str(value))
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise NotFinite(str(value))
        return str(value)
    raise WrongType(type(value).__name__)


def is_unsafe(text: str) -> bool:
    """True when the text holds NUL, another control character or half a surrogate pair."""
    return _UNSAFE.search(text) is not None


def is_blank(text: str) -> bool:
    """Blank, or one of the marks that people write for « not known »."""
    return not text or (len(text) <= 10 and text.lower() in _BLANK)


def is_cell_error(text: str) -> bool:
    """#REF!, #N/A and the like, in English and in French; a formula in the place of its value."""
    return text.startswith("#") and _CELL_ERROR.fullmatch(text) is not None


def shown(value: object, longest: int = 80) -> str:
    """A value as a message may repeat it: short, printable."""
    plain = _UNSAFE.sub("\ufffd", visible(value) if isinstance(value, str) else repr(value))
    return plain if len(plain) <= longest else f"{plain[:longest]}…"


def names_a_person(text: str, *, phones: bool = True) -> str | None:
    """« adresse électronique », « téléphone » or « numéro de sécurité sociale » when the free text holds one (rule V19)."""
    if len(text) < 10 and "@" not in text:
        return None
    if "@" in text and _MAIL.search(text):
        return "une adresse électronique"
    digits = joined(text)
    if any(_is_national_number(found) for found in _NATIONAL_NUMBER.finditer(digits)):
        return "un numéro de sécurité sociale"
    return "un numéro de téléphone" if phones and _PHONE.search(text) else None


def _is_national_number(found: re.Match[str]) -> bool:
    body = found[1].replace("2A", "19").replace("2B", "18")
    return int(found[2]) == 97 - int(body) % 97


_QUARTER_CODE: Final = re.compile(r"q[pn]\d{6}[a-z]?", re.ASCII)
"""The number of a priority quarter, `QP093001`: who lives in one has said yes."""
_YES: Final = frozenset({"oui", "o", "vrai", "true", "1", "x", "yes", "qpv"})
_NO: Final = frozenset({"non", "n", "faux", "false", "0", "no", "hors qpv"})


def normalised_flag(text: str) -> bool:
    """Oui or non in the ways people write it. Raises ValueError."""
    plain = re.sub(r"\s*\(.*\)$", "", text.lower())
    if plain in _YES:
        return True
    if plain in _NO:
        return False
    if _QUARTER_CODE.fullmatch(plain):
        return True
    raise ValueError("oui ou non est attendu")


_PERSONS: Final = re.compile(r"(?<=\d)(?:pers(?:onnes?|\.)?|salari[ée]e?s?|b[ée]n[ée]ficiaires?|femmes?|hommes?|jeunes?)$", re.IGNORECASE)


def count_of(text: str) -> int:
    """A whole number of persons, « 12 » or « 12 pers. ». Raises ValueError."""
    plain = _PERSONS.sub("", joined(text))
    if plain.isascii() and plain.isdigit() and len(plain) <= 6:
        return int(plain)
    raise ValueError("un nombre entier de personnes est attendu")
