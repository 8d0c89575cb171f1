"""A stream of lines as filings of 1,000: 85 % new, 10 % corrections, 3 % repetitions, 2 % retractions; and what they add up to.

The sums are kept by a few lines of their own here (the last revision of each line wins), without the code that is measured.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from schemas.hours import HoursCorrected, HoursDeclared, HoursRetracted
from schemas.topics import HOURS
from schemas.vocabulary.modalities import MODALITIES
from schemas.vocabulary.publics import PUBLICS
from schemas.vocabulary.work_contracts import WORK_CONTRACTS

DEPARTMENTS: Final = ("75", "77", "78", "91", "92", "93", "94", "95")
CORRECTED, REPEATED, RETRACTED = 0.10, 0.03, 0.02
CONTRACTS, DECLARANTS, EMPLOYERS, PERSONS = 600, 60, 800, 12_350

_DECLARED, _CORRECTED, _RETRACTED = (HOURS.type_name(kind) for kind in (HoursDeclared, HoursCorrected, HoursRetracted))


@dataclass(frozen=True, slots=True)
class Record:
    """One message as it stands on the topic."""

    key: bytes
    ce_type: str
    value: bytes


@dataclass(slots=True)
class _Known:
    """What the stream remembers of a line; the oracle is the sum over all of these."""

    contract: int
    month: str
    parts: tuple[str, str, str]
    revision: int = 1
    live: bool = True
    centihours: int = 0


@dataclass
class Stream:
    """Endless, and the same lines for the same seed. `filings` holds the numbers sent so far."""

    seed: int
    lines_in_filing: int = 1_000
    filings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._contracts = [(self._uuid(), DEPARTMENTS[place % 8], place % DECLARANTS) for place in range(CONTRACTS)]
        self._declarants = [self._uuid() for _ in range(DECLARANTS)]
        self._works = [self._work() for _ in range(2_000)]
        self._persons = [self._person() for _ in range(PERSONS)]
        self._places: dict[tuple[int, str], str] = {}
        self._lines: dict[str, _Known] = {}
        self._of_declarant: list[list[str]] = [[] for _ in range(DECLARANTS)]
        self._sent = 0

    def filing(self, lines: int | None = None) -> list[Record]:
        """The records of one more filing."""
        lines = lines or self.lines_in_filing
        number = f"D-{2020 + len(self.filings) // 1_000_000}-{len(self.filings) % 1_000_000:06d}"
        self.filings.append(number)
        declarant = self._random.randrange(DECLARANTS)
        records: list[Record] = []
        touched: set[str] = set()
        for line_no in range(1, lines + 1):
            place = f'"declaration_id":"{number}","declaration_revision":1,"line_no":{line_no},"lines_in_revision":{lines}'
            records.append(self._next(declarant, place, touched))
            if self._random.random() < REPEATED / (1 - REPEATED):
                records.append(self._random.choice(records))
        return records

    def _next(self, declarant: int, place: str, touched: set[str]) -> Record:
        chance = self._random.random() * (1 - REPEATED)
        line_id = self._earlier(declarant, touched) if chance < CORRECTED + RETRACTED else None
        if line_id is None:
            line_id, known = self._new(declarant, touched)
            return self._valued(_DECLARED, line_id, known, place)
        known = self._lines[line_id]
        known.revision += 1
        known.live = chance < CORRECTED
        if known.live:
            known.centihours = self._random.randrange(1, 16_000)
            return self._valued(_CORRECTED, line_id, known, place)
        return self._record(_RETRACTED, line_id, known, place)

    def _earlier(self, declarant: int, touched: set[str]) -> str | None:
        """A line that this filing has not named yet: naming it twice would be refused at the door."""
        known = self._of_declarant[declarant]
        for _ in range(5 if known else 0):
            found = self._random.choice(known)
            if found not in touched:
                touched.add(found)
                return found
        return None

    def _new(self, declarant: int, touched: set[str]) -> tuple[str, _Known]:
        pick = self._random
        line_id = self._uuid()
        contract = declarant + DECLARANTS * pick.randrange(CONTRACTS // DECLARANTS)
        month = f"{2024 + pick.randrange(3)}-{1 + pick.randrange(12):02d}"
        parts = (self._place(contract, month), pick.choice(self._works), pick.choice(self._persons))
        known = self._lines[line_id] = _Known(contract, month, parts, centihours=pick.randrange(1, 16_000))
        self._of_declarant[declarant].append(line_id)
        touched.add(line_id)
        return line_id, known

    def _valued(self, ce_type: str, line_id: str, known: _Known, place: str) -> Record:
        return self._record(ce_type, line_id, known, f'{place},"centihours":{known.centihours},{",".join(known.parts)}')

    def _record(self, ce_type: str, line_id: str, known: _Known, rest: str) -> Record:
        self._sent += 1
        contract = self._contracts[known.contract][0]
        value = (
            f'{{"id":"01a20526-a7ea-7{self.seed % 0x1000:03x}-a000-{self._sent:012x}","occurred_at":"2026-11-22T21:08:52.548113Z",'
            f'"line_id":"{line_id}","revision":{known.revision},"contract_uid":"{contract}",{rest}}}'
        )
        return Record(contract.encode(), ce_type, value.encode())

    def _place(self, contract: int, month: str) -> str:
        found = self._places.get((contract, month))
        if found is None:
            _, department, declarant = self._contracts[contract]
            year, number = int(month[:4]), int(month[5:])
            end = date(year + number // 12, number % 12 + 1, 1)
            found = self._places[contract, month] = (
                f'"declarant_id":"{self._declarants[declarant]}","period":{{"grain":"month","start":"{month}-01","end":"{end}"}},'
                f'"department":"{department}","commune":"{department}001","centihours_training":null,'
                f'"work_contract_reference":null,"work_contract_starts_on":"{month}-01","work_contract_ends_on":null,"job":null'
            )
        return found

    def _work(self) -> str:
        modality, work_contract = (self._random.choice(list(codes)) for codes in (MODALITIES, WORK_CONTRACTS))
        return (
            f'"employer_siret":"{self._random.randrange(EMPLOYERS) + 10**13}","employer_name":"Entreprise fictive",'
            f'"modality":"{modality}","work_contract":"{work_contract}","source":"buyer","group":null'
        )

    def _person(self) -> str:
        pick = self._random
        regional = f'"{pick.getrandbits(128):032x}"' if pick.random() < 0.6 else "null"
        return (
            f'"person":{{"local":"{pick.getrandbits(128):032x}","regional":{regional},"key_version":1,'
            f'"sex":"{"F" if pick.random() < 0.151 else "H"}","birth":"{1960 + pick.randrange(45)}-{1 + pick.randrange(12):02d}",'
            f'"residence":"{pick.choice(DEPARTMENTS)}0{10 + pick.randrange(60)}","qpv":{pick.choice(("true", "false", "null"))},'
            f'"public":"{pick.choice(list(PUBLICS))}","other_publics":[],"education":"NC","unemployment":"NC","prescriber":"NC","exit":null}}'
        )

    def _uuid(self) -> str:
        found = f"{self._random.getrandbits(128):032x}"
        return f"{found[:8]}-{found[8:12]}-4{found[13:16]}-8{found[17:20]}-{found[20:]}"

    def filings_until(self, records: int) -> Iterator[list[Record]]:
        """Filings until at least so many records were made."""
        made = 0
        while made < records:
            filing = self.filing()
            made += len(filing)
            yield filing

    def totals(self) -> dict[tuple[str, str], tuple[int, int]]:
        """(department, month) → (centi-hours, lines) of the live lines: what a reader that lost and doubled nothing ends with."""
        sums: dict[tuple[str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
        for known in self._lines.values():
            if known.live:
                place = (self._contracts[known.contract][1], known.month)
                hours, lines = sums[place]
                sums[place] = (hours + known.centihours, lines + 1)
        return dict(sums)
