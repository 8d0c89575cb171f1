"""Hours as people write them, to exact hundredths (rules V08 and V09)."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
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
_DECIMAL: Final = re.compile(r"(\d{1,10})(?:[.,](\d+))?(?:heures?|h(?:res?|rs?|s)?\.?)?", re.IGNORECASE | re.ASCII)
_MINUTES: Final = re.compile(r"(\d{1,10})(?:[.,](\d+))?(?:minutes?|min|mn)", re.IGNORECASE | re.ASCII)
_OTHER_UNIT: Final = re.compile(r"\d[\d.,]*(%|€|k€|[^\W\d_]{2,20}\.?|j)", re.IGNORECASE)
_OF_DAYS: Final = re.compile(r"(?:j|jr|jrs|jours?)\.?$", re.IGNORECASE)
_CLOCK: Final = re.compile(r"(\d{1,7})(?:h|:)(\d{2})(?:min|mn|m|'|’)?(?::00)?", re.IGNORECASE | re.ASCII)


class NoHours(ValueError):
    """Not a number of hours; the sentence says what was expected."""


@lru_cache(maxsize=65536)
def centihours_of(text: str) -> int:
    """Centi-hours of « 151,67 », « 1 250,5 », « 7h30 », « 151:40 », « 151,67 h », « 9 100 min ». Raises NoHours (below zero, a third decimal, not a
    number)."""
    plain = joined(text)
    if plain.startswith(("-", "−")) and any(c.isdigit() for c in plain):
        raise NoHours("les heures ne peuvent pas être négatives ; pour retirer des heures, corrigez la déclaration qui les portait")
    if _CLOCK.fullmatch(plain) or _MINUTES.fullmatch(plain):
        return _bounded(rounded(exactly(text)))
    found = _DECIMAL.fullmatch(plain)
    if not found:
        raise NoHours(_expected(plain))
    _no_thousands(found)
    if len(found[2] or "") >= COMPUTED_DECIMALS:
        return _bounded(int((Decimal(f"{found[1]}.{found[2]}") * 100).quantize(Decimal(1), ROUND_HALF_UP)))
    decimals = (found[2] or "").rstrip("0")
    if len(decimals) > 2:
        raise NoHours("les heures se comptent au centième : deux décimales au plus")
    return _bounded(int(found[1]) * 100 + int(decimals.ljust(2, "0")))


def _expected(plain: str) -> str:
    """What is right in the place of a text that is no hours; of a number with another unit, which a cell's format may add, where it is from."""
    unit = _OTHER_UNIT.fullmatch(plain)
    if unit is None:
        return "un nombre d’heures est attendu, avec deux décimales au plus"
    if _OF_DAYS.match(unit[1]):
        return "ce sont des jours, et un nombre d’heures est attendu : donnez les heures de ces jours"
    kind = "un pourcentage" if unit[1] in {"%", "pourcent"} else f"un nombre en « {unit[1][:20]} »"
    return f"c’est {kind}, et un nombre d’heures est attendu (l’unité vient peut-être du format de la cellule)"


def exactly(text: str) -> Fraction:
    """Centi-hours before they are rounded: twenty days of « 7:25 » are 148.33 hours, and not twenty times 7.42. Raises NoHours."""
    plain = joined(text)
    if clock := _CLOCK.fullmatch(plain):
        if int(clock[2]) > 59:
            raise NoHours("les minutes vont de 00 à 59")
        return Fraction(int(clock[1]) * 60 + int(clock[2]), 60) * 100
    if minutes := _MINUTES.fullmatch(plain):
        _no_thousands(minutes, "minutes")
        return Fraction(f"{minutes[1]}.{minutes[2] or 0}") * 100 / 60
    return Fraction(centihours_of(text))


def rounded(centihours: Fraction) -> int:
    """To the hundredth of an hour, a half upwards."""
    return int(centihours + Fraction(1, 2))


def _no_thousands(found: re.Match[str], unit: str = "heures") -> None:
    """Raises NoHours for « 1.250 »: a thousand, or a decimal."""
    if len(found[2] or "") == 3 and found[2].endswith("0") and len(found[1]) <= 3 and int(found[1]):
        whole, part = found[1], found[2]
        raise NoHours(
            f"est-ce {whole}\u202f{part} {unit}, ou {whole},{part.rstrip('0') or '0'} ? Écrivez {whole}{part}, ou {whole},{part[:2]}"
        )


def is_computed(text: str) -> bool:
    """Whether hours have so many decimals that a formula made them, as 1820 / 12 does: they are rounded to the hundredth, which is said."""
    found = _DECIMAL.fullmatch(joined(text))
    return found is not None and len((found[2] or "").rstrip("0")) >= COMPUTED_DECIMALS


def _bounded(value: int) -> int:
    if value > LARGEST:
        raise NoHours("ce nombre d’heures est démesuré")
    return value


def are_minutes(text: str) -> bool:
    """Whether it says so: « 450 min »."""
    return _MINUTES.fullmatch(joined(text)) is not None


def hours_of_minutes(text: str) -> str:
    """What was written as hours and is minutes, as hours to the hundredth: 9 100 is « 151,67 ». Raises NoHours, also for what says minutes already."""
    if are_minutes(text):
        raise NoHours("ce sont déjà des minutes")
    whole, part = divmod(int((Decimal(centihours_of(text)) / 60).quantize(Decimal(1), ROUND_HALF_UP)), 100)
    return f"{whole},{part:02d}"


def french_hours(centihours: int) -> str:
    """« 1 250,5 » with a narrow no-break space: hours as a message shows them."""
    whole, part = divmod(centihours, 100)
    decimals = f",{part:02d}".rstrip("0") if part else ""
    return f"{whole:,}".replace(",", "\u202f") + decimals
