"""A sentence that says what a chart shows, made of its numbers: the largest, the smallest, what moved, what is hidden.

An evolution is told only between a period and the same one a year before (seasons), or between whole years; never over a hidden value.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from kit.web import filters
from schemas.vocabulary import UNKNOWN
from services.indicators.catalogue.answers import Cell
from services.indicators.catalogue.definitions import Indicator
from services.indicators.views import mobility
from services.indicators.views.view import View, short, value_text


def of(view: View) -> str:
    """One to three sentences."""
    others = [split for split in view.splits if not split.time]
    over_time = len(view.periods) > 1 or len(others) < len(view.splits)
    if over_time and not others:
        found = _evolution(view, _over_time(view))
    elif over_time:
        found = _evolutions(view)
    elif len(others) == 1:
        found = _ranking(view)
    elif mobility.crosses(view):
        found = mobility.sentence(view)
    elif others:
        found = _crossed(view)
    else:
        found = _single(view)
    return " ".join(part for part in (found, _hidden(view)) if part)


def _single(view: View) -> str:
    if not view.cells or view.cells[0].value is None:
        return ""
    where = ", ".join(view.places) or "Île-de-France"
    return f"{view.indicator.name}, {where}, {view.when} : {value_text(view.indicator, view.cells[0].value, unit=True)}."


def _ranking(view: View) -> str:
    split = view.splits[0]
    known = sorted(((cell.value, cell.codes[0]) for cell in view.cells if cell.value is not None), key=lambda pair: (-pair[0], pair[1]))
    named = [(value, split.label_of(code)) for value, code in known if code != UNKNOWN and value]
    if not named:
        return ""
    if len(named) == 1:
        return f"En {view.when}, une seule valeur est publiée : {named[0][1]}, {_said(view.indicator, named[0][0])}."
    (most, first), (least, last) = named[0], named[-1]
    share = _share_of_all(view, most)
    text = f"En {view.when}, le chiffre le plus élevé est celui de « {first} » : {_said(view.indicator, most)}{share}."
    if len(named) > 2:
        text += f" Il est suivi de « {named[1][1]} » ({_said(view.indicator, named[1][0])})."
    if most != least:
        text += f" Le plus bas qui soit publié est celui de « {last} » ({_said(view.indicator, least)})."
    return text


def _share_of_all(view: View, value: Decimal) -> str:
    """« soit 23,6 % du total », where values may be added and none is hidden (a total with a hole would say what is in it)."""
    if not view.indicator.additive or any(cell.value is None for cell in view.cells):
        return ""
    whole = sum((cell.value or Decimal(0) for cell in view.cells), Decimal(0))
    return f", soit {filters.percent(value / whole)} du total" if whole else ""


def _evolutions(view: View) -> str:
    """Of each line: the one that is highest at the end, and the one that moved most."""
    timed = next((place for place, split in enumerate(view.splits) if split.time), None)
    lines: dict[str, list[tuple[str, Cell]]] = {}
    for cell in view.cells:
        name = next(split.label_of(code) for split, code in zip(view.splits, cell.codes, strict=True) if not split.time)
        lines.setdefault(name, []).append((cell.period if timed is None else cell.codes[timed], cell))
    moved = []
    for name, cells in lines.items():
        pair = _comparable(view, sorted(cells, key=lambda entry: entry[0]))
        if pair is not None:
            moved.append((_change(view.indicator, pair[0][1], pair[1][1]), name, pair))
    if not moved:
        return ""
    change, name, pair = max(moved, key=lambda entry: (abs(entry[0]), entry[1]))
    return f"L’évolution la plus forte est celle de « {name} » : {_between(view.indicator, pair, change)}."


def _evolution(view: View, cells: Sequence[tuple[str, Cell]]) -> str:
    pair = _comparable(view, cells)
    if pair is None:
        return ""
    change = _change(view.indicator, pair[0][1], pair[1][1])
    return f"{view.indicator.name} : {_between(view.indicator, pair, change)}."


Pair = tuple[tuple[str, Decimal], tuple[str, Decimal]]


def _comparable(view: View, cells: Sequence[tuple[str, Cell]]) -> Pair | None:
    """The newest published value and that of the same season a year before. A year that is not over is compared with nothing."""
    known = {period: cell.value for period, cell in cells if cell.value is not None}
    until = view.release.figures_until
    for period in sorted(known, reverse=True):
        if "-" not in period and int(period) == until.year:
            continue
        before = f"{int(period[:4]) - 1}{period[4:]}"
        if known.get(before):
            return (before, known[before]), (period, known[period])
    return None


def _change(indicator: Indicator, before: Decimal, now: Decimal) -> Decimal:
    """In points for a share, else relative."""
    return now - before if indicator.unit == "%" else (now - before) / before


def _between(indicator: Indicator, pair: Pair, change: Decimal) -> str:
    (earlier, before), (later, now) = pair
    if indicator.unit == "%":
        moved = f"{_signed(change, 1)} point{'s' if abs(change) >= 2 else ''}"
    else:
        moved = f"{_signed(change * 100, 1)}{filters.THIN}%"
    return f"de {_said(indicator, before)} ({short(earlier)}) à {_said(indicator, now)} ({short(later)}), soit {moved} en un an"


def _crossed(view: View) -> str:
    known = [(cell.value, cell.codes) for cell in view.cells if cell.value is not None and UNKNOWN not in cell.codes]
    if not known:
        return ""
    value, codes = max(known, key=lambda pair: (pair[0], pair[1]))
    named = " et ".join(f"« {split.label_of(code)} »" for split, code in zip(view.splits, codes, strict=True))
    return f"En {view.when}, le croisement le plus élevé est {named} : {_said(view.indicator, value)}."


def _over_time(view: View) -> list[tuple[str, Cell]]:
    timed = next((place for place, split in enumerate(view.splits) if split.time), None)
    return sorted(((cell.period if timed is None else cell.codes[timed], cell) for cell in view.cells), key=lambda pair: pair[0])


def _hidden(view: View) -> str:
    if not view.hidden:
        return ""
    if view.hidden == len(view.cells):
        return (
            "Toutes les valeurs de ce tableau sont masquées : chacune porte sur trop peu de personnes ou d’entreprises pour être publiée."
        )
    return f"{filters.plural(view.hidden, 'valeur est masquée', 'valeurs sont masquées')} (« s. »)."


def _said(indicator: Indicator, value: Decimal) -> str:
    return value_text(indicator, value, unit=True)


def _signed(value: Decimal, decimals: int) -> str:
    return f"+{filters.number(value, decimals)}" if value > 0 else filters.number(value, decimals)
