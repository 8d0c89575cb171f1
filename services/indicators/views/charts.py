"""A view as a Vega-Lite specification: bars, series, lines or a table of tints. Titles, source and warnings are part of the drawing.

A hidden value is never left out: its row stays, hatched or marked « s. ». Colours and sizes follow kit/web/static/tokens.css.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final, Literal

from kit.typography import NBSP
from services.indicators.catalogue.answers import Cell
from services.indicators.views import ink, maps, sentences
from services.indicators.views.view import FICTIONAL, Line, View, short, value_text

Width = Literal["wide", "narrow"]
WIDTHS: Final[dict[Width, int]] = {"wide": 620, "narrow": 340}
Spec = dict[str, Any]
PADDING: Final = {"left": 26, "top": 12, "right": 16, "bottom": 12}
"""Labels are measured in another font than the reader's, which may be a sixth wider: as a picture in a page, a chart has no font of its own."""
PERIODS: Final[Spec] = {
    "title": None, "labelAngle": 0, "labelExpr": "split(datum.label, '\\n')", "ticks": False, "labelOverlap": True, "labelPadding": 6,
}  # fmt: skip
AMOUNTS: Final[Spec] = {"title": None, "format": ",.0f", "tickCount": 4, "domain": False, "ticks": False}


def specification(view: View, width: Width = "wide") -> Spec:
    """The chart of the view. Every value of the table is in it."""
    room = WIDTHS[width]
    drawn = drawing(view, room)
    drawn["title"] = _title(view.title, _subtitle(view), room)
    return framed([drawn], source=[view.source, *_warnings(view)], said=sentences.of(view), room=room)


def framed(parts: Sequence[Spec], *, source: Sequence[str], said: str, room: int) -> Spec:
    """Drawings below each other over the line of their source; `said` is read to those who do not see."""
    lines = [line for text in source for line in textwrap.wrap(text, room // 7)]
    bottom = {
        "text": lines,
        "orient": "bottom",
        "anchor": "start",
        "fontSize": 10.5,
        "fontWeight": "normal",
        "color": ink.SOFT,
        "offset": 14,
    }
    return {
        "$schema": ink.SCHEMA, "description": said, "padding": PADDING, "background": "white", "config": ink.CONFIG,
        "vconcat": list(parts), "spacing": 16, "title": {**bottom, "lineHeight": 14},
    }  # fmt: skip


def _title(text: str, below: Sequence[str], room: int) -> Spec:
    return {"text": textwrap.wrap(text, room // 10), "subtitle": list(below), "offset": 12, "subtitlePadding": 5, "lineHeight": 19}


def _subtitle(view: View) -> list[str]:
    unit = {"h": "En heures", "%": "En pour cent", "ETP": "En équivalents temps plein", "personnes": "En personnes distinctes"}
    found = unit.get(view.indicator.unit, f"En {view.indicator.unit}")
    return [f"{found} ({view.divisor})" if view.divisor else found]


def _warnings(view: View) -> list[str]:
    kept = [note for note in view.notes if note not in {FICTIONAL, "Provisoire", "Définitif"}]
    return [*([f"{FICTIONAL}."] if view.fictional else []), *([" ; ".join(kept) + "."] if kept else [])]


def drawing(view: View, room: int) -> Spec:
    """The drawing that suits the table, without title and source."""
    axes = [split.name for split in view.splits]
    timed = [split for split in view.splits if split.time]
    over_time = bool(timed) or len(view.periods) > 1
    others = [split for split in view.splits if not split.time]
    if axes == ["department"] and len(view.periods) == 1:
        return maps.choropleth(view, room)
    if is_ranked(view):
        return bars(view, room)
    if over_time and not others:
        return series(view, room)
    if over_time and len(others) == 1 and len(_lines_over_time(view)) <= len(ink.SERIES):
        return lines(view, room)
    return tints(view, room)


def is_ranked(view: View) -> bool:
    """Whether the table is drawn as one bar a row (departments are drawn as a map)."""
    one_moment = len(view.periods) == 1 and not any(split.time for split in view.splits)
    return one_moment and len(view.splits) <= 1 and [split.name for split in view.splits] != ["department"]


_LINES: Final = "split(datum.label, '\\n')"
_NAMES: Final[Spec] = {"labelExpr": _LINES, "labelOffset": {"expr": "-7.5 * (length(split(datum.value, '\\n')) - 1)"}}
"""Names of rows on several lines, their middle beside the row's."""


def bars(view: View, room: int) -> Spec:
    """One bar a row, the largest first, the value written at its end; « s. » where it is hidden."""
    rows = sorted((line for line in view.grid.lines if _says_something(line)), key=_largest_first)
    data = [_datum(view, line.cells[0], name=_wrapped(line.label, 27 if room > 400 else 18)) for line in rows]
    names = [datum["name"] for datum in data]
    y = {
        "field": "name",
        "type": "nominal",
        "sort": names,
        "axis": {**_NAMES, "title": None, "ticks": False},
    }
    x = {"field": "value", "type": "quantitative", "axis": None, "scale": {"domain": [0, _top(data) * 1.18]}}
    said = {"field": "said", "type": "nominal"}
    return {
        "data": {"values": data}, "width": room - (230 if room > 400 else 140), "height": {"step": _step(names)},
        "layer": [
            {"transform": [{"filter": "datum.status === 'ok'"}], "mark": {"type": "bar", "color": ink.BAR, "cornerRadiusEnd": 2},
             "encoding": {"y": y, "x": x, "description": said}},
            {"mark": {"type": "text", "align": "left", "dx": 5}, "encoding": {"y": y, "x": {**x, "field": "place"}, "text": {"field": "text"}, "description": said}},
        ],
    }  # fmt: skip


def series(view: View, room: int) -> Spec:
    """Upright bars from zero over the periods; a hidden one is hatched at a height that says nothing."""
    data = [_datum(view, line.cells[0], name=_tick(view, line.codes[-1] if line.codes else "", room)) for line in view.grid.lines]
    height = _top(data) * 0.12
    for datum in data:
        datum["hidden"] = height if datum["status"] == "secret" else None
    names = [datum["name"] for datum in data]
    x = {"field": "name", "type": "ordinal", "sort": names, "axis": PERIODS, "scale": {"paddingInner": 0.25}}
    y = {
        "type": "quantitative",
        "axis": AMOUNTS,
        "scale": {"domainMin": 0},
    }
    said = {"field": "said", "type": "nominal"}
    layers: list[Spec] = [
        {"mark": {"type": "bar", "color": ink.BAR}, "encoding": {"x": x, "y": {**y, "field": "value"}, "description": said}},
        {"transform": [{"filter": "datum.status === 'secret'"}], "mark": {"type": "bar", "color": ink.HIDDEN}, "encoding": {"x": x, "y": {**y, "field": "hidden"}, "description": said}},
        {"transform": [{"filter": "datum.status === 'secret'"}], "mark": {"type": "text", "dy": -7}, "encoding": {"x": x, "y": {**y, "field": "hidden"}, "text": {"field": "text"}}},
    ]  # fmt: skip
    return {"data": {"values": data}, "width": room - 70, "height": 220, "layer": layers}


def lines(view: View, room: int) -> Spec:
    """One line a category over time, named at its end. A gap is a hidden or absent value."""
    names = list(_lines_over_time(view))
    data = [
        {**_datum(view, cell, name=name, also=short(period)), "when": _tick(view, period, room), "place": place}
        for name, cells in _lines_over_time(view).items()
        for place, (period, cell) in enumerate(cells)
    ]
    ticks = list(dict.fromkeys(datum["when"] for datum in data))
    x = {"field": "when", "type": "ordinal", "sort": ticks, "axis": PERIODS, "scale": {"type": "point", "padding": 0.3}}
    y = {
        "field": "value",
        "type": "quantitative",
        "axis": AMOUNTS,
    }
    y["scale"] = {"zero": view.indicator.unit != "%"}
    colour = {
        "field": "name",
        "type": "nominal",
        "scale": {"domain": names, "range": list(ink.SERIES[: len(names)])},
        "legend": _legend(room),
    }
    shape = {"field": "name", "type": "nominal", "scale": {"domain": names}, "legend": _legend(room)}
    said = {"field": "said", "type": "nominal"}
    return {
        "data": {"values": data}, "width": room - 70, "height": 240,
        "layer": [
            {"mark": {"type": "line", "strokeWidth": 2.2, "invalid": "break-paths-show-path-domains"}, "encoding": {"x": x, "y": y, "color": colour}},
            {"mark": {"type": "point", "filled": True, "size": 42, "opacity": 1}, "encoding": {"x": x, "y": y, "color": colour, "shape": shape, "description": said}},
        ],
    }  # fmt: skip


def _legend(room: int) -> Spec:
    return {
        "orient": "bottom",
        "direction": "horizontal",
        "columns": 4 if room > 400 else 2,
        "title": None,
        "symbolSize": 70,
        "columnPadding": 26,
        "labelLimit": 150,
    }


def tints(view: View, room: int) -> Spec:
    """Rows by columns, each value written on its tint: two splits at once."""
    grid = view.grid
    rows = [line for line in grid.lines if _says_something(line)]
    names = [_wrapped(line.label, 34 if room > 400 else 18) for line in rows]
    columns = [_wrapped(column, 9) for column in grid.columns]
    data = [
        {**_datum(view, cell, name=name, also=column), "column": column}
        for name, line in zip(names, rows, strict=True)
        for column, cell in zip(columns, line.cells, strict=True)
    ]
    labels = {"title": None, "labelExpr": _LINES, "ticks": False, "domain": False}
    y = {"field": "name", "type": "nominal", "sort": names, "axis": {**labels, **_NAMES}}
    above = 4 + 13 * max((column.count("\n") for column in columns), default=0)  # the first line stands there, the others below it
    top = {**labels, "orient": "top", "labelAngle": 0, "labelFontSize": 11, "labelPadding": above, "title": grid.column_name or None}
    x = {"field": "column", "type": "nominal", "sort": columns, "axis": top}
    fill = {"field": "value", "type": "quantitative", "scale": {"range": [ink.TINTS[0], ink.TINTS[3]], "domainMin": 0}, "legend": None}
    dark = f"datum.value > {_top(data) * 0.45}"
    box: Spec = {"type": "rect", "stroke": "white", "strokeWidth": 2}
    said = {"field": "said", "type": "nominal"}
    return {
        "data": {"values": data}, "width": max(room - (250 if room > 400 else 130), 54 * len(columns)), "height": {"step": _step(names)},
        "layer": [
            {"transform": [{"filter": "datum.value > 0"}], "mark": box, "encoding": {"x": x, "y": y, "color": fill, "description": said}},
            {"transform": [{"filter": "datum.status === 'ok' && datum.value <= 0"}], "mark": {**box, "fill": ink.ZERO}, "encoding": {"x": x, "y": y, "description": said}},
            # Apart: a mark without a value on a coloured scale is not drawn at all.
            {"transform": [{"filter": "datum.status === 'secret'"}], "mark": {**box, "fill": ink.HIDDEN}, "encoding": {"x": x, "y": y, "description": said}},
            {"transform": [{"filter": "datum.status === 'secret'"}], "mark": {"type": "text", "fontSize": 11, "stroke": "white", "strokeWidth": 5}, "encoding": {"x": x, "y": y, "text": {"field": "text"}}},
            {"mark": {"type": "text", "fontSize": 11},
             "encoding": {"x": x, "y": y, "text": {"field": "text"}, "color": {"condition": {"test": dark, "value": "white"}, "value": ink.INK}}},
        ],
    }  # fmt: skip


def _datum(view: View, cell: Cell, *, name: str, also: str = "") -> Spec:
    """A cell as a row of the chart. `also`: what its words say besides the name, where the name is another cell's too."""
    text = {"secret": "s.", "nc": "–"}.get(cell.status) or value_text(view.indicator, cell.value or Decimal(0))
    if cell.mark:
        text = f"{text}{NBSP}*"
    value = None if cell.value is None else float(cell.value)
    said = {"secret": "donnée masquée", "nc": "n’existe pas"}.get(cell.status) or value_text(
        view.indicator, cell.value or Decimal(0), unit=True
    )
    return {
        "name": name,
        "value": value,
        "place": value or 0,
        "status": cell.status,
        "text": text,
        "said": f"{f'{name}, {also}' if also else name} : {said}{f', {cell.mark}' if cell.mark else ''}".replace("\n", " "),
    }


def _lines_over_time(view: View) -> dict[str, list[tuple[str, Cell]]]:
    """Category → its cells in the order of time."""
    timed = next((place for place, split in enumerate(view.splits) if split.time), None)
    found: dict[str, list[tuple[str, Cell]]] = {}
    for cell in view.cells:
        period = cell.period if timed is None else cell.codes[timed]
        name = next(split.label_of(code) for split, code in zip(view.splits, cell.codes, strict=True) if not split.time)
        found.setdefault(name, []).append((period, cell))
    return {name: sorted(cells, key=lambda pair: pair[0]) for name, cells in found.items()}


def _step(names: Sequence[str]) -> int:
    """Height of a row with the longest of its labels."""
    return 11 + 15 * max((name.count("\n") + 1 for name in names), default=1)


def _says_something(line: Line) -> bool:
    return any(cell.status == "secret" or cell.value for cell in line.cells)


def _largest_first(line: Line) -> tuple[bool, Decimal]:
    value = line.cells[0].value
    return value is None, -(value or Decimal(0))


def _top(data: Sequence[Spec]) -> float:
    return max((datum["value"] for datum in data if datum["value"] is not None), default=0.0) or 1.0


def _wrapped(label: str, width: int) -> str:
    """Lines between words, and after hyphens; a longer word stays whole."""
    return "\n".join(textwrap.wrap(label, width, break_long_words=False)) or label


def _tick(view: View, period: str, room: int) -> str:
    """« T3 » over « 2025 »; « 2026 » over « en cours »."""
    if beside := view.so_far(period):
        return f"{short(period)}\n{beside}"
    return f"T{period[-1]}\n{period[:4] if room > 400 else period[2:4]}" if "-Q" in period else period
