"""SIRET and SIREN numbers (rule V01)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from kit.digits import joined

_LA_POSTE: Final = "356000000"
_LA_POSTE_HEAD: Final = "35600000000048"
_SHORTENED: Final = re.compile(r"\d(?:[.,]\d+)?E\+\d{2}", re.IGNORECASE | re.ASCII)
_SCIENTIFIC: Final = re.compile(r"\d(?:[.,]\d+)?E\+?\d{1,2}", re.IGNORECASE | re.ASCII)
_PUNCTUATION: Final = str.maketrans("", "", ".-/_'’")


@lru_cache(maxsize=16384)
def digits_of(text: str) -> str:
    """The number without spaces and punctuation; text that is more than that comes back as it is."""
    plain = joined(text)
    bare = plain.translate(_PUNCTUATION)
    return bare if bare.isascii() and bare.isdigit() else plain


def is_shortened(text: str) -> bool:
    """`2,02601E+11`: how a spreadsheet writes a long number; several have the same left. « 1E12 » may be somebody's number."""
    return _SHORTENED.fullmatch(text) is not None


def is_scientific(text: str) -> bool:
    """`2,175E+13`: a spreadsheet showed the number rounded, its last digits are lost."""
    return _SCIENTIFIC.fullmatch(joined(text)) is not None


@lru_cache(maxsize=16384)
def is_siren(digits: str) -> bool:
    """Nine digits whose Luhn sum is right."""
    return len(digits) == 9 and digits.isascii() and digits.isdigit() and digits != "0" * 9 and _luhn(digits)


@lru_cache(maxsize=16384)
def is_siret(digits: str) -> bool:
    """Fourteen digits whose Luhn sum is right, and their SIREN's; La Poste's establishments are a multiple of five instead, except its head office."""
    if len(digits) != 14 or not digits.isascii() or not digits.isdigit() or digits.startswith("000000000"):
        return False
    if digits.startswith(_LA_POSTE) and digits != _LA_POSTE_HEAD:
        return sum(map(int, digits)) % 5 == 0
    return _luhn(digits) and _luhn(digits[:9])


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
