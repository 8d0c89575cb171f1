"""The SVG and PNG of a view: the renderer's drawing, with hidden values hatched and words for those who do not see it."""

from __future__ import annotations

import re
from typing import Any, Final
from xml.sax.saxutils import escape

from services.indicators.views.ink import FONT, HIDDEN, MEASURED
from services.indicators.views.painter import Painter

_ROOT: Final = re.compile(r"<svg\b[^>]*>")
_HATCH: Final = (
    f'<defs><pattern id="hachures" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    f'<rect width="7" height="7" fill="#f4f6f9"/><rect width="2.4" height="7" fill="{"#6b7787"}"/></pattern></defs>'
)


async def svg(painter: Painter, spec: dict[str, Any], title: str) -> str:
    """The drawing of a specification made by views/charts.py."""
    return finished(await painter.svg(spec), title, str(spec["description"]))


def finished(drawn: str, title: str, said: str) -> str:
    """A drawing with a title, a description, and the hatching in place of the grey that stands for « s. »."""
    root = _ROOT.search(drawn)
    if root is None:
        raise ValueError("not an SVG")
    head = root[0].removesuffix(">") + ' role="img" aria-labelledby="titre-graphique texte-graphique" xml:lang="fr">'
    words = f'<title id="titre-graphique">{escape(title)}</title><desc id="texte-graphique">{escape(said)}</desc>'
    body = drawn[root.end() :].replace(f'"{HIDDEN}"', '"url(#hachures)"').replace(f'font-family="{MEASURED}"', f'font-family="{FONT}"')
    return drawn[: root.start()] + head + words + (_HATCH if "url(#hachures)" in body else "") + body
