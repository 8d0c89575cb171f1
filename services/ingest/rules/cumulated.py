"""Hours cumulated since the beginning, made into the hours of each period (practice ruling 1); the source value is kept beside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from services.ingest.rules.declared import KnownContract, RawLine
from services.ingest.rules.durations import centihours_of, french_hours
from services.ingest.rules.row import Row
from services.ingest.rules.times import NoDate, french_period, period_of
from services.ingest.rules.work import Work

FIELD: Final = "hours_cumulated"
Before = Mapping[tuple[UUID, str], Sequence[tuple[date, int]]]
"""What the declarant has declared already: (contract, `holder_of`) → first day of a period and its centi-hours."""


def holder_of(who: str, employer: str, *, person: bool) -> str:
    """Whose cumul it is: a person's over the contract, else an employer's (with its group): two companies of a contract have a cumul each."""
    return who if person else f"{employer}\x1f{who}"


class Cumulated:
    """Remembers the last cumul of each person or group on each contract while a file is read in the order of its periods."""

    def __init__(self, before: Before) -> None:
        self._before = before
        self._last: dict[tuple[UUID, str], int] = {}
        self._seen: dict[tuple[UUID, str, date], str] = {}

    def settle(self, row: Row, work: Work, contract: KnownContract, who: str, employer: str) -> None:
        """hours = cumul − the cumul before, which is the file's own, else the sum of what was declared for earlier periods. `who` is
        `holder_of` the row."""
        cumul = row.read(FIELD, centihours_of, "V09")
        if cumul is None or work.period is None:
            return
        key = (contract.uid, who)
        other = self._seen.setdefault((*key, work.period.start), employer)
        if other != employer:
            row.refuse(
                FIELD,
                "CUMUL",
                "deux employeurs donnent un cumul pour cette personne, ce marché et ce mois ; déclarez les heures de la période",
            )
            return
        before = self._last.get(key)
        if before is None:
            before = sum(hours for start, hours in self._before.get(key, ()) if start < work.period.start)
        if cumul < before:
            sentence = (f"le cumul baisse : {french_hours(cumul)} h à la fin de {french_period(work.period)}, après {french_hours(before)} h. "
                        "Un cumul ne diminue pas ; corrigez-le, ou déclarez les heures de la période")  # fmt: skip
            row.refuse(FIELD, "CUMUL", sentence)
            return
        self._last[key] = cumul
        work.centihours, work.centihours_cumulated = cumul - before, cumul


def in_order(lines: Iterable[RawLine]) -> list[RawLine]:
    """The lines as they came; in the order of their periods where some give a cumul."""
    found = list(lines)
    return sorted(found, key=_start) if any(line.values.get(FIELD) for line in found) else found


def _start(line: RawLine) -> date:
    try:
        return period_of(str(line.values.get("period", ""))).start
    except NoDate:
        return date.max
