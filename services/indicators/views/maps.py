"""The map of the eight departments for Vega-Lite, with Paris and the inner ring drawn again beside it.

Two traps (both tested): rings must run clockwise, else d3 fills the whole plane; and Vega-Lite drops a shape whose value is null, so what
is coloured is the *band* of a value, and « hidden » is a band.
"""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from services.indicators.catalogue.answers import Cell
from services.indicators.views import bands, ink
from services.indicators.views.view import View, value_text

GEOMETRY: Final = Path(__file__).parents[1] / "reference" / "idf.d3.geojson"
CLOSE: Final = ("75", "92", "93", "94")
CREDIT: Final = "Contours : IGN – Admin Express COG 2018, Licence Ouverte."
HIDDEN_LABEL: Final = "s. : donnée masquée"
ZERO_LABEL: Final = "zéro"
NOTHING_LABEL: Final = "aucune donnée"
_ZERO: Final = "#edf4fb"
_NOTHING: Final = "#e4e7ec"
Spec = dict[str, Any]


def choropleth(view: View, room: int) -> Spec:
    """The map of a view by department of one period."""
    cells = {cell.codes[0]: cell for cell in view.cells}
    scale = bands.Scale.of(view.indicator, (cell.value for cell in cells.values()))
    shapes = [_shape(feature, view, scale, cells.get(feature["properties"]["code"])) for feature in features()]
    labels = [scale.label(view.indicator, place) for place in range(1, bands.BANDS + 1)]
    colours = dict(zip(labels, ink.TINTS, strict=True)) | {ZERO_LABEL: _ZERO, HIDDEN_LABEL: ink.HIDDEN, NOTHING_LABEL: _NOTHING}
    used = {shape["band"] for shape in shapes}
    known = any(cell.value for cell in cells.values())  # bands of nothing would be invented
    domain = [label for label in colours if (known and label in labels) or label in used]
    ranged = {"domain": domain, "range": [colours[label] for label in domain]}
    wide = room > 400
    region = _map(shapes, ranged, width=380 if wide else 310, height=310 if wide else 250, labelled=_far(), size=15)
    loupe = _map(
        [s for s in shapes if s["code"] in CLOSE], ranged, width=190 if wide else 220, height=170 if wide else 190, labelled=CLOSE, size=13
    )
    loupe["title"] = {
        "text": "Paris et petite couronne",
        "fontSize": 11.5,
        "fontWeight": "normal",
        "color": ink.SOFT,
        "frame": "group",
        "anchor": "middle",
        "offset": 4,
    }
    legend = {
        "orient": "none",
        "legendX": 0,
        "legendY": 185 if wide else 205,
        "title": None,
        "symbolType": "square",
        "symbolSize": 220,
        "symbolStrokeColor": ink.LINE,
        "symbolStrokeWidth": 1,
        "rowPadding": 4,
    }
    loupe["layer"][0]["encoding"]["color"]["legend"] = legend
    parts = [region, loupe]
    apart = {"resolve": {"scale": {"color": "independent"}, "legend": {"color": "independent"}}}
    return {"hconcat": parts, "spacing": 24, **apart} if wide else {"vconcat": parts, "spacing": 12, **apart}  # fmt: skip


def _map(shapes: list[Spec], ranged: Spec, *, width: int, height: int, labelled: tuple[str, ...], size: int) -> Spec:
    colour = {"field": "band", "type": "nominal", "scale": ranged, "legend": None}
    said = {"field": "said", "type": "nominal"}
    named = [shape for shape in shapes if shape["code"] in labelled]
    dark = [label for label, colour in zip(ranged["domain"], ranged["range"], strict=True) if colour in ink.TINTS[2:]]
    on_dark = f"indexof({json.dumps(dark, ensure_ascii=False)}, datum.band) >= 0"
    return {
        "width": width, "height": height, "projection": {"type": "mercator"},
        "layer": [
            {"data": {"values": shapes}, "mark": {"type": "geoshape", "stroke": "white", "strokeWidth": 1.2}, "encoding": {"color": colour, "description": said}},
            {"data": {"values": [{key: shape[key] for key in ("code", "lon", "lat", "band")} for shape in named]},
             "mark": {"type": "text", "fontWeight": "bold", "fontSize": size, "aria": False},
             "encoding": {"longitude": {"field": "lon", "type": "quantitative"}, "latitude": {"field": "lat", "type": "quantitative"},
                          "text": {"field": "code"}, "color": {"condition": {"test": on_dark, "value": "white"}, "value": ink.INK}}},
        ],
    }  # fmt: skip


def _far() -> tuple[str, ...]:
    return tuple(feature["properties"]["code"] for feature in features() if feature["properties"]["code"] not in CLOSE)


def _shape(feature: Spec, view: View, scale: bands.Scale, cell: Cell | None) -> Spec:
    """A feature with its band; zero is a figure, one without a cell is « nothing », one that is hidden is « hidden », and all are drawn."""
    known = feature["properties"]
    band, said = NOTHING_LABEL, NOTHING_LABEL
    if cell is not None and cell.status == "secret":
        band, said = HIDDEN_LABEL, "donnée masquée"
    elif cell is not None and cell.value is not None:
        said = value_text(view.indicator, cell.value, unit=True)
        band = scale.label(view.indicator, scale.place_of(cell.value)) if cell.value else ZERO_LABEL
    return {
        "type": "Feature", "geometry": feature["geometry"], "code": known["code"], "lon": known["label_lon"], "lat": known["label_lat"],
        "band": band, "said": f"{known['nom']} ({known['code']}) : {said}",
    }  # fmt: skip


@cache
def features() -> tuple[Spec, ...]:
    """The outlines, rounded to three decimals (80 m): enough for a picture, and half the work of drawing it."""
    found = json.loads(GEOMETRY.read_text())["features"]
    return tuple({**feature, "geometry": _rounded(feature["geometry"])} for feature in found)


def _rounded(geometry: Spec) -> Spec:
    return {"type": geometry["type"], "coordinates": _points(geometry["coordinates"])}


def _points(value: Any) -> Any:
    if isinstance(value, float | int):
        return float(Decimal(str(value)).quantize(Decimal("0.001"), ROUND_HALF_UP))
    return [_points(part) for part in value]
