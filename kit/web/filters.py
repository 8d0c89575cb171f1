"""How figures, dates and periods are written in French: narrow no-break space between thousands, comma, « 3e trimestre 2019 »."""

from __future__ import annotations

import re
from datetime import date as Date  # noqa: N812  the filters are called date and datetime
from datetime import datetime as Datetime  # noqa: N812
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from kit.typography import NBSP, THIN
from schemas.zones import PARIS

NOT_KNOWN: Final = "–"
MONTHS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
DAYS: Final = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_ORDINALS: Final = {1: "1er", 2: "2e", 3: "3e", 4: "4e"}
_PERIOD: Final = re.compile(r"^(?:(?P<rolling>12m):)?(?P<year>\d{4})(?:-(?:(?P<month>\d{2})|Q(?P<quarter>[1-4])|S(?P<semester>[12])))?$")


def number(value: object, decimals: int | None = None) -> str:
    """12 480,5. `decimals` fixes the digits after the comma; without it, those that the value has."""
    if value is None or value == "":
        return NOT_KNOWN
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    if decimals is not None:
        found = found.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    sign, digits = ("−" if found < 0 else ""), f"{abs(found):f}"
    whole, _, rest = digits.partition(".")
    grouped = f"{int(whole):,}".replace(",", THIN)
    return f"{sign}{grouped}{',' + rest if rest else ''}"


def hours(value: object) -> str:
    """12 480,50 h. Takes hours as a number or a decimal text."""
    return NOT_KNOWN if value is None or value == "" else f"{number(value, 2)}{THIN}h"


def centihours(value: int | None) -> str:
    """The same from whole centi-hours."""
    return NOT_KNOWN if value is None else hours(Decimal(value) / 100)


def percent(value: object, decimals: int = 1) -> str:
    """15,1 % from 0.151."""
    return NOT_KNOWN if value is None or value == "" else f"{number(Decimal(str(value)) * 100, decimals)}{THIN}%"


def date(value: Date | Datetime | str | None, *, weekday: bool = False) -> str:
    """16 octobre 2018; an instant is the day it is in Paris."""
    found = _day(value)
    if found is None:
        return NOT_KNOWN
    day = "1er" if found.day == 1 else str(found.day)
    text = f"{day}{NBSP}{MONTHS[found.month - 1]} {found.year}"
    return f"{DAYS[found.weekday()]} {text}" if weekday else text


def datetime(value: Datetime | str | None, *, seconds: bool = False) -> str:
    """16 octobre 2018 à 14 h 12, in Paris."""
    found = _instant(value)
    if found is None:
        return NOT_KNOWN
    return f"{date(found.date())} à {time(found, seconds=seconds)}"


def time(value: Datetime | str | None, *, seconds: bool = False) -> str:
    """14 h 12, or 14:12:03 with seconds, in Paris. A local time without a zone stays as it is."""
    found = _instant(value)
    if found is None:
        return NOT_KNOWN
    return f"{found:%H:%M:%S}" if seconds else f"{found.hour}{NBSP}h{NBSP}{found:%M}"


def period(value: object) -> str:
    """mars 2019, 3e trimestre 2019, 1er semestre 2019, année 2019, « 12 mois jusqu’à mars 2019 », from the written form."""
    found = _PERIOD.match(str(value))
    if found is None:
        return str(value)
    year = found["year"]
    if found["quarter"]:
        return f"{_ORDINALS[int(found['quarter'])]}{NBSP}trimestre {year}"
    if found["semester"]:
        return f"{_ORDINALS[int(found['semester'])]}{NBSP}semestre {year}"
    if found["month"] and 1 <= int(found["month"]) <= 12:
        month = f"{MONTHS[int(found['month']) - 1]} {year}"
        return f"12{NBSP}mois jusqu’à {month}" if found["rolling"] else month
    return f"année {year}" if not found["month"] else str(value)


def iso(value: Date | Datetime | None) -> str:
    """For the `datetime` attribute of <time>, which takes no microseconds."""
    if value is None:
        return ""
    return value.isoformat(timespec="seconds") if isinstance(value, Datetime) else value.isoformat()


def plural(count: int, one: str, many: str | None = None) -> str:
    """1 ligne, 2 lignes, 0 ligne: the French plural begins at two."""
    return f"{number(count)}{NBSP}{one if abs(count) < 2 else many or one + 's'}"


def siret(value: str | None) -> str:
    """123 456 782 00010."""
    if not value or len(value) != 14:
        return value or NOT_KNOWN
    return NBSP.join((value[:3], value[3:6], value[6:9], value[9:]))


def _day(value: Date | Datetime | str | None) -> Date | None:
    if isinstance(value, str):
        value = Datetime.fromisoformat(value) if "T" in value else Date.fromisoformat(value)
    if isinstance(value, Datetime):
        return (value.astimezone(PARIS) if value.tzinfo else value).date()
    return value


def _instant(value: Datetime | str | None) -> Datetime | None:
    found = Datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.astimezone(PARIS) if found is not None and found.tzinfo else found


ALL: Final = {
    "number": number,
    "hours": hours,
    "centihours": centihours,
    "percent": percent,
    "date": date,
    "datetime": datetime,
    "time": time,
    "period": period,
    "iso": iso,
    "plural": plural,
    "siret": siret,
}
