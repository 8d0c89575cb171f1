"""What the table residence × work says: who works where they live, and the strongest flow between two departments."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from decimal import Decimal
from typing import Final

from kit.web import filters
from schemas.vocabulary import UNKNOWN
from services.indicators.catalogue.answers import Cell
from services.indicators.catalogue.themes import Block
from services.indicators.views.view import View, value_text

WORK, RESIDENCE = "department", "residence_department"
AXES: Final = (WORK, RESIDENCE)


def crosses(view: View) -> bool:
    """Whether the view is the table of departments of residence by departments of work, of one period."""
    return {split.name for split in view.splits} == set(AXES) and len(view.periods) == 1


def at_home(crossed: Iterable[Cell], by_residence: Iterable[Cell]) -> tuple[Decimal, bool] | None:
    """(share from 0 to 1, whether it is exact): of the hours whose place of residence is known, those that people work in their own department.
    Where one of these is hidden the published ones are a least value; None where the hours of a residence are hidden, or there are none.

    `crossed`: hours by (department of work, of residence); `by_residence`: the same hours by residence alone.
    """
    here = [cell.value for cell in crossed if cell.codes[0] == cell.codes[1]]
    known = [cell.value for cell in by_residence if cell.codes[0] != UNKNOWN]
    whole = sum((value or Decimal(0) for value in known), Decimal(0))
    if not any(here) or None in known or not whole:
        return None
    return sum((value or Decimal(0) for value in here), Decimal(0)) / whole, None not in here


async def figure(block: Block, view_of: Callable[[Block], Awaitable[View | None]]) -> str:
    """« 61,3 % », « au moins 61,3 % »: `at_home` of a theme's figure; empty where the release does not print what it is made of."""
    crossed, by_residence = await view_of(block), await view_of(Block("", block.indicator, RESIDENCE))
    found = None if crossed is None or by_residence is None else at_home(crossed.cells, by_residence.cells)
    return "" if found is None else f"{'' if found[1] else 'au moins '}{filters.percent(found[0])}"


def sentence(view: View, opening: str) -> str:
    """The department where most is done by its own people, and the strongest published flow into another one. `opening`: « En 2025 »."""
    work, residence = (next(place for place, split in enumerate(view.splits) if split.name == name) for name in AXES)
    places = view.splits[work]
    found = [
        (cell.value, cell.codes[residence], cell.codes[work]) for cell in view.cells if cell.value and cell.codes[residence] in places.codes
    ]
    home = max((entry for entry in found if entry[1] == entry[2]), default=None)
    away = max((entry for entry in found if entry[1] != entry[2]), default=None)
    text = ""
    if home is not None:
        published = " qui soit publié" if view.hidden else ""
        text = f"{opening}, le chiffre le plus élevé{published} est celui des habitants de « {places.label_of(home[2])} » qui y travaillent : {_said(view, home[0])}."
    if away is not None:
        live, go = places.label_of(away[1]), places.label_of(away[2])
        text += f" La plus forte navette qui soit publiée mène de « {live} » (résidence) à « {go} » (travail) : {_said(view, away[0])}."
    return text.strip()


def _said(view: View, value: Decimal) -> str:
    return value_text(view.indicator, value, unit=True)
