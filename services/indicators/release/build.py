"""A release out of the replica: every indicator's cells, measured in one snapshot and protected together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import duckdb

from services.indicators.catalogue.answers import Status
from services.indicators.catalogue.definitions import BY_ID, FTE_HOURS
from services.indicators.catalogue.spans import Span, quarter, quarter_before
from services.indicators.release import tables
from services.indicators.release.disclosure import hides_hours, hides_persons, hides_share, protect
from services.indicators.release.figures import Codes, Committed, Key, Measured, commitments, is_sensitive, measure

FIRST_YEAR: Final = 2010
GROUP_TABLES: Final = frozenset({"", "department", "modality", "department,modality"})


@dataclass(frozen=True)
class Cell:
    """One printed cell: an indicator, where it stands, and its value unless it is hidden or does not exist."""

    indicator: str
    period: str
    codes: Codes
    value: Decimal | None
    status: Status

    @property
    def split(self) -> str:
        return tables.table_of((self.period, self.codes))


@dataclass(frozen=True)
class Release:
    """All cells of a release, and for each period the share of persons that a regional token identifies."""

    figures_until: date
    """The first day that the figures do not cover any more."""
    cells: tuple[Cell, ...]
    joinable: Mapping[str, Decimal]
    periods: tuple[str, ...]

    @property
    def hidden(self) -> int:
        return sum(cell.status == "secret" for cell in self.cells)


def build(connection: duckdb.DuckDBPyConnection, today: date) -> Release:
    """Build the release of today: years and quarters up to the last quarter that is over. Blocking; all of one snapshot."""
    until = quarter_before(today).end
    spans = _spans(connection, until)
    measured = {key: found for span in spans for key, found in measure(connection, span).items()}
    promised = commitments(connection, spans)
    quarters_of = _quarters_of(spans)
    cells = [*_hours(measured, quarters_of), *_persons(measured), *_groups(measured), *_contracts(promised)]
    return Release(until, tuple(cells), _joinable(measured), tuple(span.text for span in spans))


def _spans(connection: duckdb.DuckDBPyConnection, until: date) -> list[Span]:
    """Each year with data and its quarters, the last year as far as the figures go."""
    row = connection.execute("select min(year(period_start)), max(year(period_start)) from facts").fetchone()
    if row is None or row[0] is None:
        return []
    last = (until - date.resolution).year
    found = []
    for of in range(max(FIRST_YEAR, row[0]), min(row[1], last) + 1):
        found.append(Span(date(of, 1, 1), min(date(of + 1, 1, 1), until), str(of)))
        found.extend(span for number in range(1, 5) if (span := quarter(of, number)).end <= until)
    return found


def _quarters_of(spans: Iterable[Span]) -> dict[str, tuple[str, ...]]:
    texts = [span.text for span in spans]
    return {year: tuple(text for text in texts if text.startswith(f"{year}-")) for year in texts if "-" not in year}


def _hours(measured: Mapping[Key, Measured], quarters_of: Mapping[str, tuple[str, ...]]) -> Iterable[Cell]:
    """I01, and what is I01 under another name: I02 is its split by modality, I18 its quotient."""
    primary = {key for key, found in measured.items() if hides_hours(found.contributors, sensitive=_says_something(measured, key))}
    values = {key: found.centihours for key, found in measured.items()}
    hidden = protect(values, primary, [*tables.margins(measured), *tables.years(measured, quarters_of)])
    for key, found in measured.items():
        hours = Decimal(found.centihours) / 100
        yield _cell("I01", key, hours, hidden)
        yield _cell("I18", key, hours / FTE_HOURS, hidden)
        if any(name == "modality" for name, _ in key[1]):
            yield _cell("I02", key, hours, hidden)


def _persons(measured: Mapping[Key, Measured]) -> Iterable[Cell]:
    """I05 and its shares I06 and I07. Persons are added nowhere, yet within a period nearly every one is in one part only: the same rule."""
    primary = {key for key, found in measured.items() if hides_persons(found.persons, sensitive=_says_something(measured, key))}
    hidden = protect({key: found.persons for key, found in measured.items()}, primary, tables.margins(measured))
    for key, found in measured.items():
        yield _cell("I05", key, Decimal(found.persons), hidden)
        if any(name == "sex" for name, _ in key[1]):
            whole = measured[key[0], tuple(code for code in key[1] if code[0] != "sex")]
            yield _cell("I06", key, _percent(found.persons, whole.persons), hidden)
    yield from _women(measured, hidden)


def _women(measured: Mapping[Key, Measured], hidden_persons: Collection[Key]) -> Iterable[Cell]:
    """I07: hidden where women or the others are few, where either count is hidden, and where the other shares would give it away."""
    here = {key: found for key, found in measured.items() if all(name != "sex" for name, _ in key[1])}
    primary = {
        key
        for key, found in here.items()
        if key in hidden_persons
        or (key[0], (*key[1], ("sex", "F"))) in hidden_persons
        or hides_share(found.women, found.persons, sensitive=is_sensitive(key[1]))
    }
    hidden = protect({key: found.women for key, found in here.items()}, primary, tables.margins(here))
    for key, found in here.items():
        yield _cell("I07", key, _percent(found.women, found.persons), hidden)


def _groups(measured: Mapping[Key, Measured]) -> Iterable[Cell]:
    here = {key: found for key, found in measured.items() if tables.table_of(key) in GROUP_TABLES}
    primary = {key for key, found in here.items() if hides_persons(found.groups)}
    hidden = protect({key: found.groups for key, found in here.items()}, primary, tables.margins(here))
    return [_cell("I05G", key, Decimal(found.groups), hidden) for key, found in here.items()]


def _contracts(promised: Mapping[Key, Committed]) -> Iterable[Cell]:
    """I15 is the buyers' own public commitment; I16 tells hours done, so it is protected like hours."""
    primary = {key for key, found in promised.items() if hides_hours(found.done)}
    hidden = protect({key: found.done.centihours for key, found in promised.items()}, primary, tables.margins(promised))
    for key, found in promised.items():
        yield _cell("I15", key, Decimal(found.notified), ())
        yield _cell("I16", key, _percent(found.done.centihours, found.ended * 100), hidden)


def _says_something(measured: Mapping[Key, Measured], key: Key) -> bool:
    """Whether a sensitive criterion's cell is about somebody: « nobody here » is no secret where nobody worked at all."""
    period, codes = key
    if not is_sensitive(codes):
        return False
    around = measured[period, tuple(code for code in codes if code[0] != "public")]
    return around.centihours > 0 or around.persons > 0


def _percent(part: int, whole: int) -> Decimal | None:
    return Decimal(part) * 100 / whole if whole else None


def _cell(indicator: str, key: Key, value: Decimal | None, hidden: Collection[Key]) -> Cell:
    if key in hidden:
        return Cell(indicator, *key, None, "secret")
    if value is None:
        return Cell(indicator, *key, None, "nc")
    return Cell(indicator, *key, value.quantize(Decimal(1).scaleb(-BY_ID[indicator].decimals), ROUND_HALF_UP), "ok")


def _joinable(measured: Mapping[Key, Measured]) -> dict[str, Decimal]:
    region = {period: found for (period, codes), found in measured.items() if not codes and found.persons}
    return {
        period: (Decimal(found.joinable) / found.persons).quantize(Decimal("0.0001"), ROUND_HALF_UP) for period, found in region.items()
    }
