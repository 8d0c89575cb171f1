"""A thematic study: the tables of a theme as one edition prints them, each with its sentence, and the network's analysis."""

from __future__ import annotations

from dataclasses import dataclass

from kit.problems import Problem
from services.indicators.catalogue import themes
from services.indicators.catalogue.answers import Cell
from services.indicators.catalogue.themes import Block, Theme
from services.indicators.panorama import figures
from services.indicators.panorama.source import Source
from services.indicators.release.store import PrintedCell
from services.indicators.store import studies
from services.indicators.views import mobility, sentences
from services.indicators.views.view import View


@dataclass(frozen=True)
class Part:
    """One table; `view` is None where the edition does not print it."""

    block: Block
    view: View | None

    @property
    def sentence(self) -> str:
        return sentences.of(self.view) if self.view else ""


@dataclass(frozen=True)
class Study:
    """`figure`: the theme's figure for the region, as printed; `said`: the analysis, a paragraph each."""

    theme: Theme
    figure: str
    said: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def path(self) -> str:
        return f"/etudes/{self.theme.slug}"


async def study(source: Source, slug: str) -> Study:
    """Raises a 404 problem for an unknown theme."""
    theme = themes.BY_SLUG.get(slug)
    if theme is None:
        raise Problem(404, "UNKNOWN_THEME", "Cette étude n’existe pas", f"Études : {', '.join(themes.BY_SLUG)}.")
    words = (await studies.said(source.pool, source.issued.edition)).get(slug, "")
    parts = [Part(block, await _view(source, block)) for block in theme.blocks]
    figure = await _figure(source, theme.figure)
    return Study(theme, figure, tuple(line.strip() for line in words.splitlines() if line.strip()), tuple(parts))


async def _view(source: Source, block: Block) -> View | None:
    periods = source.quarters if block.over == "quarters" else (source.year,)
    return await source.view(block.indicator, block.pairs(periods)) if periods else None


async def _figure(source: Source, block: Block) -> str:
    """The one value that a block comes to, with its unit; empty where there is none."""
    if block.by:
        return await mobility.figure(block, lambda wanted: _view(source, wanted))
    view = await _view(source, block)
    if view is None or not view.cells:
        return ""
    return written(view, view.cells[0], unit=True)


def rows(view: View) -> list[list[str]]:
    """Label and values of each row that says something, as they are printed."""
    whole = not view.splits or any(split.complete or split.time for split in view.splits)
    kept = [line for line in view.grid.lines if whole or any(cell.status == "secret" or cell.value for cell in line.cells)]
    return [[line.label, *(written(view, cell) for cell in line.cells)] for line in kept]


def columns(view: View) -> list[str]:
    units = {"h": "Heures", "%": "Part", "ETP": "ETP", "personnes": "Personnes"}
    return [view.grid.row_name, *(column or units.get(view.indicator.unit, view.indicator.unit) for column in view.grid.columns)]


def written(view: View, cell: Cell, *, unit: bool = False) -> str:
    """« 12 480 », « s. », « – », « 12 480 * »."""
    value = None if cell.value is None else f"{cell.value:f}"
    return figures.said(view.indicator.id, PrintedCell(cell.codes, value, cell.status, cell.mark), unit=unit)
