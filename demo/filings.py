"""The history as each buyer hands it in: a year at once or in parts, in the platform's line fields."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from demo.history import Line
from demo.region.organisations import BUYERS, Organisation
from schemas.quantities import hours_text

_BY_CODE = {buyer.code: buyer for buyer in BUYERS}
MUCH = 600
"""Lines of a year from which a buyer sends by semester; by quarter from twice as many."""


@dataclass(frozen=True)
class Filing:
    """What one buyer sends at once."""

    buyer: Organisation
    period: str
    lines: list[dict[str, Any]]

    def body(self) -> dict[str, Any]:
        return {"period": self.period, "mode": "all", "reason": None, "lines": self.lines}


def filings(lines: Iterable[Line]) -> list[Filing]:
    """The largest first, so that several senders end together."""
    years: dict[tuple[str, int], list[Line]] = defaultdict(list)
    for line in lines:
        years[line.contract.buyer.code, line.month.year].append(line)
    found = [filing for (code, year), sent in years.items() for filing in _of_year(_BY_CODE[code], year, sent)]
    return sorted(found, key=lambda filing: -len(filing.lines))


def _of_year(buyer: Organisation, year: int, lines: list[Line]) -> Iterator[Filing]:
    """The year at once, or by semester or quarter where there is much."""
    grain, months = ("S", 6) if len(lines) > MUCH else ("", 12)
    grain, months = ("Q", 3) if len(lines) > 2 * MUCH else (grain, months)
    for part in range(12 // months):
        sent = [fields_of(line) for line in lines if (line.month.month - 1) // months == part]
        if sent:
            yield Filing(buyer, f"{year}-{grain}{part + 1}" if grain else str(year), sent)


def fields_of(line: Line) -> dict[str, Any]:
    """One line by English field names. Half of the buyers know their persons' names: those lines join across declarants."""
    fields: dict[str, Any] = {
        "contract": line.contract.number,
        "period": f"{line.month:%Y-%m}",
        "hours": hours_text(line.centihours),
        "employer_siret": line.employer.siret,
        "department": line.contract.department,
        "commune": line.contract.commune,
        "modality": line.employer.modality,
    }
    return fields | (_person(line) if line.person else _group(line))


def knows_names(buyer: Organisation) -> bool:
    return buyer.number % 2 == 0


def _person(line: Line) -> dict[str, Any]:
    person = line.person
    if person is None or line.starts_on is None:
        raise ValueError("a group has no person")
    named = {"birth_name": person.last_name, "first_name": person.first_name, "birth_date": person.born.isoformat()}
    return {
        **(named if knows_names(line.contract.buyer) else {}),
        "worker_id": person.worker_id,
        "birth": f"{person.born:%Y-%m}",
        "sex": person.sex,
        "residence": person.residence,
        "qpv": "oui" if person.qpv else "non",
        "public": person.public,
        "education": person.education,
        "unemployment": person.unemployment,
        "prescriber": person.prescriber,
        "work_contract": person.work_contract,
        "work_contract_starts_on": line.starts_on.isoformat(),
    }


def _group(line: Line) -> dict[str, Any]:
    return {"group": "Équipe du chantier", "persons": line.persons, "women": line.women, "under_26": line.under_26, "qpv": line.qpv}
