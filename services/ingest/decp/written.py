"""Amounts, durations, dates and numbers as producers write them. Each reader says None for what is none, and whether it had to repair."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from schemas.zones import PARIS
from services.ingest.rules.contracts import cpv_of
from services.ingest.rules.establishments import digits_of, is_siret

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2100
_ISO: Final = re.compile(r"(\d{4})([-/.]?)(\d{2})\2(\d{2})(?P<rest>$|[ T].*|Z|[+-]\d{2}:?\d{2})", re.ASCII)
_FRENCH: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ T].*)?", re.ASCII)
_LOOSE: Final = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", re.ASCII)
_MILLISECONDS: Final = re.compile(r"\d{12,13}", re.ASCII)
"""Since 1970, as databases export instants: 2001 to 2286."""
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CURRENCY: Final = re.compile(r"(?:€|EUROS?|EUR|HT|\s)+", re.IGNORECASE)
_AMOUNT: Final = re.compile(r"[+-]?\d+(?:\.\d+)?(?:E[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_GROUPED: Final = re.compile(r"[+-]?\d{1,3}(?:[.,]\d{3}){2,}", re.ASCII)
_EITHER: Final = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
"""Thousands, or three decimals."""
_MONTHS: Final = re.compile(r"(\d{1,4})(?:[.,]0+)?(?:\s*mois)?", re.ASCII | re.IGNORECASE)
_POINT_ZERO: Final = re.compile(r"(\d+)\.0+", re.ASCII)


@lru_cache(maxsize=16384)
def amount_in(text: str) -> tuple[str | None, bool]:
    """Euros above 0 as a decimal text with two places at most, from « 1 234,56 € », `1234.56`, `1.234.567,89`. « 250.000 » may be either,
    and is none."""
    plain = _CURRENCY.sub("", text)
    if _EITHER.fullmatch(plain):
        return None, False
    if "," in plain and "." in plain:
        thousands = "." if plain.rfind(",") > plain.rfind(".") else ","
        plain = plain.replace(thousands, "")
    elif _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "").replace(".", "")
    plain = plain.replace(",", ".")
    if not _AMOUNT.fullmatch(plain):
        return None, False
    try:
        amount = Decimal(plain)
    except InvalidOperation:
        return None, False
    if not 0 < amount < 10**15:
        return None, False
    rounded = f"{amount.quantize(Decimal('0.01')).normalize():f}"
    return (rounded if Decimal(rounded) > 0 else None), plain != text


@lru_cache(maxsize=4096)
def months_in(text: str) -> tuple[int | None, bool]:
    """Whole months, 1 to 1,200, from `12`, `12.0`, « 12 mois »."""
    found = _MONTHS.fullmatch(text)
    months = int(found[1]) if found else 0
    return (months, text != found[1]) if found and 1 <= months <= 1200 else (None, False)


@lru_cache(maxsize=16384)
def day_in(text: str) -> tuple[date | None, bool]:
    """A day of this century, from `2018-12-17` with or without a zone or a time behind it, `17/12/2018`, `20181217`, `2018-12-3`, milliseconds since 1970.

    An instant is the day that it is in Paris: `2018-12-16T23:00:00Z` is midnight of the 17th there.
    """
    try:
        found = _day(text)
    except ValueError:
        found = None
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        return None, False
    return found, not _DAY.fullmatch(text)


def _day(text: str) -> date | None:
    if iso := _ISO.fullmatch(text):
        day = date(int(iso[1]), int(iso[3]), int(iso[4]))
        rest = iso["rest"].strip()
        if rest.startswith("T") and iso[2] == "-" and (rest.endswith("Z") or re.search(r"[+-]\d{2}:?\d{2}$", rest)):
            return datetime.fromisoformat(text.strip()).astimezone(PARIS).date()
        return day
    if loose := _LOOSE.fullmatch(text):
        return date(int(loose[1]), int(loose[2]), int(loose[3]))
    if _MILLISECONDS.fullmatch(text):
        return datetime.fromtimestamp(int(text) / 1000, PARIS).date()
    if french := _FRENCH.fullmatch(text):
        return date(int(french[3]), int(french[2]), int(french[1]))
    return None


@lru_cache(maxsize=16384)
def cpv_in(text: str) -> str | None:
    """The eight digits of a CPV code, its check digit and its label aside; None for a code that does not exist.

    Seven digits are none: a zero may be lost in front (03410000, wood) or at the end (34100000, vehicles).
    """
    return cpv_of(_POINT_ZERO.sub(r"\1", text.partition(" ")[0].partition(":")[0]))


@lru_cache(maxsize=16384)
def siret_in(text: str) -> str:
    """The number without blanks and points, with the leading zero that a spreadsheet took; whether it is one, `is_siret` says."""
    bare = _POINT_ZERO.sub(r"\1", text)
    digits = digits_of(bare)
    padded = digits.zfill(14)
    return padded if len(digits) in {12, 13} and is_siret(padded) else digits
