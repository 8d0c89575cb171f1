"""What must count after any sequence of filings, said in the fewest words: no stacks, no revisions, everything computed anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Place(NamedTuple):
    contract: int
    month: int


class Said(NamedTuple):
    """What a filing says of one line."""

    place: Place
    rank: int
    centihours: int


@dataclass
class Filed:
    lines: dict[str, Said]
    accepted: int
    withdrawn: bool = False


@dataclass
class Model:
    """Filings by number, in the order in which their present revision was accepted."""

    filings: dict[str, Filed] = field(default_factory=dict)
    clock: int = 0

    def file(self, number: str, lines: dict[str, Said]) -> None:
        """A new filing, or another revision of one that is there."""
        self.clock += 1
        self.filings[number] = Filed(dict(lines), self.clock)

    def withdraw(self, number: str) -> None:
        self.filings[number].withdrawn = True

    def newest(self) -> dict[str, Said]:
        standing: dict[str, Said] = {}
        for filed in sorted(self.filings.values(), key=lambda filed: filed.accepted):
            if not filed.withdrawn:
                standing |= filed.lines
        return standing

    def counted(self) -> dict[str, int]:
        """Centi-hours of each line that counts."""
        standing = self.newest()
        best: dict[Place, int] = {}
        for said in standing.values():
            best[said.place] = max(best.get(said.place, 0), said.rank)
        return {line: said.centihours for line, said in standing.items() if said.rank == best[said.place]}
