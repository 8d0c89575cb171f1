"""Which indicators a release prints, in which tables, and of which protected cells each is made: hidden wherever one of them is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from services.indicators.catalogue.answers import Status
from services.indicators.catalogue.definitions import BY_ID
from services.indicators.catalogue.parameters import FULL_TIME_HOURS, USUAL, Parameters
from services.indicators.catalogue.spans import Span
from services.indicators.release import tables
from services.indicators.release.facets import OF_GROUPS, OTHERS, WITH_SHARE, WOMEN, Measure
from services.indicators.release.figures import Committed, Measured
from services.indicators.release.joint import Protected
from services.indicators.release.tables import REST, Codes, Key, as_printed, without

PUBLISHED: Final = ("I01", "I02", "I03", "I04", "I05", "I05G", "I06", "I07", "I10", "I12", "I15", "I16", "I18")
"""The first edition's indicators. One that the catalogue does not know is not printed."""
_SPLIT: Final[Mapping[str, frozenset[str]]] = {
    "I02": frozenset({"modality", "department,modality"}),
    "I03": frozenset({"work_contract"}),
    "I04": frozenset({"buyer_kind", "sector", "mechanism"}),
    "I18": frozenset(",".join(table) for table in tables.OF_PERSONS),
}
"""Hours under another name, and in which of the tables of hours."""


@dataclass(frozen=True)
class Cell:
    """One printed cell: where it stands, and its value unless it is hidden or does not exist. `since`: whose value it kept."""

    indicator: str
    period: str
    codes: Codes
    value: Decimal | None
    status: Status
    since: str | None = None

    @property
    def split(self) -> str:
        return tables.table_of((self.period, self.codes))


def cells(
    measured: Mapping[Key, Measured], promised: Mapping[Key, Committed], protected: Mapping[Measure, Protected], parameters: Parameters = USUAL,
) -> Iterator[Cell]:  # fmt: skip
    """Every cell of a year. A kept value has none here: it is the earlier release's, which `store` copies."""
    full_time = {period: parameters.on(FULL_TIME_HOURS, Span.parse(as_printed(period)).start) for period, _ in promised}
    for key, found in measured.items():
        if not key[0].endswith(REST):
            yield from (cell for cell in _of_lines(key, found, measured, protected, full_time[key[0]]) if cell.indicator in BY_ID)
    for key, promise in promised.items():
        yield from (cell for cell in _of_contracts(key, promise, protected) if cell.indicator in BY_ID)


def _of_lines(
    key: Key, found: Measured, measured: Mapping[Key, Measured], protected: Mapping[Measure, Protected], full_time: Decimal
) -> Iterator[Cell]:
    table, hours = tables.table_of(key), Decimal(found.centihours) / 100
    persons, period = protected["persons"], key[0]
    of_hours = (protected["hours"], [key])
    yield _cell("I01", key, hours, *of_hours)
    for indicator, split in _SPLIT.items():
        if table in split:
            yield _cell(indicator, key, hours / full_time if indicator == "I18" else hours, *of_hours)
    if table in _SPLIT["I18"]:
        yield _cell("I05", key, Decimal(found.persons), persons, [key])
        if any(name == "sex" for name, _ in key[1]):
            whole = (period, without(key[1], "sex"))
            yield _cell("I06", key, _percent(found.persons, measured[whole].persons), persons, [key, whole])
        if table in WITH_SHARE:
            parts = [key, (period, (*key[1], WOMEN)), (period, (*key[1], OTHERS))]
            yield _cell("I07", key, _percent(found.women, found.persons), persons, parts)
    if table in OF_GROUPS:
        yield _cell("I05G", key, Decimal(found.groups), protected["groups"], [key])


def _of_contracts(key: Key, found: Committed, protected: Mapping[Measure, Protected]) -> Iterator[Cell]:
    """Contracts and commitments are public records; what was done of them tells hours, and stands beside the cell's own hours. Where no
    contract ended there is no rate, whatever the hours."""
    yield _cell("I10", key, Decimal(found.active))
    yield _cell("I12", key, Decimal(found.worked))
    yield _cell("I15", key, Decimal(found.notified))
    hours = Protected(protected["hours"].hidden & ({key} if found.ended else frozenset()), {}, protected["hours"].kept)
    beside = Protected(protected["done"].hidden | hours.hidden, {}, {**hours.kept, **protected["done"].kept})
    yield _cell("I16", key, _percent(found.done.centihours, found.ended * 100), beside, [key])


def _percent(part: int, whole: int) -> Decimal | None:
    return Decimal(part) * 100 / whole if whole else None


def _cell(indicator: str, key: Key, value: Decimal | None, protected: Protected | None = None, made_of: list[Key] | None = None) -> Cell:
    period, codes = as_printed(key[0]), key[1]
    hidden = [part for part in made_of or () if protected and part in protected.hidden]
    if hidden:
        kept = [protected.kept.get(part) for part in hidden] if protected else []
        since = min((found[0] for found in kept if found), key=_age) if kept and all(kept) else None
        return Cell(indicator, period, codes, None, "secret", since)
    if value is None or indicator not in BY_ID:
        return Cell(indicator, period, codes, None, "nc")
    return Cell(indicator, period, codes, value.quantize(Decimal(1).scaleb(-BY_ID[indicator].decimals), ROUND_HALF_UP), "ok")


def _age(release: str) -> list[int]:
    """`2026-9` came before `2026-10`."""
    return [int(part) for part in release.split("-") if part.isdecimal()]
