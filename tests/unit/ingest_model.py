"""What must count after any sequence of filings, said in the fewest words: no stacks, no revisions, everything computed anew."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple


class Place(NamedTuple):
    contract: int
    month: int
    months: int = 1

    def meets(self, other: Place) -> bool:
        mine, theirs = set(range(self.month, self.month + self.months)), set(range(other.month, other.month + other.months))
        return self.contract == other.contract and bool(mine & theirs)


class Said(NamedTuple):
    """What a filing says of one line."""

    place: Place
    rank: int
    centihours: int


@dataclass
class Filed:
    lines: dict[str, Said]
    accepted: dict[str, int]
    """Since when the filing says each line as it does: a correction that repeats a line does not say it again."""
    withdrawn: bool = False
    ended: dict[str, int] = field(default_factory=dict)
    """Lines that the filing says are no more, since when."""


@dataclass
class Model:
    """Filings by number; each line has what was said of it last."""

    filings: dict[str, Filed] = field(default_factory=dict)
    clock: int = 0

    def file(self, number: str, lines: dict[str, Said], ended: Collection[str] = ()) -> None:
        """A new filing, or another revision of one that is there; endings stay what they were."""
        self.clock += 1
        before = self.filings.get(number, Filed({}, {}))
        accepted = {line: before.accepted[line] if before.lines.get(line) == said else self.clock for line, said in lines.items()}
        self.filings[number] = Filed(dict(lines), accepted, ended={**before.ended, **dict.fromkeys(ended, self.clock)})

    def withdraw(self, number: str) -> None:
        self.filings[number].withdrawn = True

    def newest(self) -> dict[str, Said]:
        events: list[tuple[int, str, Said | None]] = []
        for filed in self.filings.values():
            if not filed.withdrawn:
                events += [(filed.accepted[line], line, said) for line, said in filed.lines.items()]
                events += [(at, line, None) for line, at in filed.ended.items()]
        standing = {line: said for _, line, said in sorted(events, key=lambda event: event[0])}
        return {line: said for line, said in standing.items() if said is not None}

    def counted(self) -> dict[str, int]:
        """Centi-hours of each line that counts."""
        standing = self.newest()
        found: dict[str, Said] = {}
        for rank in (3, 2, 1):
            better = list(found.values())
            found |= {
                line: said
                for line, said in standing.items()
                if said.rank == rank and not any(said.place.meets(one.place) for one in better)
            }
        return {line: said.centihours for line, said in found.items()}
