"""Periods and dates as people write them (rule V20), and how a message says them in French."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from schemas.periods import Period
from schemas.zones import PARIS

FIRST_YEAR: Final = 2000
"""Years before are typing errors (`0218-…` occurs in real data)."""
LAST_YEAR: Final = 2999
_MONTHS: Final = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre")
_MONTH_NUMBER: Final = {
    "janv": 1, "jan": 1, "fevr": 2, "fev": 2, "mars": 3, "mar": 3, "avr": 4, "mai": 5, "juin": 6, "jun": 6, "juil": 7, "juill": 7, "jul": 7,
    "aout": 8, "aou": 8, "sept": 9, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
    "janvier": 1, "fevrier": 2, "avril": 4, "juillet": 7, "septembre": 9, "octobre": 10, "novembre": 11, "decembre": 12,
}  # fmt: skip
_ZONE: Final = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2})(?P<rest>T[0-9:.]+(Z|[+-]\d{2}:?\d{2})?|Z|[+-]\d{2}:?\d{2}| 00:00:00)", re.ASCII)
_INSTANT: Final = re.compile(
    r"(?P<day>\d{1,2}/\d{1,2}/\d{4}|\d{4}-\d{2}-\d{2})[T ](?P<time>\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(?P<zone>Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
"""A day with a time behind it, and its zone."""
_MIDNIGHT: Final = re.compile(r"0?0:00(?::00|$)|23:59", re.ASCII)
"""What a program makes of a day: its first instant, or its last."""
_ISO: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_FRENCH: Final = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})", re.ASCII)
_SHORT: Final = re.compile(r"(0?1|2[89]|3[01])[/.-](\d{1,2})[/.-](1[3-9]|[2-5]\d)", re.ASCII)
"""« 01/01/18 », « 31/01/18 »: a year of two digits that is no month. « 03/18 » may be a day, and is asked back."""
_NAMED_DAY: Final = re.compile(r"(?:0?1|2[89]|3[01])(?:er)?[ /.-]([a-z]{3,9})\.?[ /.-]*(\d{4}|\d{2})", re.ASCII)
_YEAR: Final = re.compile(r"20\d{2}", re.ASCII)
_WORDS: Final = re.compile(r"(?:mois|periode|annee|exercice)(?: d[e'])? ?:? ?", re.ASCII)
_MONTH_YEAR: Final = re.compile(r"(\d{1,2})[/.-](\d{4})", re.ASCII)
_YEAR_MONTH: Final = re.compile(r"(\d{4})[/-](\d{1,2})", re.ASCII)
_NAMED_MONTH: Final = re.compile(r"([a-z]{3,9})\.?[ /-]*(\d{4}|\d{2})", re.ASCII)
_PART: Final = r"""(?:(?:{letters})\.?|{words})\ ?(?P<before>[{numbers}])(?:[ ./-]*(?P<year>\d{{4}})|[ ./'-]+(?P<short>[1-5]\d))
    |(?P<first>\d{{4}})[ /-]*(?:(?:{letters})(?P<then>[{numbers}])|(?P<number>[{numbers}])(?:er|ere|re|e|eme|nd|nde|d)?\ ?(?:{letters}|{words}))
    |(?P<after>[{numbers}])(?:er|ere|re|e|eme|nd|nde|d)?\ ?(?:{letters}|{words})[ /-]*(?P<last>\d{{4}}|[1-5]\d)"""
"""A part of a year by its number: T1 2018, « T1-18 », 2018-T1, « 1er trimestre 2018 », « trim. 1 2018 »."""
_QUARTER: Final = re.compile(_PART.format(letters="t|q", words=r"trimestre|trim\.?", numbers="1-4"), re.ASCII | re.VERBOSE)
_BARE_QUARTER: Final = re.compile(r"[tq]([1-4])|([1-4])t|([1-4])(?:er|re|e|eme|nd|d)?(?:trimestre|trim)|trim(?:estre)?([1-4])", re.ASCII)
_ORDINALS: Final = {"premier": "1", "deuxieme": "2", "second": "2", "troisieme": "3", "quatrieme": "4"}
_ORDINAL: Final = re.compile(rf"^(?:{'|'.join(_ORDINALS)})(?= ?(?:tri|sem))", re.ASCII)
_ROMANS: Final = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
_ROMAN: Final = re.compile(
    r"^(iv|i{1,3})(?=(?:er|ere|re|e|eme|nd|nde|d)? ?(?:tri|sem))|(?<=^t )(?:iv|i{1,3})\b|(?<=^s )i{1,2}\b|(?<=^trimestre )(?:iv|i{1,3})\b"
    r"|(?<=^semestre )i{1,2}\b|(?<=^trim\. )(?:iv|i{1,3})\b|(?<=^trim )(?:iv|i{1,3})\b",
    re.ASCII,
)
"""« IIe trimestre », « Trimestre II 2026 », « T IV », « S II »; « SI » and « TI » are words of something else."""
_SPAN: Final = re.compile(r"(?:du )?(\d\S+) ?(?:au|-|a) ?(\d\S+)", re.ASCII)
_NAMED_SPAN: Final = re.compile(r"(?:de |d')?([a-z]{3,9})\.? ?(?:-|/|a) ?([a-z]{3,9})\.?[ -]+(20\d{2})", re.ASCII)
_DAYS_NAMED: Final = re.compile(
    r"(?:du )?(\d{1,2})(?:er)?[ /](\d{1,2}|[a-z]{3,9})\.?(?:[ /](20\d{2}))? (?:au|-) (\d{1,2})(?:er)?[ /](\d{1,2}|[a-z]{3,9})\.?[ /](20\d{2})",
    re.ASCII,
)
"""« du 1er janvier au 31 mars 2018 », « 01/01 au 31/03/2018 »: the first day may leave its year to the last."""
_JOINED: Final = re.compile(r"(20\d{2})m?(0[1-9]|1[0-2])", re.ASCII)
_SEMESTER: Final = re.compile(_PART.format(letters="s", words=r"semestre|sem\.?", numbers="12"), re.ASCII | re.VERBOSE)
_BARE_SEMESTER: Final = re.compile(r"s([12])|([12])(?:er|re|e|eme|nd|d)?semestre|semestre([12])", re.ASCII)
_SERIAL: Final = re.compile(r"[3-5]\d{4}", re.ASCII)
_SERIAL_FROM: Final = date(1899, 12, 30)
"""Day 0 of spreadsheets: 43101 is the first of January 2018, where a cell's format was lost."""


_NO_DAY: Final = "un mois est attendu, pas un jour : écrivez par exemple 2019-03"


class NoDate(ValueError):
    """Not a period or a date; the sentence says what was expected."""


@lru_cache(maxsize=4096)
def period_of(text: str) -> Period:
    """A written period: 2019-03, 2019-Q1, 2019-T1, « mars 2019 », 03/2019, sept-18, 2019. Raises NoDate."""
    try:
        period = Period.parse(text)
    except ValueError:
        try:
            period = _french_period(text)
        except NoDate:
            raise
        except ValueError:
            raise NoDate(f"l’année doit être entre {FIRST_YEAR} et {LAST_YEAR}") from None
    if period.start.year > LAST_YEAR:
        raise NoDate(f"l’année {period.start.year} est trop lointaine")
    if period.start.year < FIRST_YEAR:
        raise NoDate(f"l’année {period.start.year} est antérieure à {FIRST_YEAR}")
    return period


@lru_cache(maxsize=16384)
def date_of(text: str, first_year: int = FIRST_YEAR) -> date:
    """A written date: 2019-01-15, with or without a time zone behind it, or 15/01/2019. Raises NoDate."""
    try:
        plain = _day_of(text)
        if iso := _ISO.fullmatch(plain):
            day = date(int(iso[1]), int(iso[2]), int(iso[3]))
        elif french := _FRENCH.fullmatch(plain):
            day = date(int(french[3]), int(french[2]), int(french[1]))
        else:
            raise NoDate("une date est attendue, par exemple 2019-01-15 ou 15/01/2019")
    except ValueError as error:
        raise error if isinstance(error, NoDate) else NoDate("cette date n’existe pas au calendrier") from None
    if day.year < first_year:
        raise NoDate(f"l’année {day.year} est antérieure à {first_year}")
    return day


def _day_of(text: str) -> str:
    """The day of an instant: what is written, or that of Paris where a time has a zone (midnight there is 23:00Z of the day before)."""
    if len(text) < len("2019-01-15Z"):
        return text
    if timed := _INSTANT.fullmatch(text):
        return f"{_in_paris(text):%Y-%m-%d}" if timed["zone"] and not _MIDNIGHT.match(timed["time"]) else timed["day"]
    found = _ZONE.fullmatch(text)
    return found["day"] if found else text


def _whole_day(text: str) -> str:
    """The day that a program has written as its first or its last instant; a text that is no instant as it is. Raises NoDate."""
    timed = _INSTANT.fullmatch(text) if len(text) > len("1/1/2019 0:0") else None
    if timed is None:
        return text
    if _MIDNIGHT.match(timed["time"]) or (timed["zone"] and _MIDNIGHT.match(f"{_in_paris(text):%H:%M:%S}")):
        return _day_of(text)
    raise NoDate(_NO_DAY)


def _in_paris(text: str) -> datetime:
    return datetime.fromisoformat(text.replace(" ", "T", 1).replace(" ", "")).astimezone(PARIS)


_TWO_DIGITS: Final = re.compile(r"(\d{1,2}[/.-]\d{1,2}[/.-])(\d{2})", re.ASCII)


def birthday_of(text: str, today: date) -> date:
    """A written day of birth, also « 02/03/90 »: whoever works is at least 14. Raises NoDate."""
    found = _TWO_DIGITS.fullmatch(text)
    if found:
        year = 2000 + int(found[2])
        text = f"{found[1]}{year if year <= today.year - 14 else year - 100}"
    return date_of(text, 1900)


@lru_cache(maxsize=16384)
def birth_of(text: str) -> str:
    """Year-month `1990-04` or year `1990` of what was written; a full date loses its day. Raises NoDate."""
    if re.fullmatch(r"\d{4}", text, re.ASCII):
        return _checked_birth(text, int(text))
    if found := _YEAR_MONTH.fullmatch(text):
        return _checked_birth(_month_text(int(found[1]), int(found[2])), int(found[1]))
    if found := _MONTH_YEAR.fullmatch(text):
        return _checked_birth(_month_text(int(found[2]), int(found[1])), int(found[2]))
    day = date_of(text, 1900)
    return f"{day.year}-{day.month:02d}"


@lru_cache(maxsize=4096)
def bare_period(text: str, year: str) -> Period | None:
    """The month, quarter or semester of a year that is written elsewhere: « mars », 3, « T1 », « 2e trim. », S1. None where it is none."""
    plain = re.sub(r"[^a-z0-9]", "", _numbered(unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()))
    if not re.fullmatch(r"20\d{2}", year, re.ASCII):
        return None
    if plain in _MONTH_NUMBER:
        return Period.month(int(year), _MONTH_NUMBER[plain])
    if text.strip() == plain and re.fullmatch(r"0?[1-9]|1[0-2]", plain):
        return Period.month(int(year), int(plain))
    for written, letter in ((_BARE_QUARTER, "Q"), (_BARE_SEMESTER, "S")):
        if found := written.fullmatch(plain):
            return Period.parse(f"{year}-{letter}{next(number for number in found.groups() if number)}")
    return None


_SHORT_MONTH: Final = re.compile(r"(0?[1-9]|1[0-2])[/.-](1[3-9]|[2-5]\d)", re.ASCII)


def short_month(text: str) -> Period | None:
    """« 02-26 », « 2/26 » as February 2026, where what stands around it says that it is no day: other columns, a column of months."""
    found = _SHORT_MONTH.fullmatch(text.strip())
    return Period.month(2000 + int(found[2]), int(found[1])) if found else None


def arabic(text: str) -> str:
    """The number of a quarter or a semester that a column of them says by a Roman one: « II », « II 2026 »."""
    number, _, rest = text.strip().partition(" ")
    return f"{_ROMANS[number.lower()]} {rest}".strip() if number.lower() in _ROMANS else text


def _checked_birth(text: str, year: int) -> str:
    if not 1900 <= year <= 2100:
        raise NoDate(f"l’année {year} n’est pas une année de naissance")
    return text


def _month_text(year: int, month: int) -> str:
    if not 1 <= month <= 12:
        raise NoDate("le mois va de 01 à 12")
    return f"{year}-{month:02d}"


def _french_period(text: str) -> Period:
    plain = unicodedata.normalize("NFKD", _whole_day(text.strip()).lower()).encode("ascii", "ignore").decode()
    plain = _numbered(plain)
    for written, letter in ((_QUARTER, "Q"), (_SEMESTER, "S")):
        if found := written.fullmatch(plain):
            year = found["year"] or found["short"] or found["first"] or found["last"]
            number = found["before"] or found["then"] or found["number"] or found["after"]
            return Period.parse(f"{int(year) + (2000 if len(year) == 2 else 0)}-{letter}{number}")
    if found := _WORDS.match(plain):
        plain = plain[found.end() :]
    return Period.parse(plain) if _YEAR.fullmatch(plain) else _french_month(plain)


def _numbered(plain: str) -> str:
    """« premier semestre » as « 1 semestre », « IIe trimestre » as « 2e trimestre »."""
    if plain[:1] not in "pdstqi":
        return plain
    return _ROMAN.sub(lambda found: _ROMANS[found[0]], _ORDINAL.sub(lambda found: _ORDINALS[found[0]], plain))


def _french_month(plain: str) -> Period:
    if (found := _NAMED_MONTH.fullmatch(plain)) and found[1] in _MONTH_NUMBER:
        year = int(found[2]) + (2000 if len(found[2]) == 2 else 0)
        return Period.month(year, _MONTH_NUMBER[found[1]])
    if (found := _NAMED_DAY.fullmatch(plain)) and found[1] in _MONTH_NUMBER:
        return _french_month(f"{found[1]}-{found[2]}")
    if (found := _SHORT.fullmatch(plain)) and 1 <= int(found[2]) <= 12:
        return _french_month(f"{found[1]}/{found[2]}/20{found[3]}")
    if (found := _MONTH_YEAR.fullmatch(plain)) and 1 <= int(found[1]) <= 12:
        return Period.month(int(found[2]), int(found[1]))
    if (found := _YEAR_MONTH.fullmatch(plain)) and 1 <= int(found[2]) <= 12:
        return Period.month(int(found[1]), int(found[2]))
    if (span := _span_in(plain)) is not None:
        return span
    if found := _JOINED.fullmatch(plain):
        return Period.month(int(found[1]), int(found[2]))
    try:
        day = _SERIAL_FROM + timedelta(days=int(plain)) if _SERIAL.fullmatch(plain) else date_of(plain)
    except NoDate:
        raise NoDate(_expected(plain)) from None
    if day.day != 1 and (day + timedelta(days=1)).day != 1:
        raise NoDate(_NO_DAY)
    return Period.month(day.year, day.month)


def _expected(plain: str) -> str:
    """What is right in the place of a text that is no period."""
    meant = short_month(plain)
    if meant is None:
        return "une période est attendue, par exemple 2019-03, 2019-T1, 2019-S1 ou 2019"
    return f"est-ce {french_period(meant)} ? Écrivez {meant.start:%m/%Y}"


def _span_in(plain: str) -> Period | None:
    if (found := _SPAN.fullmatch(plain)) and (span := _span(found[1], found[2])) is not None:
        return span
    if found := _DAYS_NAMED.fullmatch(plain):
        first, last = (_MONTH_NUMBER.get(month, month) for month in (found[2], found[5]))
        return _span(f"{found[1]}/{first}/{found[3] or found[6]}", f"{found[4]}/{last}/{found[6]}")
    found = _NAMED_SPAN.fullmatch(plain)
    return _months(found[1], found[2], int(found[3])) if found else None


def _span(first: str, last: str) -> Period | None:
    """« du 01/03/2018 au 31/03/2018 »: the month, quarter, semester or year of these two days."""
    try:
        start, end = date_of(first), date_of(last) + timedelta(days=1)
    except NoDate:
        return None
    found = shortest(start, end)
    return found if found and (found.start, found.end) == (start, end) else None


def _months(first: str, last: str, year: int) -> Period | None:
    """« janvier à mars 2018 »: the quarter, semester or year of these months, where they are all of it."""
    start, end = _MONTH_NUMBER.get(first), _MONTH_NUMBER.get(last)
    if start is None or end is None or start > end:
        return None
    begins, ends = Period.month(year, start).start, Period.month(year, end).end
    found = shortest(begins, ends)
    return found if found and (found.start, found.end) == (begins, ends) else None


def shortest(start: date, end: date) -> Period | None:
    """The shortest month, quarter, semester or year that holds [start, end); None where it takes several years."""
    written = (f"{start:%Y-%m}", f"{start.year}-Q{(start.month + 2) // 3}", f"{start.year}-S{(start.month + 5) // 6}", f"{start.year}")
    return next((found for found in map(Period.parse, written) if found.start <= start and end <= found.end), None)


def french_period(period: Period) -> str:
    """« mars 2019 », « 1er trimestre 2019 », « 2e semestre 2019 », « 2019 »."""
    year, month = period.start.year, period.start.month
    match period.grain:
        case "month":
            return f"{_MONTHS[month - 1]} {year}"
        case "quarter":
            number = (month + 2) // 3
            return f"{number}{'er' if number == 1 else 'e'} trimestre {year}"
        case "semester":
            return f"{'1er' if month == 1 else '2e'} semestre {year}"
        case _:
            return f"{year}"


def in_period(period: Period) -> str:
    """« en mars 2019 », « au 1er trimestre 2019 », « en 2019 »."""
    return f"{'au' if period.grain in {'quarter', 'semester'} else 'en'} {french_period(period)}"


def french_date(day: date) -> str:
    return f"{day.day:02d}/{day.month:02d}/{day.year}"
