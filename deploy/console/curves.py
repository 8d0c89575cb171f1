"""Small curves of the last quarter of an hour, as SVG without style: the table beside them holds the numbers."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT = 240, 40


def curve(values: Sequence[float], label: str) -> Markup:
    """A line from oldest to newest, from zero to the largest value. Empty without two values."""
    if len(values) < 2:
        return Markup("")
    top = max(*values, 1e-9)
    step = WIDTH / (len(values) - 1)
    points = " ".join(f"{place * step:.1f},{HEIGHT - 2 - (HEIGHT - 4) * value / top:.1f}" for place, value in enumerate(values))
    return Markup(
        '<svg class="curve" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{label}">'
        '<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="1.5"/></svg>'
    ).format(w=WIDTH, h=HEIGHT, label=label, points=points)
