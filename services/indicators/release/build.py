"""A release out of the replica: measured in one snapshot, protected year by year together with the releases before it."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from uuid import UUID

import duckdb

from services.indicators.catalogue import measures
from services.indicators.catalogue.parameters import USUAL, Parameters
from services.indicators.catalogue.spans import quarter_before
from services.indicators.release import changes, figures, insight, joint
from services.indicators.release.changes import Made
from services.indicators.release.facets import Facet, Measure, facets
from services.indicators.release.figures import Committed, Measured
from services.indicators.release.joint import Past, Protected
from services.indicators.release.memory import Remembered
from services.indicators.release.printed import Cell, cells
from services.indicators.release.tables import Key, Year, as_printed, table_of, year_until

FIRST_YEAR: Final = 2010
MANY_CELLS: Final = 400
"""Hidden cells from which a process of its own is worth its start."""


@dataclass(frozen=True)
class Measurement:
    """A year as it is now, and how its cells came to differ from the last release."""

    year: Year
    measured: Mapping[Key, Measured]
    promised: Mapping[Key, Committed]
    facets: tuple[Facet, ...]
    few: Mapping[Measure, frozenset[Key]]
    atoms: bytes
    parameters: Parameters = USUAL
    """What the formulas take from elsewhere, as it was at that moment."""


@dataclass(frozen=True)
class Release:
    """All cells of a release, what it remembers of itself, and why it could not be an edition."""

    figures_until: date
    """The first day that the figures do not cover any more."""
    cells: tuple[Cell, ...]
    joinable: Mapping[str, Decimal]
    """Period → share of the region's persons known by a token that joins across declarants, where this release prints their number."""
    periods: tuple[str, ...]
    not_ready: tuple[str, ...] = ()
    memory: Mapping[tuple[str, Measure], Past] = field(default_factory=dict)
    atoms: Mapping[str, bytes] = field(default_factory=dict)
    owners: Mapping[tuple[str, Measure], Mapping[Key, frozenset[UUID]]] = field(default_factory=dict)
    """The employer who knows a cell because nobody else makes it."""
    parameters: Parameters = USUAL
    shares_kept: Mapping[str, str] = field(default_factory=dict)
    """Period → release, where the number of the region's persons, and so the share that is said with it, is that release's."""

    @property
    def hidden(self) -> int:
        return sum(cell.status == "secret" for cell in self.cells)

    @property
    def repeated(self) -> list[str]:
        """`2025 hours`: what is said again as it was, for want of a pattern."""
        return [f"{year} {measure}" for (year, measure), past in sorted(self.memory.items()) if past.release]


def measure(
    connection: duckdb.DuckDBPyConnection, today: date, past: Sequence[Remembered], atoms: Mapping[tuple[str, str], bytes],
    public_employers: Sequence[UUID] = (),
) -> list[Measurement]:  # fmt: skip
    """Measure every year up to the last quarter that is over. `atoms`: (release, year) → its sums by person. Blocking; all of one snapshot."""
    until, parameters = quarter_before(today).end, measures.in_force(connection)
    found = []
    for year in _years(connection, until):
        figures.prepare(connection, year, public_employers)
        measured = figures.measure(connection, year)
        promised = figures.commitments(connection, year, public_employers)
        of_year = tuple(_with_movers(connection, year, facets(measured, promised, year), past, atoms))
        few = _by_few(connection, year, of_year, past, atoms)
        found.append(Measurement(year, measured, promised, of_year, few, changes.packed(connection), parameters))
    return found


def _years(connection: duckdb.DuckDBPyConnection, until: date) -> list[Year]:
    """Each year with data, the last one as far as the figures go."""
    row = connection.execute("select min(year(period_start)), max(year(period_start)) from facts").fetchone()
    if row is None or row[0] is None:
        return []
    return [year_until(of, until) for of in range(max(FIRST_YEAR, row[0]), min(row[1], (until - date.resolution).year) + 1)]


def _by_few(
    connection: duckdb.DuckDBPyConnection, year: Year, of_year: Iterable[Facet], past: Sequence[Remembered],
    atoms: Mapping[tuple[str, str], bytes],
) -> dict[Measure, frozenset[Key]]:  # fmt: skip
    """By measure the cells whose change since a reader last saw them few persons or companies made."""
    since: dict[str, Mapping[Measure, Made]] = {}
    found: dict[Measure, frozenset[Key]] = {}
    for facet in of_year:
        last = next(iter(_history(past, year, facet.measure)), None)
        few: set[Key] = set()
        by_release: dict[str, set[Key]] = {}
        for key in joint.changed(facet, last) if last else ():
            shown = last.shown(key) if last else None
            by_release.setdefault(shown[0] if shown else last.release if last else "", set()).add(key)
        for release, keys in sorted(by_release.items()):
            if release not in since:
                earlier = atoms.get((release, year.span.text))
                since[release] = changes.made_by(connection, year, earlier) if earlier else {}
            few |= changes.by_few(facet.measure, keys, since[release].get(facet.measure))
        found[facet.measure] = frozenset(few)
    return found


def _with_movers(
    connection: duckdb.DuckDBPyConnection, year: Year, of_year: Iterable[Facet], past: Sequence[Remembered],
    atoms: Mapping[tuple[str, str], bytes],
) -> Iterator[Facet]:  # fmt: skip
    """Each with who alone changed its cells since what was said of it last."""
    since: dict[str, Mapping[Measure, Mapping[Key, frozenset[UUID]]]] = {}
    for facet in of_year:
        last = next(iter(_history(past, year, facet.measure)), None)
        earlier = atoms.get((last.release, year.span.text)) if last and last.values != facet.values else None
        if last and earlier and last.release not in since:
            since[last.release] = changes.movers(connection, year, earlier)
        moved = since[last.release].get(facet.measure) if last and earlier else None
        yield replace(facet, moved=moved) if moved else facet


def build(measurements: Sequence[Measurement], today: date, past: Sequence[Remembered] = (), *, primary_only: bool = False) -> Release:
    """Protect what was measured. Raises `flow.NoPattern`; then nothing may be published."""
    protected = dict(_protected(measurements, past, primary_only=primary_only))
    memory: dict[tuple[str, Measure], Past] = {}
    owners: dict[tuple[str, Measure], Mapping[Key, frozenset[UUID]]] = {}
    found: list[Cell] = []
    for one in measurements:
        year = one.year.span.text
        of_year = {facet.measure: protected[year, facet.measure] for facet in one.facets}
        found.extend(cells(one.measured, one.promised, of_year, one.parameters))
        for facet in one.facets:
            hidden = of_year[facet.measure]
            committed = {key: promise.ended for key, promise in one.promised.items()} if facet.measure == "done" else {}
            before = _history(past, one.year, facet.measure)
            rules = all(earlier.apart for earlier in before), all(earlier.somebody for earlier in before)
            known = insight.of(facet, next(iter(before), None), hidden.hidden, hidden.open)
            today_said = Past("", one.year, facet.values, hidden.needs, hidden.hidden, hidden.kept, committed, *rules, facet.told_to, known)
            memory[year, facet.measure] = hidden.repeats or today_said
            owners[year, facet.measure] = {key: facet.maker(key) for key in facet.makers}
    joinable, shares_kept = _joinable(measurements, protected, past)
    return Release(
        quarter_before(today).end, tuple(found), joinable, tuple(span.text for one in measurements for span in one.year.spans),
        tuple(_not_ready(measurements, protected)), memory, {one.year.span.text: one.atoms for one in measurements}, owners,
        measurements[0].parameters if measurements else USUAL, shares_kept,
    )  # fmt: skip


def _protected(
    measurements: Sequence[Measurement], past: Sequence[Remembered], *, primary_only: bool
) -> Iterator[tuple[tuple[str, Measure], Protected]]:
    """Years are independent of each other, so the heavy ones are shared out among processes. The order of the answers is fixed."""
    tasks = [(one, facet, _history(past, one.year, facet.measure)) for one in measurements for facet in one.facets]
    heavy = [task for task in tasks if len(task[1].needs) > MANY_CELLS and not primary_only]
    workers = min(len(heavy), os.cpu_count() or 1, 2)
    if workers < 2:
        for one, facet, history in tasks:
            yield (one.year.span.text, facet.measure), _solve(one, facet, history, primary_only=primary_only)
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        futures: list[tuple[tuple[str, Measure], Future[Protected]]] = []
        for one, facet, history in sorted(tasks, key=lambda task: -len(task[1].needs)):
            few = one.few.get(facet.measure, frozenset())
            futures.append(((one.year.span.text, facet.measure), pool.submit(joint.protect, facet, one.year, history, few)))
        for name, future in futures:
            yield name, future.result()


def _solve(one: Measurement, facet: Facet, history: Sequence[Past], *, primary_only: bool) -> Protected:
    return joint.protect(facet, one.year, history, one.few.get(facet.measure, frozenset()), primary_only=primary_only)


def _history(past: Sequence[Remembered], year: Year, measure: Measure) -> list[Past]:
    return [found for earlier in past if (found := earlier.memory.get((year.span.text, measure)))]


def _not_ready(measurements: Sequence[Measurement], protected: Mapping[tuple[str, Measure], Protected]) -> Iterator[str]:
    """Why the release cannot be an edition: a department's hours of a year are not in it, nor those that were published before (practice 12)."""
    for one in measurements:
        hours = protected[one.year.span.text, "hours"]
        for period, codes in sorted(hours.hidden - hours.kept.keys()):
            if period == one.year.text and table_of((period, codes)) in {"", "department"} and one.measured[period, codes].centihours:
                where = f"le département {codes[0][1]}" if codes else "la région"
                yield f"Le total annuel des heures {as_printed(period)} pour {where} ne peut pas être publié."


def _joinable(
    measurements: Iterable[Measurement], protected: Mapping[tuple[str, Measure], Protected], past: Sequence[Remembered]
) -> tuple[dict[str, Decimal], dict[str, str]]:
    """(period → share, period → release whose share goes on). A share tells its whole: beside a hidden number there is none, since a third is
    one of three; beside a number that few changed, or nobody, it is the older one, since 0,5677 after 0,5684 is one more person."""
    found: dict[str, Decimal] = {}
    kept: dict[str, str] = {}
    for one in measurements:
        persons, last = protected[one.year.span.text, "persons"], next(iter(_history(past, one.year, "persons")), None)
        for span in one.year.spans:
            place, here = (one.year.name(span), ()), one.measured[one.year.name(span), ()]
            if place in persons.kept:
                kept[span.text] = persons.kept[place][0]
            elif place not in persons.hidden and here.persons:
                if last and last.printed(place) and last.values[place] == here.persons:
                    kept[span.text] = last.release
                else:
                    found[span.text] = (Decimal(here.joinable) / here.persons).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return found, kept
