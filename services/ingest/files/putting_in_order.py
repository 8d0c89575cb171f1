"""What is told of a sheet that was put in order on the way to lines, so that nothing changes unseen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from xlsxwriter.utility import xl_col_to_name

from kit.errors import LineError
from kit.web.filters import plural
from schemas.periods import Period
from services.ingest.files.model import is_example
from services.ingest.files.sheet import SheetRead
from services.ingest.matching.guesses import HOURS, Guess
from services.ingest.matching.headers import is_bare_period
from services.ingest.matching.weeks import first_day_of_column
from services.ingest.rules.durations import NoHours, are_minutes, centihours_of, french_hours
from services.ingest.rules.fields import normalised_header
from services.ingest.rules.times import french_period


def told(sheet: SheetRead, period: str | None) -> list[LineError]:
    """The notices of a sheet: its columns', its rows', its years', its neighbours'. `period` is what the sender gave for the whole file."""
    return [
        *_turned(sheet),
        *sheet.columns.notices,
        *_example(sheet),
        *_rows(sheet),
        *_years(sheet),
        *_cumuls(sheet),
        *_minutes(sheet),
        *_once(sheet, period),
        *_out_of_sight(sheet),
        *_workbook(sheet),
    ]


def _turned(sheet: SheetRead) -> Iterator[LineError]:
    if sheet.turned:
        first = sheet.shaped.lines[0][0] if sheet.shaped.lines else 2
        means = f"« ligne {first} » est la colonne {xl_col_to_name(max(first, 1) - 1)} de votre tableur"
        message = f"Votre tableau est couché (titres ou mois l’un sous l’autre) : il est lu retourné, chaque colonne comme une ligne. Dans nos remarques, {means}."
        yield _check(sheet, "TABLE_TURNED", message)


def placed(notice: LineError, sheet: SheetRead, *, several: bool) -> LineError:
    """The notice with its sheet's name where there are several."""
    if not several:
        return notice
    return notice.model_copy(
        update={"message": f"Feuille « {sheet.facts.sheet} » : {notice.message}", "line": (notice.line or 0) + sheet.offset}
    )


_FIRST: Final = 20
"""Lines among which those of the example are looked for: who adds to it writes below."""
_RECAP: Final = re.compile(r"recap|synthes|total|bilan|cumul|annuel|ensemble|tableau de bord", re.ASCII)


def without_recaps(sheets: Sequence[tuple[SheetRead, int]]) -> list[tuple[SheetRead, int]]:
    """The sheets (each with its last row) without those whose name says that they sum the others up and that lack what a line needs: they stood in
    the way of the whole file. The first one left names them among the unread."""
    recaps = [sheet for sheet, _ in sheets if _RECAP.search(normalised_header(sheet.facts.sheet or "")) and sheet.lacks]
    left = [(sheet, last) for sheet, last in sheets if not any(sheet is recap for recap in recaps)]
    if not recaps or all(sheet.lacks for sheet, _ in left):
        return list(sheets)
    first = left[0][0]
    first.facts = replace(first.facts, recaps=tuple(recap.facts.sheet or "" for recap in recaps))
    return left


def _example(sheet: SheetRead) -> Iterator[LineError]:
    lines = [row for row, cells, _ in sheet.shaped.lines[:_FIRST] if is_example(cells)]
    if lines:
        what = f"La ligne {lines[0]} est celle" if len(lines) == 1 else f"Les lignes {_some(lines)} sont celles"
        yield _info(sheet, "EXAMPLE_LINES", f"{what} de notre exemple, inventées : remplacez-les par les vôtres avant d’envoyer.")


def _rows(sheet: SheetRead) -> Iterator[LineError]:
    shaped = sheet.shaped
    for lines, code, sentence in (
        (shaped.totals, "TOTALS_LEFT_OUT", "Lignes de total laissées de côté : {}."),
        (shaped.titles, "TITLES_LEFT_OUT", "Titres répétés, laissés de côté : lignes {}."),
        (shaped.remarks, "REMARKS_LEFT_OUT", "Une seule cellule remplie, pas une ligne d’heures : lignes {}."),
        (shaped.filled, "FILLED_DOWN", "Marché recopié de la ligne du dessus : {}."),
        (shaped.periods, "FILLED_DOWN", "Mois recopié de la ligne du dessus : {}."),
        (shaped.named, "FILLED_DOWN", "Personne recopiée de la ligne du dessus : {}."),
    ):
        if lines:
            yield _info(sheet, code, sentence.format(_some(lines)))


def _years(sheet: SheetRead) -> Iterator[LineError]:
    if sheet.year and any(guess.month and _lacks_year(guess) for guess in sheet.columns.guesses):
        what = f"Les colonnes de {sheet.shaped.spans} n’ont pas d’année"
        yield _info(sheet, "YEAR_READ", f"{what} : elles sont lues comme celles de {sheet.year}.")
    if sheet.shaped.dated:
        where = _some(sheet.shaped.dated)
        are = "elles sont lues comme celles" if sheet.shaped.spans == "semaines" else "ils sont lus comme ceux"
        written = "écrites" if sheet.shaped.spans == "semaines" else "écrits"
        yield _info(sheet, "YEAR_READ", f"Des {sheet.shaped.spans} sont {written} sans année (lignes {where}) : {are} de {sheet.year}.")


def _lacks_year(guess: Guess) -> bool:
    return first_day_of_column(guess.header, None) is None if guess.week else is_bare_period(guess.header)


def _cumuls(sheet: SheetRead) -> Iterator[LineError]:
    """Cumuls in columns are differences in the figures: who reads them otherwise must see it before anything is sent."""
    found = [guess for guess in sheet.columns.guesses if guess.month and guess.field == "hours_cumulated"]
    if found:
        of = ", ".join(french_period(guess.month) for guess in found[:4] if guess.month) + ("…" if len(found) > 4 else "")
        is_one = len(found) == 1
        what = "Colonne lue comme un cumul" if is_one else "Colonnes lues comme des cumuls"
        counts = "compte la différence avec ce qui est déjà déclaré" if is_one else "chaque période compte la différence avec la précédente"
        message = f"{what} depuis le début du marché : {_names([guess.header for guess in found])}. {of} : {counts}."
        yield _check(sheet, "CUMUL_COLUMNS", message)


def _minutes(sheet: SheetRead) -> Iterator[LineError]:
    """What the first cell says and becomes: whoever reads it sees a sixtieth."""
    said, titles = sheet.minutes, {guess.place: guess.header for guess in sheet.columns.guesses}
    if said.beside:
        hours, minutes = (titles.get(place, "")[:40] for place in said.beside)
        first = _first_hours(sheet, lambda text: "h" in text)
        yield _check(sheet, "HOURS_AND_MINUTES", f"« {hours} » et « {minutes} » sont lues ensemble, comme une durée{first}.")
    if said.places:
        first = _first_hours(sheet, are_minutes)
        what = "Colonne lue comme des minutes, divisées" if len(said.places) == 1 else "Colonnes lues comme des minutes, divisées"
        message = f"{what} par 60 : {_names([titles.get(place, '') for place in said.places])}{first}."
        yield _check(sheet, "MINUTES_READ", message)


def _first_hours(sheet: SheetRead, wanted: Callable[[str], bool]) -> str:
    for row, cells, _ in sheet.shaped.lines:
        text = next((cells[name] for name in HOURS if wanted(cells.get(name, ""))), "")
        with suppress(NoHours):
            if text:
                return f" ; ligne {row} : {text} font {french_hours(centihours_of(text))} h"
    return ""


def _once(sheet: SheetRead, given: str | None) -> Iterator[LineError]:
    if sheet.period and sheet.period != given:
        period = Period.parse(sheet.period)
        month = french_period(period) if period.grain in {"month", "year"} else f"le {french_period(period)}"
        source = "d’après le nom de la feuille ou le texte au-dessus des titres"
        yield _check(sheet, "PERIOD_READ", f"Aucune colonne ne dit la période : toutes les lignes sont lues pour {month}, {source}.")
    if sheet.contract:
        which = "les premières lignes sont lues" if sheet.shaped.headings else "toutes les lignes sont lues"
        said = f"{which} pour « {sheet.contract[:60]} », d’après le nom de la feuille ou le texte au-dessus des titres"
        yield _check(sheet, "CONTRACT_READ", f"Aucune colonne ne dit le marché : {said}.")
    if sheet.shaped.headings:
        where = _some(sheet.shaped.headings)
        yield _check(sheet, "CONTRACT_READ", f"Le marché des lignes suivantes est lu sur les lignes qui le nomment : {where}.")
    if sheet.employer:
        named = " ".join(value[:60] for value in sheet.employer.values())
        rest = "les autres lignes sont lues" if sheet.shaped.employers else "toutes les lignes sont lues"
        yield _check(
            sheet, "EMPLOYER_READ", f"Aucune colonne ne dit l’employeur : {rest} pour « {named} », d’après le texte au-dessus des titres."
        )
    if sheet.shaped.employers:
        where = _some(sheet.shaped.employers)
        yield _check(sheet, "EMPLOYER_READ", f"L’employeur des lignes suivantes est lu sur les lignes qui le nomment : {where}.")


def _workbook(sheet: SheetRead) -> Iterator[LineError]:
    facts = sheet.facts
    if facts.macros:
        yield _info(sheet, "MACROS", "Le classeur contient des macros : elles ne sont ni lues ni exécutées.")
    if facts.unread and sheet.offset == 0:
        mend = "Si elles ont des heures, mettez-y la même ligne de titres"
        yield _check(sheet, "UNREAD_SHEETS", f"Feuilles non lues, faute de titres connus : {_names(facts.unread)}. {mend}.")
    if facts.recaps:
        one = len(facts.recaps) == 1
        are = "Feuille non lue, elle récapitule les autres" if one else "Feuilles non lues, elles récapitulent les autres"
        own = "Si elle a des heures à elle" if one else "Si elles ont des heures à elles"
        yield _check(sheet, "UNREAD_SHEETS", f"{are} : {_names(facts.recaps)}. {own}, dites leur période dans une colonne.")
    if facts.hidden and sheet.offset == 0:
        yield _info(sheet, "HIDDEN_SHEETS", f"Feuilles masquées, non lues : {_names(facts.hidden)}.")


def _out_of_sight(sheet: SheetRead) -> Iterator[LineError]:
    """Rows that a filter hides hold hours that their author may not want counted, or did not look at."""
    hidden = sheet.facts.out_of_sight
    if hidden is None:
        return
    rows = sorted({row for row, _, _ in sheet.shaped.lines} & hidden.rows)
    if rows:
        which = "1 ligne masquée" if len(rows) == 1 else f"{len(rows)} lignes masquées"
        are = "est lue et compte comme les autres" if len(rows) == 1 else "sont lues et comptent comme les autres"
        where = f"ligne {rows[0]}" if len(rows) == 1 else f"lignes {_some(rows)}"
        mend = "Si elles ne doivent pas compter, supprimez-les du fichier, pas seulement de l’affichage"
        yield _check(sheet, "HIDDEN_ROWS", f"{which} dans votre tableur (filtre, groupe replié) {are} : {where}. {mend}.")
    titles = [guess.header for guess in sheet.columns.guesses if guess.field and guess.place in hidden.columns]
    if titles:
        are = "Colonne masquée, lue comme les autres" if len(titles) == 1 else "Colonnes masquées, lues comme les autres"
        yield _check(sheet, "HIDDEN_COLUMNS", f"{are} : {_names(titles)}.")


def _info(sheet: SheetRead, code: str, message: str) -> LineError:
    return LineError(line=sheet.header.line, code=code, severity="info", message=message)


def _check(sheet: SheetRead, code: str, message: str) -> LineError:
    return LineError(line=sheet.header.line, code=code, severity="check", message=message)


def _names(sheets: Sequence[str]) -> str:
    return ", ".join(f"« {name[:40]} »" for name in sheets[:5])


def _some(lines: Sequence[int]) -> str:
    shown = ", ".join(map(str, lines[:5]))
    return f"{shown} et {plural(len(lines) - 5, 'autre')}" if len(lines) > 5 else shown
