"""The charts of a document: the public pages' own drawings without their frames, since the page around them says title, source and warnings."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from services.indicators.panorama.source import Source
from services.indicators.views import charts, ink, maps, pictures, sentences
from services.indicators.views.forms import painter_of
from services.indicators.views.view import View

Spec = dict[str, Any]
WIDE, NARROW = 620, 340
PADDING: Final = {"left": 12, "right": 8, "top": 2, "bottom": 2}
"""The renderer measures with a narrower font than the page prints with: labels at the edge would be cut."""
MOST_BARS: Final = 10
PLACE_BARS: Final = 5
"""On the second page of a place, where two charts and four tables stand."""
_OUTLINE: Final = "#fe00"
"""With a department's number a colour that nothing else has: the outline is found again in the drawing."""
_OUTLINED: Final = re.compile(rf'<path [^>]*stroke="{_OUTLINE}(\d\d)"[^>]*?(?:/>|></path>)')
TABLE_SAYS: Final = "Les valeurs sont dans le tableau."


@dataclass(frozen=True)
class Picture:
    """An SVG and the words for those who do not see it."""

    svg: str
    alt: str


async def painted(source: Source, part: Spec, view: View, said: str = TABLE_SAYS) -> Picture:
    """The drawing alone, with the sentence that the page would say of it."""
    alt = " ".join(text for text in (f"{view.title}.", sentences.of(view), said) if text)
    spec = {"$schema": ink.SCHEMA, "description": alt, "padding": PADDING, "background": None, "config": ink.CONFIG, "vconcat": [part]}
    return Picture(pictures.finished(await _drawn(source, spec), view.title, alt), alt)


async def _drawn(source: Source, spec: Spec) -> str:
    name = json.dumps(spec, ensure_ascii=False)
    if name not in source.drawn:
        source.drawn[name] = await painter_of(source.runtime).svg(spec)
    return source.drawn[name]


async def suitable(source: Source, view: View, room: int) -> Picture:
    """The drawing that the table's own page shows; of a ranking only what has a height, since on paper hidden rows fill a page with « s. »."""
    ranked = await _ranked(source, view, room, MOST_BARS) if charts.is_ranked(view) else None
    return ranked or await painted(source, charts.drawing(view, room), view)


async def quarters(source: Source, code: str | None, room: int = WIDE) -> Picture | None:
    """Hours over the last three years' quarters."""
    here = [("department", code)] if code else []
    view = await source.view("I01", [*(("period", period) for period in source.quarters), *here]) if source.quarters else None
    return await painted(source, {**charts.series(view, room), "height": 170}, view) if view else None


async def bars(
    source: Source, indicator: str, by: str, code: str | None = None, room: int = NARROW, most: int = MOST_BARS
) -> Picture | None:
    """The largest published values of a split of the year; hidden ones have their « s. » in the table, and no height to draw."""
    here = [("department", code)] if code else []
    view = await source.view(indicator, [("period", source.year), ("by", by), *here])
    return await _ranked(source, view, room, most) if view else None


async def _ranked(source: Source, view: View, room: int, most: int) -> Picture | None:
    """None where nothing is published that has a height."""
    drawn = largest(view, room, most)
    if not drawn["data"]["values"]:
        return None
    whole = len(drawn["data"]["values"]) == sum(cell.status == "secret" or bool(cell.value) for cell in view.cells)
    return await painted(
        source, drawn, view, TABLE_SAYS if whole else "Les valeurs publiées les plus élevées ; toutes sont dans le tableau."
    )


def largest(view: View, room: int, most: int) -> Spec:
    """So many bars of a view, those of the largest published values."""
    drawn = charts.bars(view, room)
    return _only(drawn, [datum for datum in drawn["data"]["values"] if datum["status"] == "ok"][:most])


def _only(drawn: Spec, kept: list[Spec]) -> Spec:
    """The same bars with fewer rows: their order is part of the axis."""
    names = [datum["name"] for datum in kept]
    for layer in drawn["layer"]:
        layer["encoding"]["y"] = {**layer["encoding"]["y"], "sort": names}
    return {**drawn, "data": {"values": kept}}


async def region_map(source: Source, highlighted: str | None, indicator: str = "I01") -> Picture | None:
    """The map of the departments; one of them outlined on its own sheet. Drawn once with all outlines, of which a sheet keeps its own."""
    view = await source.view(indicator, [("period", source.year), ("by", "department")])
    if view is None:
        return None
    part = maps.choropleth(view, WIDE)
    for drawn in part["hconcat"]:
        drawn["layer"][1:1] = [_outline(shape) for shape in drawn["layer"][0]["data"]["values"]]
    found = await painted(source, part, view, "Le classement est dans le tableau.")
    return Picture(_only_outline(found.svg, highlighted), found.alt)


def _outline(shape: Spec) -> Spec:
    mark = {"type": "geoshape", "filled": False, "stroke": f"{_OUTLINE}{shape['code']}", "strokeWidth": 3}
    return {"data": {"values": [shape]}, "mark": mark}


def _only_outline(svg: str, code: str | None) -> str:
    def kept(path: re.Match[str]) -> str:
        return path[0].replace(f"{_OUTLINE}{path[1]}", ink.SERIES[1]) if path[1] == code else ""

    return _OUTLINED.sub(kept, svg)
