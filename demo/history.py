"""Three years of hours: who worked on which contract in which month, so that a full year is a tenth of the region's (calibration)."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from demo import calibration
from demo.clock import month_after, window, years
from demo.people_drawn import Beneficiary, draw_person, pick
from demo.region.contracts import Contract, contracts, shares_of_buyers
from demo.region.organisations import BUYERS, EMPLOYERS, Employer, Organisation

CARRIED_OVER = 0.2
"""Share of a year's persons who were there the year before. Proposal."""
SECOND_LINE = 0.93
"""Share of persons who work on a second contract, or for a second employer, in the same months. Makes about twelve lines a person."""
GROUPED = "BAILLEUR_SOCIAL"
"""A landlord's shorter contracts are declared by group, without persons."""


@dataclass(slots=True)
class Line:
    """One line of a file. Either `person` or `persons` (a group)."""

    contract: Contract
    month: date
    employer: Employer
    centihours: int
    person: Beneficiary | None = None
    starts_on: date | None = None
    persons: int = 0
    women: int = 0
    under_26: int = 0
    qpv: int = 0


@dataclass
class Path:
    """A person's year: consecutive months on one or two places of work."""

    person: Beneficiary
    months: list[date]
    places: list[tuple[Contract, Employer]]
    lines: list[Line] = field(default_factory=list)


def lines(today: date, seed: int = 1) -> list[Line]:
    """All lines of the 36 months before `today`, in the order of contract and month."""
    kept = set(window(today))
    region = Region(today, seed)
    found = [line for year in years(today) for line in region.year(year) if line.month in kept]
    return sorted(found, key=lambda line: (line.contract.buyer.code, line.month, line.contract.number))


class Region:
    """Draws year after year; whole years are drawn and cut to the window afterwards, so that a part of a year is a part of its persons."""

    def __init__(self, today: date, seed: int) -> None:
        self._seed = seed
        self._today = today
        self._contracts: dict[tuple[str, str], list[Contract]] = defaultdict(list)
        for contract in contracts(today, seed):
            self._contracts[contract.buyer.code, contract.department].append(contract)
        self._buyers = {department: shares_of_buyers(department) for department in calibration.DEPARTMENTS}
        self._leaving: dict[str, list[tuple[Beneficiary, Organisation]]] = defaultdict(list)
        self._persons = 0
        self._heads = 0

    def year(self, year: int) -> list[Line]:
        index = min(year - years(self._today)[0], len(calibration.YEARS) - 1)
        activity = calibration.YEARS[index]
        draw = random.Random(f"{self._seed}/history/{year}")
        paths = [path for department, count in _heads(activity).items() for path in self._department(year, department, count, draw)]
        _scale(paths, round(calibration.HOURS_A_YEAR * 100 / calibration.SCALE * activity * (1 - calibration.GROUP_SHARE)))
        return [*(line for path in paths for line in path.lines), *self._groups(year, activity, draw)]

    def _department(self, year: int, department: str, count: int, draw: random.Random) -> Iterator[Path]:
        """The department's persons of the year. Women come evenly spread, so that every department has some."""
        leaving, self._leaving[department] = self._leaving[department], []
        for index in range(count):
            sex = self._sex()
            stayed = next((who for who in leaving if who[0].sex == sex), None) if index < count * CARRIED_OVER else None
            if stayed:
                leaving.remove(stayed)
                person, buyer = stayed
                months = [date(year, month, 1) for month in range(1, 2 + draw.randrange(3, 11))]
            else:
                months = _months(year, draw)
                buyer = self._pick_buyer(department, draw)
                person = draw_person(self._worker_id(), sex, department, months[0], draw)
            if months[-1].month == 12:
                self._leaving[department].append((person, buyer))
            path = Path(person, months, self._places(buyer, department, person, months, draw))
            path.lines = _lines_of(path, draw)
            yield path

    def _worker_id(self) -> str:
        self._persons += 1
        return f"P{self._seed}-{self._persons:05d}"

    def _sex(self) -> str:
        """One woman in every six or seven persons of a year, whoever comes next."""
        self._heads += 1
        before, after = int((self._heads - 1) * calibration.WOMEN), int(self._heads * calibration.WOMEN)
        return "F" if after > before else "M"

    def _pick_buyer(self, department: str, draw: random.Random) -> Organisation:
        code = pick(self._buyers[department], draw)
        return next(buyer for buyer in BUYERS if buyer.code == code)

    def _places(
        self, buyer: Organisation, department: str, person: Beneficiary, months: list[date], draw: random.Random
    ) -> list[tuple[Contract, Employer]]:
        """One place of work, or two that differ by contract or employer."""
        running = [
            contract
            for index, contract in enumerate(self._contracts[buyer.code, department])
            if (index == 0 or buyer.kind != GROUPED) and all(contract.runs(month) for month in months)
        ]
        allowed = employers_of(department, person.modality)
        first = (draw.choices(running, [contract.weight for contract in running])[0], draw.choice(allowed))
        if draw.random() >= SECOND_LINE:
            return [first]
        second = (draw.choice(running), draw.choice(allowed))
        return [first, second] if second != first else [first]

    def _groups(self, year: int, activity: float, draw: random.Random) -> list[Line]:
        """Landlords' group lines: persons and hours of an employer's month, « dont » counts within them."""
        months = [date(year, month, 1) for month in range(1, 13)]
        grouped = [c for (_, _), chain in self._contracts.items() for c in chain[1:] if c.buyer.kind == GROUPED]
        places = [(contract, month) for contract in grouped for month in months if contract.runs(month)]
        if not places:
            return []
        target = calibration.HOURS_A_YEAR * 100 / calibration.SCALE * activity * calibration.GROUP_SHARE
        each = target / len(places)
        found = []
        for contract, month in places:
            employer = employers_of(contract.department, "EMBAUCHE_DIRECTE")[0]
            centihours = _quarters(each * draw.uniform(0.6, 1.4) * _season(contract, month))
            persons = max(2, round(centihours / draw.uniform(4_500, 8_000)))
            found.append(
                Line(contract, month, employer, centihours, persons=persons, women=round(persons * draw.uniform(0, 0.3)),
                     under_26=round(persons * draw.uniform(0.1, 0.4)), qpv=round(persons * draw.uniform(0.2, 0.6)))
            )  # fmt: skip
        return found


def employers_of(department: str, modality: str) -> list[Employer]:
    """The employers of this modality that work in the department: some everywhere, not all of them."""
    listed = [employer for employer in EMPLOYERS if employer.modality == modality]
    return random.Random(f"{department}/{modality}").sample(listed, min(len(listed), 7))


def _heads(activity: float) -> dict[str, int]:
    """Persons of a year by department, adding up to the region's number."""
    total = round(calibration.PERSONS_A_YEAR / calibration.SCALE * activity)
    found = {department: int(total * share) for department, share in calibration.DEPARTMENTS.items()}
    first = next(iter(found))
    found[first] += total - sum(found.values())
    return found


def _months(year: int, draw: random.Random) -> list[date]:
    """Consecutive months of one year: people come all year round, some more in January, and stay for most of a year."""
    start = 1 if draw.random() < 0.25 else draw.randrange(1, 12)
    length = min(13 - start, max(2, round(draw.gauss(9.0, 3.0))))
    return [month_after(date(year, start, 1), step) for step in range(length)]


def _lines_of(path: Path, draw: random.Random) -> list[Line]:
    rhythm = draw.gammavariate(4.0, 1_700)
    starts_on = path.months[0].replace(day=draw.randrange(1, 20))
    found = []
    for month in path.months:
        share = draw.uniform(0.4, 0.8) if len(path.places) == 2 else 1.0
        for part, (contract, employer) in zip((share, 1 - share), path.places, strict=False):
            centihours = rhythm * part * _season(contract, month) * draw.uniform(0.85, 1.15)
            found.append(Line(contract, month, employer, round(centihours), path.person, starts_on))
    return found


def _season(contract: Contract, month: date) -> float:
    seasonal = contract.sector in calibration.SEASONAL_SECTORS
    return (calibration.BUILDING_SEASON if seasonal else calibration.SERVICE_SEASON)[month.month - 1]


def _scale(paths: list[Path], target: int) -> None:
    """Bring the year's hours to the target; nobody's month goes above full time."""
    for _ in range(6):
        factor = target / sum(line.centihours for path in paths for line in path.lines)
        for path in paths:
            for month in path.months:
                _fit([line for line in path.lines if line.month == month], factor)


def _fit(lines: list[Line], factor: float) -> None:
    total = sum(line.centihours for line in lines) * factor
    held = min(1.0, calibration.LARGEST_MONTH / total) if total else 1.0
    for line in lines:
        line.centihours = _quarters(line.centihours * factor * held)


def _quarters(centihours: float) -> int:
    """Time sheets are kept by the quarter of an hour."""
    return max(50, int(centihours / 25) * 25)
