"""Which field each column is, how sure that is, and why: by its name, then by its cells (practice, section 2)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Final

from kit import digits
from schemas.periods import Period
from services.ingest.matching.contents import Contents, contents_of, fits, is_clock, is_day, is_name, tried
from services.ingest.matching.counts import counts_of
from services.ingest.matching.cumuls import end_of, says_cumul
from services.ingest.matching.weeks import TITLES as WEEKS
from services.ingest.matching.weeks import is_week
from services.ingest.matching.years import inside
from services.ingest.rules.fields import BY_NAME, field_of, field_spelt, is_never_read, normalised_header
from services.ingest.rules.times import arabic, period_of

MINUTES: Final = "minutes"
"""The choice of a column of hours whose numbers are minutes."""
CERTAIN: Final = 0.8
"""From here on a column is taken without a question."""
LIKELY: Final = 0.5
"""From here on it is proposed."""
_EXACT, _ALIAS, _WEEKS, _AMBIGUOUS, _SPELT = 1.0, 0.9, 0.85, 0.6, 0.7

_ANY_YEAR: Final = 2000
AMBIGUOUS: Final[Mapping[str, tuple[str, ...]]] = {
    "contrat": ("work_contract", "contract", "work_contract_reference"),
    "entreprise": ("employer_name", "employer_siret"),
    "societe": ("employer_name", "employer_siret"),
    "structure": ("employer_name", "prescriber"),
    "no contrat": ("contract", "work_contract_reference"),
    "statut": ("public", "work_contract", "modality"),
    "date d entree": ("work_contract_starts_on",),
    "date de sortie": ("work_contract_ends_on",),
    "heures": ("hours", "hours_cumulated"),
    "total heures": ("hours", "hours_cumulated"),
    "ville": ("residence", "commune"),
    "reference": ("contract", "source_line", "worker_id"),
    "type": ("modality", "work_contract", "public"),
    "duree": ("unemployment",),
    "departement": ("department",),
    "salarie": ("worker_id", "birth_name"),
    "nom": ("birth_name", "employer_name"),
    "beneficiaire": ("worker_id", "birth_name"),
    "f": ("women", "sex"),
}
"""Normalised titles that are never certain by their name alone, and what they may be: the cells decide, else the author."""
_MONEY: Final = re.compile(r"€|\bk?eur", re.IGNORECASE)
CUMULATED: Final = ("cumul", "cumul des heures", "total cumule")
YEARS: Final = ("annee", "exercice")
DAYS: Final = (
    "date",
    "jour",
    "date travaillee",
    "date de travail",
    "jour travaille",
    "date de mission",
    "date de prestation",
    "semaine du",
    "semaine",
)
"""Titles of lines of a day or a week, where no other column says the period."""
QUARTERS: Final = ("trimestre", "no trimestre", "trim")
"""Titles of a column of quarters, where 1 is the first and not January."""
SEMESTERS: Final = ("semestre", "no semestre")
"""The same of semesters."""
DONE: Final = ("realise", "realises", "realisee", "realisees", "realisation", "realisations", "total realise")
"""Titles of what was done, in hours or in euros: proposed as hours where no other column is, never taken without a word."""
RECOMPUTED: Final = ("reste a realiser", "solde heures", "ecart", "% realise", "taux de realisation", "total", "total general", "somme")
"""Titles of what is computed from the rest: never imported."""
OTHERS: Final = (
    "operation", "nom operation", "code operation", "chantier", "site", "lot", "no lot", "libelle lot", "corps d etat", "objet", "intitule",
    "intitule du marche", "libelle", "maitre d ouvrage", "moa", "donneur d ordre", "acheteur", "bailleur", "titulaire", "attributaire",
    "montant ht", "heures prevues", "objectif heures", "engagement", "volume horaire", "heures a realiser", "commentaire", "observations", "remarques",
)  # fmt: skip
"""Titles known from real files that describe the contract, which has its own page, or free remarks: not imported, without wonder."""
HOLDERS: Final = ("titulaire", "attributaire", "entreprise attributaire", "entreprise titulaire", "mandataire", "titulaire du marche")
_EMPLOYS: Final = frozenset({"employer_siret", "employer_name", "modality"})

POSTAL: Final = ("cp", "code postal", "cp residence", "code postal residence", "cp domicile", "cp ville")
"""Titles of a residence whose five digits are no INSEE code: 77100 is Meaux by one and Le Châtelet-en-Brie by the other."""
_NOT_WORKED: Final = re.compile(r"prevu|previs|\bprev\b|planifi|engag|objectif|valoris|bonifi|formation|reste|\bsolde|ecart")
"""What stands over months whose hours were not worked."""


_SOME: Final = 0.3
"""Share of numbers from which a column of minutes is one; below a column of hours in any case, which is taken where there is one."""
_OF_MINUTES: Final = re.compile(
    r"""(?:(?:nb|total|cumul\w*|somme|volume)\ )*(?:(?:durees?|temps|heures?|horaires?)\ )?(?:(?:de|du|d)\ )?
        (?:(?:travail\w*|travaille\w*|mission|presence|insertion|realise\w*|effectue\w*)\ )*(?:en\ )?(?:minutes?|mn|min)
        (?:\ (?:de|d|travail\w*|insertion|realise\w*|effectue\w*|mission|presence))*""",
    re.VERBOSE | re.ASCII,
)
"""Titles of minutes, normalised. « Montant min », « Âge min » are none."""
HOURS: Final = ("hours", "hours_cumulated")
_reads_period: Final = tried(period_of)
CHOSEN: Final = 2.0
"""Confidence of what a column's author said: above any of ours."""


@dataclass(frozen=True)
class Guess:
    """A column: its place, its title, the field it is taken for (None: stays out), how sure (0 to 1) and why; `month` for a column that
    holds the hours of one period; `sample` are its first cells, masked where they name people."""

    place: int
    header: str
    field: str | None
    confidence: float
    why: str
    month: Period | None = None
    sample: tuple[str, ...] = ()
    week: date | None = None
    """The first day of the week that the column holds; `month` is then that day's."""
    in_minutes: bool = False
    """Whether its numbers are minutes of work, and the hours a sixtieth."""

    @property
    def choice(self) -> str:
        """What the author chooses among: a field, or « minutes »; empty for a column that stays out."""
        return MINUTES if self.field and self.in_minutes else self.field or ""

    @property
    def certain(self) -> bool:
        return self.confidence >= CERTAIN

    @property
    def chosen(self) -> bool:
        """By its author, not by us."""
        return self.confidence >= CHOSEN


def guessed(
    headers: Sequence[str], rows: Sequence[Sequence[str]], months: Mapping[int, Period], weeks: Mapping[int, date] = MappingProxyType({})
) -> list[Guess]:
    """A guess for each column with a title. `rows` are data rows (a sample is enough), `months` the columns that are a period, `weeks` those that are
    a week. Persons of a period go with its hours."""
    counts = counts_of(headers, months)
    found, sums = [], inside(months)
    for place, header in enumerate(headers):
        if place in sums:
            found.append(Guess(place, header.strip(), None, 1.0, "somme de mois qui ont leur colonne"))
        elif place in weeks:
            day, sample = weeks[place], _sample("hours", header, contents_of(rows, place))
            month = Period.month(day.year, day.month)
            found.append(Guess(place, header.strip(), "hours", 1.0, "une colonne par semaine", month, sample, day))
        elif place in counts:
            field, month = counts[place]
            found.append(
                Guess(
                    place,
                    header.strip(),
                    field,
                    1.0,
                    "les personnes d’une période",
                    month,
                    _sample(field, header, contents_of(rows, place)),
                )
            )
        elif header.strip() and months and normalised_header(header) in DONE:
            found.append(Guess(place, header.strip(), None, 1.0, "les heures de la période ont leur colonne"))
        elif header.strip():
            contents = contents_of(rows, place)
            found.append(_guess(place, header.strip(), contents, months.get(place)))
    return _with_holder(found, rows)


def _with_holder(guesses: list[Guess], rows: Sequence[Sequence[str]]) -> list[Guess]:
    """Where no column says who employs, the holder of the contract is proposed: it is the employer in half of all hours, and not in the others."""
    if any(guess.field in _EMPLOYS for guess in guesses):
        return guesses
    holder = next((guess for guess in guesses if guess.field is None and normalised_header(guess.header) in HOLDERS), None)
    if holder is None or fits("employer_name", contents_of(rows, holder.place)) < LIKELY:
        return guesses
    asked = replace(holder, field="employer_name", confidence=LIKELY, why="aucune colonne ne dit l’employeur")
    return [asked if guess is holder else guess for guess in guesses]


def _guess(place: int, header: str, contents: Contents, month: Period | None) -> Guess:
    field, confidence, why = _judged(header, contents, month)
    in_minutes = field in HOURS and says_minutes(header)
    return Guess(
        place, header, field, round(confidence, 2), why, month if field else None, _sample(field, header, contents), in_minutes=in_minutes
    )


def _judged(header: str, contents: Contents, month: Period | None) -> tuple[str | None, float, str]:
    plain = normalised_header(header)
    if month is not None and _NOT_WORKED.search(normalised_header(header.rpartition(" / ")[0])):
        return None, 1.0, "ce ne sont pas des heures réalisées"
    if month is not None:
        return ("hours_cumulated", 1.0, "un cumul par période") if says_cumul(header) else ("hours", 1.0, "une colonne par période")
    if says_minutes(header) and contents.cells:  # what is no number there is told on its line
        return ("hours_cumulated" if "cumul" in plain else "hours"), LIKELY, "son titre dit des minutes"
    if why := _not_read(plain, header):
        return None, 1.0, why
    if plain == "duree" and contents.share(is_clock) >= 0.8:  # 12 or 24 under it may be a contract's months
        return "hours", _AMBIGUOUS, "ses cellules sont des heures et des minutes"
    if plain in AMBIGUOUS:
        return _by_cells(plain, contents)
    return _by_name(plain, header, contents)


def _not_read(plain: str, header: str) -> str | None:
    if end_of(header, _ANY_YEAR) is not None:
        return "les heures de la période ont leur colonne"
    if is_never_read(header):
        return "donnée personnelle dont l’observatoire n’a pas besoin"
    return "recalculé, jamais importé" if plain in RECOMPUTED else None


def _by_name(plain: str, header: str, contents: Contents) -> tuple[str | None, float, str]:
    if plain in CUMULATED:
        return _weighed("hours_cumulated", _ALIAS, contents, "son titre dit un cumul")
    if plain in YEARS:
        return _weighed("year", _ALIAS, contents, "son titre")
    if plain in QUARTERS or plain in SEMESTERS:
        return _weighed("period", _ALIAS, replace(contents, cells=tuple(map(_of_part, contents.cells))), "son titre")
    name = field_of(header)
    if name is not None:
        exact = plain in {normalised_header(name), normalised_header(BY_NAME[name].label)}
        return _weighed(name, _EXACT if exact else _ALIAS, contents, "son titre")
    if dated := _by_days(plain, contents):
        return dated
    if plain in OTHERS:
        return None, 1.0, "elle décrit le marché ou commente"
    if plain in DONE and contents.cells and fits("hours", contents) >= CERTAIN and not _MONEY.search(header):
        return "hours", LIKELY, "son titre dit « réalisé », sans dire si ce sont des heures"
    return _nearly(header, contents) or _unnamed(contents)


def _of_part(cell: str) -> str:
    """A cell of a column of quarters as a period: « II » as 2, « II 2026 » as T2 2026."""
    said = arabic(cell)
    return f"T{said}" if " " in said and said != cell else said


def _nearly(header: str, contents: Contents) -> tuple[str | None, float, str] | None:
    """By a part of the title, « Affaire / N° marché », or by one that differs by a letter or two."""
    last = header.rpartition("/")[2].strip()
    if last != header.strip() and (name := field_of(last)) is not None and name not in HOURS:
        return _weighed(name, _SPELT, contents, "la fin de son titre")
    name = field_spelt(header)
    if name is not None and (not contents.cells or fits(name, contents) >= 0.5):
        return name, _SPELT, "son titre, à une ou deux lettres près"
    return None


def _by_days(plain: str, contents: Contents) -> tuple[str, float, str] | None:
    """A column of days, or of weeks by their number, which counts less than one of months beside it."""
    if plain in DAYS and contents.cells and contents.share(is_day) >= 0.8:
        return "period", LIKELY, "ses cellules sont des jours"
    if plain in WEEKS and contents.cells and contents.share(is_week) >= 0.8:
        return "period", _WEEKS, "ses cellules sont des semaines"
    return None


def says_minutes(header: str) -> bool:
    """« Durée (minutes) », « Temps (min) », « Nb minutes », « Heures en min. », or one of them over months."""
    return any(_OF_MINUTES.fullmatch(normalised_header(title)) for title in header.split(" / "))


def _weighed(name: str, by_name: float, contents: Contents, why: str) -> tuple[str | None, float, str]:
    """A name that the cells contradict loses its certainty: a column « SIRET » full of names is a question."""
    if not contents.cells:
        return name, by_name, f"{why} ; colonne vide"
    share = fits(name, contents)
    if share >= 0.5 or (name == "sex" and set(contents.cells) <= {"1", "2"}) or by_name == _EXACT:
        return name, by_name, why
    return name, by_name * (0.6 + 0.4 * share), f"{why}, mais {100 - round(100 * share)} % des cellules n’y ressemblent pas"


def _by_cells(plain: str, contents: Contents) -> tuple[str | None, float, str]:
    """Of the fields that the title may mean, the one that the cells are; two that fit alike leave a question."""
    if not contents.cells:
        return AMBIGUOUS[plain][0], CERTAIN, "son titre ; colonne vide"
    fitted = [(fits(name, contents), name) for name in AMBIGUOUS[plain]]
    scores = sorted(((_is_shaped(name) and fit >= 0.5, fit, -order, name) for order, (fit, name) in enumerate(fitted)), reverse=True)
    _, best, _, name = scores[0]
    rivals = [score for _, score, _, other in scores[1:] if _is_shaped(other) or not _is_shaped(name)]
    rival = max(rivals, default=0.0)
    if best < 0.5:
        return None, 0.3, "son titre a plusieurs sens, et ses cellules n’aident pas"
    sure = best >= 0.8 and (rival < 0.5 or name in _PLAIN) and not _looks_cumulated(name, contents)
    return name, 0.85 if sure else _AMBIGUOUS, "titre à plusieurs sens ; d’après ses cellules"


def _is_shaped(name: str) -> bool:
    """Whether the field's cells have a shape of their own; a free text fits anything and is no rival to one that has."""
    return name not in BY_NAME or BY_NAME[name].kind != "text"


_PLAIN: Final = frozenset({"hours", "residence", "contract", "worker_id", "birth_name", "employer_name"})
"""Fields that win over rivals of the same shape, when nothing speaks against them."""


def _looks_cumulated(name: str, contents: Contents) -> bool:
    """Hours above what a month can hold: a cumul or a total, which only the author knows."""
    return name == "hours" and fits("hours", contents) > 0 and any(_above_a_month(cell) for cell in contents.cells)


def _above_a_month(cell: str) -> bool:
    plain = digits.joined(cell).replace(",", ".")
    try:
        return float(plain) > 213
    except ValueError:
        return False


def _unnamed(contents: Contents) -> tuple[str | None, float, str]:
    """A title that nobody knows: only cells of an unmistakable shape make a proposal, never a certainty."""
    if contents.cells and fits("employer_siret", contents) >= 0.9:
        return "employer_siret", LIKELY, "ses cellules sont des SIRET"
    return None, CERTAIN, "son titre n’est pas du format"


def _sample(field: str | None, header: str, contents: Contents) -> tuple[str, ...]:
    if is_never_read(header):
        return ()
    identity = field in BY_NAME and (BY_NAME[field].identity or (field == "worker_id" and contents.share(is_name) >= 0.5))
    distinct = list(dict.fromkeys(contents.cells))[:3]
    return tuple(f"{cell[0]}•••••" if identity else cell[:40] for cell in distinct)
