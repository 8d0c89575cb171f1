"""Colours, sizes and the font of charts, as in kit/web/static/tokens.css."""

from __future__ import annotations

from typing import Any, Final

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
INK: Final = "#1b2430"
SOFT: Final = "#4a5665"
LINE: Final = "#cfd6df"
BAR: Final = "#4a83bd"
HIDDEN: Final = "#b7c0cc"
"""Stands for « s. »: plain grey in the specification, hatched in our own drawing of it."""
ZERO: Final = "#f2f5f9"
"""A printed zero: there, and next to nothing."""
TINTS: Final = ("#d3e2f2", "#8fb6dc", "#4a83bd", "#14528f")
SERIES: Final = ("#14528f", "#c2571a", "#2f7d4f", "#7a4fa3", "#8a6d00", "#b0325f", "#3c7f8c", "#5b5b5b")
"""Told apart without colour too: each line ends with its name."""
FONT: Final = "Atkinson Hyperlegible Next, Segoe UI, Noto Sans, Arial, sans-serif"
MEASURED: Final = "Atkinson Hyperlegible Next"
"""What the renderer lays out with: the family of the pages alone. It looks for each of a list anew, with every text. Drawings then name FONT."""

CONFIG: Final[dict[str, Any]] = {
    "font": MEASURED,
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK, "titleColor": SOFT, "labelFontSize": 12, "titleFontSize": 11.5, "titleFontWeight": "normal", "gridColor": "#e3e7ec",
        "domainColor": LINE, "tickColor": LINE, "labelLimit": 0,
    },
    "text": {"color": INK, "fontSize": 12},
    "title": {"color": INK, "fontSize": 15, "subtitleColor": SOFT, "subtitleFontSize": 12, "anchor": "start", "frame": "bounds"},
    "legend": {"labelFontSize": 12, "labelColor": INK, "title": None},
}  # fmt: skip
