"""`./macs demo generate`: a canonical file on the declarant's contracts, and what it adds up to, counted here and nowhere else."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from demo import calibration, canonical
from demo.clock import window
from demo.people_drawn import Beneficiary, draw_person
from demo.region.contracts import Contract, contracts_of
from demo.region.organisations import DECLARANT, EMPLOYERS, Employer
from demo.run_folder import SEED

COLUMNS: Final = (
    "contract", "period", "hours", "employer_siret", "department", "worker_id", "birth", "sex", "residence", "qpv", "public", "education",
    "unemployment", "prescriber", "modality", "work_contract", "work_contract_starts_on",
)  # fmt: skip


@dataclass
class Sums:
    """The independent sums: what a platform that counts every line once must come to."""

    lines: int = 0
    persons: int = 0
    centihours: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def add(self, department: str, month: str, sex: str, centihours: int) -> None:
        self.lines += 1
        key = (department, month, sex)
        self.centihours[key] = self.centihours.get(key, 0) + centihours

    def as_json(self) -> dict[str, Any]:
        hours = [
            {"department": department, "month": month, "sex": sex, "centihours": centihours}
            for (department, month, sex), centihours in sorted(self.centihours.items())
        ]
        return {"lines": self.lines, "hours": hours, "persons": self.persons}


def generate(lines: int, seed: int, out: Path, *, today: date) -> Sums:
    """Write the file and, beside it, `<file>.expected.json`. The same lines, seed and day give the same bytes; another seed other persons."""
    sums = Sums()
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", newline="", encoding="utf-8") as target:
        canonical.write(target, COLUMNS, _rows(lines, seed, today, sums))
    out.with_name(f"{out.name}.expected.json").write_text(json.dumps(sums.as_json(), indent=1), encoding="utf-8")
    return sums


def _rows(lines: int, seed: int, today: date, sums: Sums) -> Iterator[tuple[str, ...]]:
    """Person after person until there are enough lines. A worker id names its seed, so two seeds never share a line."""
    draw = random.Random(f"generate/{seed}")
    places, employers = _places(today), _by_modality()
    while sums.lines < lines:
        contract, months = draw.choice(places)
        spell = _spell(months, min(lines - sums.lines, draw.randrange(2, 13)), draw)
        sums.persons += 1
        person = draw_person(f"G{seed}-{sums.persons:06d}", _sex(draw), contract.department, spell[0], draw)
        employer = draw.choice(employers[person.modality])
        for month in spell:
            centihours = draw.randrange(50, calibration.LARGEST_MONTH + 1)
            sums.add(contract.department, f"{month:%Y-%m}", person.sex, centihours)
            yield _row(contract, employer, person, month, spell[0], centihours)


def _places(today: date) -> list[tuple[Contract, list[date]]]:
    """The declarant's contracts with their months of the last three years."""
    months = window(today)
    found = [(contract, [month for month in months if contract.runs(month)]) for contract in contracts_of(DECLARANT, today, SEED)]
    return [(contract, running) for contract, running in found if running]


def _by_modality() -> dict[str, list[Employer]]:
    return {modality: [employer for employer in EMPLOYERS if employer.modality == modality] for modality in calibration.MODALITIES}


def _spell(months: list[date], length: int, draw: random.Random) -> list[date]:
    length = min(length, len(months))
    start = draw.randrange(len(months) - length + 1)
    return months[start : start + length]


def _sex(draw: random.Random) -> str:
    return "F" if draw.random() < calibration.WOMEN else "M"


def _row(contract: Contract, employer: Employer, person: Beneficiary, month: date, starts_on: date, centihours: int) -> tuple[str, ...]:
    return (
        contract.number, f"{month:%Y-%m}", canonical.hours(centihours), employer.siret, contract.department, person.worker_id,
        f"{person.born:%Y-%m}", person.sex, person.residence, "oui" if person.qpv else "non", person.public, person.education,
        person.unemployment, person.prescriber, person.modality, person.work_contract, starts_on.isoformat(),
    )  # fmt: skip
