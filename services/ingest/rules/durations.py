"""Hours as people write them, to exact hundredths (rules V08 and V09)."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final

from kit.digits import joined

MONTH_LIMIT: Final = 213_00
"""48 h a week over a month of 31 days: 212.6 h (V08, blocking above)."""
MONTH_UNUSUAL: Final = 182_00
"""42 h a week over a month: 182 h (V08, to be looked at above)."""
LARGEST: Final = 10_000_000_00
"""No line of the region holds ten million hours: a typing error, and a bound for the sums."""

COMPUTED_DECIMALS: Final = 5
_DECIMAL: Final = re.compile(r"(\d{1,10})(?:[.,](\d+))?(?:h|heures?|hs?)?", re.IGNORECASE | re.ASCII)
_CLOCK: Final = re.compile(r"(\d{1,7})(?:h|:)(\d{2})(?:min|m)?(?::00)?", re.IGNORECASE | re.ASCII)


class NoHours(ValueError):
    """Not a number of hours; the sentence says what was expected."""


@lru_cache(maxsize=65536)
def centihours_of(text: str) -> int:
    """Centi-hours of « 151,67 », « 1 250,5 », « 7h30 », « 151:40 », « 151,67 h ». Raises NoHours (below zero, a third decimal, not a number)."""
    plain = joined(text)
    if plain.startswith(("-", "−")) and any(c.isdigit() for c in plain):
        raise NoHours("les heures ne peuvent pas être négatives ; pour retirer des heures, corrigez la déclaration qui les portait")
    if clock := _CLOCK.fullmatch(plain):
        return _of_clock(int(clock[1]), int(clock[2]))
    found = _DECIMAL.fullmatch(plain)
    if not found:
        raise NoHours("un nombre d’heures est attendu, avec deux décimales au plus")
    if len(found[2] or "") == 3 and found[2].endswith("0") and len(found[1]) <= 3 and int(found[1]):
        whole, part = found[1], found[2]
        raise NoHours(
            f"est-ce {whole}\u202f{part} heures, ou {whole},{part.rstrip('0') or '0'} ? Écrivez {whole}{part}, ou {whole},{part[:2]}"
        )
    if len(found[2] or "") >= COMPUTED_DECIMALS:
        return _bounded(int((Decimal(f"{found[1]}.{found[2]}") * 100).quantize(Decimal(1), ROUND_HALF_UP)))
    decimals = (found[2] or "").rstrip("0")
    if len(decimals) > 2:
        raise NoHours("les heures se comptent au centième : deux décimales au plus")
    return _bounded(int(found[1]) * 100 + int(decimals.ljust(2, "0")))


def is_computed(text: str) -> bool:
    """Whether hours have so many decimals that a formula made them, as 1820 / 12 does: they are rounded to the hundredth, which is said."""
    found = _DECIMAL.fullmatch(joined(text))
    return found is not None and len((found[2] or "").rstrip("0")) >= COMPUTED_DECIMALS


def _bounded(value: int) -> int:
    if value > LARGEST:
        raise NoHours("ce nombre d’heures est démesuré")
    return value


def _of_clock(hours: int, minutes: int) -> int:
    if minutes > 59:
        raise NoHours("les minutes vont de 00 à 59")
    part = (Decimal(minutes) * 100 / 60).quantize(Decimal(1), ROUND_HALF_UP)
    return hours * 100 + int(part)


def hours_of_minutes(text: str) -> str:
    """What was written as hours and is minutes, as hours to the hundredth: 9 100 is « 151,67 ». Raises NoHours."""
    whole, part = divmod(int((Decimal(centihours_of(text)) / 60).quantize(Decimal(1), ROUND_HALF_UP)), 100)
    return f"{whole},{part:02d}"


def french_hours(centihours: int) -> str:
    """« 1 250,5 » with a narrow no-break space: hours as a message shows them."""
    whole, part = divmod(centihours, 100)
    decimals = f",{part:02d}".rstrip("0") if part else ""
    return f"{whole:,}".replace(",", "\u202f") + decimals
