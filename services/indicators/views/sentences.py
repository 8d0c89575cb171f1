"""A sentence that says what a chart shows, made of its numbers: the largest, the smallest, what moved, what is hidden.

An evolution is told only between a period and the same one a year before (seasons), or between whole years; never over a hidden value.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

from kit.typography import THIN
from kit.web import filters
from schemas.vocabulary import UNKNOWN
from services.indicators.catalogue.answers import Cell
from services.indicators.catalogue.definitions import Indicator
from services.indicators.views import mobility
from services.indicators.views.view import View, short, value_text

MOST_NAMED: Final = 3


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
        found = mobility.sentence(view, at(view))
    elif others:
        found = _crossed(view)
    else:
        found = _single(view)
    return " ".join(part for part in (found or _little(view), _hidden(view), _older(view)) if part)


def _little(view: View) -> str:
    """Where nothing is ranked or compared: the one kind of value that there is, zero everywhere, or nothing to measure."""
    known = [cell for cell in view.cells if cell.value is not None]
    worth = [cell for cell in known if cell.value]
    if worth:
        most = max(worth, key=lambda cell: cell.value or 0)
        published = " qui soit publié" if view.hidden else ""
        return f"{at(view)}, le chiffre le plus élevé{published} est celui de « {_named(view, most)} » : {_said(view.indicator, most.value or Decimal(0))}."
    if known:
        return f"{at(view)}, toutes les valeurs publiées sont nulles."
    if view.hidden:
        return ""
    return f"{at(view)}, « {view.indicator.name} » n’existe pas (« – ») : il n’y a rien à mesurer."


def _named(view: View, cell: Cell) -> str:
    """Seine-Saint-Denis, non communiqué."""
    return ", ".join(short(code) if split.time else split.label_of(code) for split, code in zip(view.splits, cell.codes, strict=True))


def _single(view: View) -> str:
    if not view.cells or view.cells[0].value is None:
        return ""
    split = view.splits[0].label_of(view.cells[0].codes[0]) if view.splits else ""
    where = ", ".join(view.places) or split or "Île-de-France"
    return f"{view.indicator.name}, {where}, {view.when} : {_said(view.indicator, view.cells[0].value)}."


def _ranking(view: View) -> str:
    if len(view.cells) == 1:
        return _single(view)
    split = view.splits[0]
    known = sorted(((cell.value, cell.codes[0]) for cell in view.cells if cell.value is not None), key=lambda pair: (-pair[0], pair[1]))
    named = [(value, split.label_of(code)) for value, code in known if code != UNKNOWN and value]
    zeros = any(not value and code != UNKNOWN for value, code in known)
    if not named:
        some_unknown = any(value for value, _ in known)
        return f"{at(view)}, aucune valeur publiée n’est supérieure à zéro." if zeros and not some_unknown else ""
    if len(named) == 1:
        only = "une seule valeur publiée n’est pas nulle" if zeros else "une seule valeur est publiée"
        return f"{at(view)}, {only} : {named[0][1]}, {_said(view.indicator, named[0][0])}."
    ranks = _ranks(view, named)
    text = f"{at(view)}, {_highest(view, ranks[0])}."
    if len(ranks) > 2:
        text += f" {'Il est suivi' if len(ranks[0][1]) == 1 else 'Ils sont suivis'} de {_listed(ranks[1][1])} ({ranks[1][0]})."
    if len(ranks) > 1:
        text += f" {_lowest(ranks[-1], zeros=zeros, hidden=bool(view.hidden))}."
    unknown = next((value for value, code in known if code == UNKNOWN), None)
    if unknown is not None and unknown > named[0][0]:
        text += f" « {split.label_of(UNKNOWN)} », plus élevé ({_said(view.indicator, unknown)}), n’est pas classé."
    return text


Rank = tuple[str, list[str]]
"""A value as it is read, and who has it: what reads alike is not ranked."""


def _ranks(view: View, named: Sequence[tuple[Decimal, str]]) -> list[Rank]:
    found: dict[str, list[str]] = {}
    for value, label in named:
        found.setdefault(_said(view.indicator, value), []).append(label)
    return list(found.items())


def _highest(view: View, rank: Rank) -> str:
    said, labels = rank
    if len(labels) == 1:
        published = " qui soit publié" if view.hidden else ""
        return f"le chiffre le plus élevé{published} est celui de « {labels[0]} » : {said}{_share_of_all(view, _value(view, labels[0]))}"
    published = " qui soient publiés" if view.hidden else ""
    return f"les chiffres les plus élevés{published} sont ceux de {_listed(labels)} : {said} chacun"


def _value(view: View, label: str) -> Decimal:
    return max(cell.value for cell in view.cells if cell.value is not None and view.splits[0].label_of(cell.codes[0]) == label)


def _lowest(rank: Rank, *, zeros: bool, hidden: bool) -> str:
    said, labels = rank
    if len(labels) == 1:
        which = _which(hidden and "qui soit publié", zeros and "qui ne soit pas nul")
        return f"Le plus bas{which} est celui de « {labels[0]} » ({said})"
    which = _which(hidden and "qui soient publiés", zeros and "qui ne soient pas nuls")
    return f"Les plus bas{which} sont ceux de {_listed(labels)} ({said})"


def _which(*clauses: str | Literal[False]) -> str:
    """« qui soit publié et qui ne soit pas nul »: a hidden value may be lower than the lowest that is printed."""
    said = " et ".join(clause for clause in clauses if clause)
    return f" {said}" if said else ""


def _listed(labels: Sequence[str]) -> str:
    """« A », « A » et « B », « A », « B » et 4 autres."""
    shown = [f"« {label} »" for label in labels[:MOST_NAMED]]
    more = len(labels) - len(shown)
    if more:
        return f"{', '.join(shown)} et {filters.plural(more, 'autre')}"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} et {shown[-1]}"


def at(view: View) -> str:
    """En 2025, Au 3e trimestre 2025."""
    if len(view.periods) > 1:
        return f"De {view.when}"
    return f"Au {view.when}" if "trimestre" in view.when or "semestre" in view.when else f"En {view.when}"


def _share_of_all(view: View, value: Decimal) -> str:
    """« soit 23,6 % du total », where values may be added and none is hidden (a total with a hole would say what is in it)."""
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
        return _highest_of_all(view)
    change, name, pair = max(moved, key=lambda entry: (abs(entry[0]), entry[1]))
    published = " qui soit publiée" if view.hidden else ""
    return f"L’évolution la plus forte{published} est celle de « {name} » : {_between(view.indicator, pair, change)}."


def _evolution(view: View, cells: Sequence[tuple[str, Cell]]) -> str:
    pair = _comparable(view, cells)
    if pair is None:
        return _extremes(view, cells)
    change = _change(view.indicator, pair[0][1], pair[1][1])
    return f"{view.indicator.name} : {_between(view.indicator, pair, change)}."


def _extremes(view: View, cells: Sequence[tuple[str, Cell]]) -> str:
    """Where no period has its like a year before: the highest and the lowest of those that are over, in words that compare no seasons."""
    known = [(cell.value, period) for period, cell in cells if cell.value is not None and not view.so_far(period)]
    if not known:
        return ""
    (most, when), (least, then) = max(known, key=lambda pair: pair[0]), min(known, key=lambda pair: pair[0])
    name = view.indicator.name
    if len(known) == 1:
        return f"{name}, {short(when)} : {_said(view.indicator, most)}."
    if _said(view.indicator, most) == _said(view.indicator, least):
        return f"{name} : {_said(view.indicator, most)} à chaque période publiée."
    published = " publié" if view.hidden else ""
    return (
        f"{name} : de {_said(view.indicator, least)} ({short(then)}, le plus bas{published}) "
        f"à {_said(view.indicator, most)} ({short(when)}, le plus élevé{published})."
    )


def _highest_of_all(view: View) -> str:
    """The highest cell of a table over time, where nothing has its like a year before."""
    timed = next((place for place, split in enumerate(view.splits) if split.time), None)
    known = [
        (cell.value, name, when)
        for cell in view.cells
        if cell.value
        for when in (cell.period if timed is None else cell.codes[timed],)
        for name in (next(split.label_of(code) for split, code in zip(view.splits, cell.codes, strict=True) if not split.time),)
        if not view.so_far(when) and UNKNOWN not in cell.codes
    ]
    if not known:
        return ""
    value, name, when = max(known, key=lambda entry: (entry[0], entry[2]))
    published = " qui soit publié" if view.hidden else ""
    return f"Le chiffre le plus élevé{published} est celui de « {name} » ({short(when)}) : {_said(view.indicator, value)}."


Pair = tuple[tuple[str, Decimal], tuple[str, Decimal]]


def _comparable(view: View, cells: Sequence[tuple[str, Cell]]) -> Pair | None:
    """The newest published value and that of the same season a year before. A year that is not over is compared with nothing, nor is
    one in which declarations begin."""
    known = {period: cell.value for period, cell in cells if cell.value is not None}
    until = view.release.figures_until
    for period in sorted(known, reverse=True):
        if "-" not in period and int(period) == until.year:
            continue
        before = f"{int(period[:4]) - 1}{period[4:]}"
        if known.get(before) and not view.is_part(before):
            return (before, known[before]), (period, known[period])
    return None


def _change(indicator: Indicator, before: Decimal, now: Decimal) -> Decimal:
    """In points for a share, as the two are read (15,0 % and 15,3 % are 0,3 points apart); else relative."""
    return _tenth(now) - _tenth(before) if indicator.unit == "%" else (now - before) / before


def _tenth(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)


def _between(indicator: Indicator, pair: Pair, change: Decimal) -> str:
    (earlier, before), (later, now) = pair
    if indicator.unit == "%":
        moved = f"{_signed(change, 1)} point{'s' if abs(change) >= 2 else ''}"
    else:
        moved = f"{_signed(change * 100, 1)}{THIN}%"
    return f"de {_said(indicator, before)} ({short(earlier)}) à {_said(indicator, now)} ({short(later)}), soit {moved} en un an"


def _crossed(view: View) -> str:
    known = [(cell.value, cell.codes) for cell in view.cells if cell.value is not None and UNKNOWN not in cell.codes]
    if not known:
        return ""
    value, codes = max(known, key=lambda pair: (pair[0], pair[1]))
    named = " et ".join(f"« {split.label_of(code)} »" for split, code in zip(view.splits, codes, strict=True))
    published = " qui soit publié" if view.hidden else ""
    return f"{at(view)}, le croisement le plus élevé{published} est {named} : {_said(view.indicator, value)}."


def _over_time(view: View) -> list[tuple[str, Cell]]:
    timed = next((place for place, split in enumerate(view.splits) if split.time), None)
    return sorted(((cell.period if timed is None else cell.codes[timed], cell) for cell in view.cells), key=lambda pair: pair[0])


def _hidden(view: View) -> str:
    if not view.hidden:
        return ""
    if view.hidden == len(view.cells):
        return (
            "Toutes les valeurs de ce tableau sont masquées : elles portent sur trop peu de personnes ou d’entreprises, "
            "ou permettraient de retrouver un autre chiffre protégé."
        )
    return f"{filters.plural(view.hidden, 'valeur est masquée', 'valeurs sont masquées')} (« s. »)."


def _older(view: View) -> str:
    """A sentence that ranks or compares an older release's values does not go without their mark."""
    kept = sum(cell.mark is not None for cell in view.cells)
    return f"{filters.plural(kept, 'valeur n’est pas mise à jour', 'valeurs ne sont pas mises à jour')} (« * »)." if kept else ""


def _said(indicator: Indicator, value: Decimal) -> str:
    return value_text(indicator, value, unit=True)


def _signed(value: Decimal, decimals: int) -> str:
    return f"+{filters.number(value, decimals)}" if value > 0 else filters.number(value, decimals)
