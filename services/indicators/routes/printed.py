"""Questions answered from the published tables: a slice of a printed table, never a computation that a release did not protect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from kit.postgres import Pool
from kit.problems import Problem
from services.indicators.catalogue.answers import Answer, Cell
from services.indicators.catalogue.dimensions import BY_NAME
from services.indicators.catalogue.questions import Question
from services.indicators.catalogue.spans import Span
from services.indicators.release import store
from services.indicators.release.printed import PUBLISHED
from services.indicators.release.store import PrintedCell, Published
from services.indicators.release.tables import DIMENSIONS

KEPT: Final = "non mis à jour"
"""A value of an earlier release: what changed since would speak of few persons or companies."""


@dataclass(frozen=True)
class Printed:
    """A table of a release."""

    release: Published
    answer: Answer


async def ask(pool: Pool, question: Question) -> Printed:
    """Raises a 404 problem before the first release, and for a table that is not published."""
    release = await store.newest(pool)
    if release is None:
        raise Problem(404, "NOT_PUBLISHED", "Rien n’est encore publié", "La première publication n’a pas eu lieu.")
    return Printed(release, await answer(pool, release, question))


async def answer(pool: Pool, release: Published, question: Question) -> Answer:
    """The answer of one release. Raises a 404 problem for a table that it does not print."""
    if any(split.time for split in question.splits):
        return await _over_time(pool, release, question)
    split = split_of(question)
    periods = [span.text for span in question.spans]
    tables = await store.cells(pool, release.release, question.indicator.id, periods, split)
    if set(tables) != set(periods):
        raise Problem(404, "NOT_PUBLISHED", "Ce tableau n’est pas publié", await _why(pool, release, question, split))
    cells = tuple(cell for period in periods for cell in _slice(question, period, split, tables[period]))
    share = None
    if question.indicator.counts_persons and len(periods) == 1:
        share = await store.joinable_share(pool, release.release, periods[0])
    return Answer(question, cells, Decimal(share) if share else None, release.parameters)


async def _over_time(pool: Pool, release: Published, question: Question) -> Answer:
    """A split by quarter or year: the printed tables of those periods, each cell under the span that was asked for."""
    names = [split.name for split in question.splits if split.time]
    if len(names) > 1:
        raise Problem(404, "NOT_PUBLISHED", "Ce tableau n’est pas publié", "Une seule ventilation par période à la fois.")
    units = {span: _units(release, span, names[0]) for span in question.spans}
    if not all(units.values()):
        raise Problem(404, "NOT_PUBLISHED", "Ce tableau n’est pas publié", await _why(pool, release, question, (names[0],)))
    inner = replace(
        question, spans=tuple(dict.fromkeys(unit for found in units.values() for unit in found)), by=_without(question, names[0])
    )
    found = await answer(pool, release, inner)
    place = question.by.index(names[0])
    cells = [
        Cell((*cell.codes[:place], cell.period, *cell.codes[place:]), span.text, cell.value, cell.status, cell.mark)
        for span, inside in units.items()
        for cell in found.cells
        if cell.period in {unit.text for unit in inside}
    ]
    return Answer(question, tuple(cells), found.joinable_share, release.parameters)


def _units(release: Published, span: Span, unit: str) -> list[Span]:
    months = {"year": 12, "quarter": 3}.get(unit)
    spans = [Span.parse(text) for text in release.periods]
    return [found for found in spans if _months(found) == months and span.start <= found.start and found.end <= span.end]


def _months(span: Span) -> int:
    return (span.end.year - span.start.year) * 12 + span.end.month - span.start.month


def _without(question: Question, name: str) -> tuple[str, ...]:
    return tuple(other for other in question.by if other != name)


def split_of(question: Question) -> tuple[str, ...]:
    """The printed table in which the question's cells stand: its splits and its filters together."""
    asked = {*question.by, *question.filters}
    return tuple(name for name in DIMENSIONS if name in asked) + tuple(sorted(asked - set(DIMENSIONS)))


async def _why(pool: Pool, release: Published, question: Question, split: Sequence[str]) -> str:
    """Which of period, indicator and table is not there, and what is in its place."""
    one, name = question.indicator, release.release
    absent = [span.text for span in question.spans if span.text not in release.periods]
    if absent:
        return f"La publication {name} ne porte pas sur {', '.join(absent)}. Périodes publiées : {', '.join(release.periods)}."
    printed = await store.tables_of(pool, name, one.id, question.spans[0].text)
    if not printed:
        return f"{one.id} n’est pas dans la publication {name}. Indicateurs publiés : {', '.join(PUBLISHED)}."
    known = ", ".join(f"by={table}" if table else "sans ventilation" for table in printed)
    return f"{one.id} n’est pas publié {_by(split)}. Tableaux publiés : {known}."


def _by(split: Sequence[str]) -> str:
    """« par département de travail et par sexe », « sans ventilation »."""
    labels = [BY_NAME[name].label.split(" (")[0] for name in split]
    return " et ".join(f"par {label[0].lower()}{label[1:]}" for label in labels) if labels else "sans ventilation"


def _slice(question: Question, period: str, split: Sequence[str], printed: Sequence[PrintedCell]) -> list[Cell]:
    found: dict[tuple[str, ...], list[PrintedCell]] = {}
    for cell in printed:
        codes = dict(zip(split, cell.codes, strict=True))
        if all(codes[name] in wanted for name, wanted in question.filters.items()):
            found.setdefault(tuple(codes[name] for name in question.by), []).append(cell)
    return [_cell(question, period, codes, found[codes]) for codes in sorted(found, key=lambda codes: _order(question, codes))]


def _cell(question: Question, period: str, codes: tuple[str, ...], printed: Sequence[PrintedCell]) -> Cell:
    """One printed cell, or the sum of the filter's several where they may be added and none is hidden."""
    if len(printed) > 1 and not question.indicator.additive:
        raise Problem(
            422, "NOT_ADDITIVE", f"{question.indicator.name} : ces chiffres ne s’additionnent pas", "Demandez-les un par un, ou par by=."
        )
    hidden = next((cell for cell in printed if cell.status != "ok"), None)
    if hidden:
        return Cell(codes, period, None, "secret" if hidden.status == "secret" else "nc")
    kept = any(cell.since for cell in printed)
    return Cell(codes, period, sum((Decimal(cell.value or 0) for cell in printed), Decimal(0)), mark=KEPT if kept else None)


def _order(question: Question, codes: tuple[str, ...]) -> tuple[tuple[int, str], ...]:
    return tuple((_place(BY_NAME[name].codes, code), code) for name, code in zip(question.by, codes, strict=True))


def _place(known: Mapping[str, str], code: str) -> int:
    return list(known).index(code) if code in known else len(known)
