"""« Bilan par opération »: planned, done, remaining, progress, QPV, share of all hours worked, contract by contract. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from services.ingest.rules.complements import ANRU_FLOOR, share

COUNTED: Final = "heures de la source de référence, comptées à ce jour"
PERSONS: Final = "Personnes déclarées une à une ; celles des groupes n’y sont pas. Ne pas additionner les personnes de plusieurs marchés."


@dataclass(frozen=True)
class ContractDone:
    """One contract of an operation. Planned in whole hours, the others in centi-hours; `named` are hours of persons, `qpv` those of QPV residents."""

    number: str
    object: str
    planned: int | None
    done: int
    named: int
    qpv: int
    persons: int
    ends_on: date | None = None
    anru: str | None = None
    worked: int | None = None
    done_then: int = 0
    """Done in the quarters whose hours worked are known: what `worked` is compared with."""

    @property
    def told(self) -> int | None:
        """Persons declared one by one. Of hours that only groups worked nobody says whose they are: not 0, but unknown."""
        return None if self.done and not self.named else self.persons

    @property
    def remaining(self) -> int | None:
        """Hours above the commitment are done too: nothing remains then (I16 caps, the hours stay)."""
        return None if self.planned is None else max(0, self.planned * 100 - self.done)

    @property
    def progress(self) -> Decimal | None:
        return Decimal(self.done) / (self.planned * 100) if self.planned else None


@dataclass(frozen=True)
class Report:
    """An operation: its contracts and their sums."""

    name: str
    contracts: Sequence[ContractDone]

    @property
    def planned(self) -> int:
        return sum(contract.planned or 0 for contract in self.contracts)

    @property
    def done(self) -> int:
        return sum(contract.done for contract in self.contracts)

    @property
    def remaining(self) -> int:
        """Contract by contract: hours above one commitment do not fulfil another."""
        return sum(contract.remaining or 0 for contract in self.contracts)

    @property
    def progress(self) -> Decimal | None:
        """Of what was planned, hours above a commitment left out."""
        planned = [contract for contract in self.contracts if contract.planned]
        reached = sum(min(contract.done, (contract.planned or 0) * 100) for contract in planned)
        return Decimal(reached) / (self.planned * 100) if self.planned else None

    @property
    def qpv_share(self) -> Decimal | None:
        """Of the hours of persons: groups do not say whose hours are whose."""
        named = sum(contract.named for contract in self.contracts)
        return Decimal(sum(contract.qpv for contract in self.contracts)) / named if named else None

    @property
    def worked(self) -> int | None:
        said = [contract.worked for contract in self.contracts if contract.worked is not None]
        return sum(said) if said else None

    @property
    def share(self) -> Decimal | None:
        """Percent of the hours worked, over the contracts and quarters that say their hours worked."""
        return share(sum(contract.done_then for contract in self.contracts if contract.worked is not None), self.worked or 0)

    @property
    def floor(self) -> Decimal | None:
        """What the charter of the ANRU asks for, where it applies: the highest of the contracts'."""
        floors = [ANRU_FLOOR[contract.anru] for contract in self.contracts if contract.anru in ANRU_FLOOR]
        return max(floors) if floors else None
