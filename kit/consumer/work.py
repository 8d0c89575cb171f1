"""One batch on its way through the database: what is applied, what is dead, from where to where the offsets move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kit.consumer.decoding import Decoded, Record
from kit.consumer.reader import Received
from kit.dead_letters import DeadLetter


@dataclass(frozen=True)
class Work:
    """`records` as they came, by partition and in order; `indexes[i]` is the place of `received[i]` among them; `dead` is by place.

    `expected` is the next offset of each partition before the batch; `targets` after it.
    """

    records: list[Record]
    received: list[Received]
    indexes: list[int]
    dead: Mapping[int, DeadLetter]
    skipped: int
    expected: Mapping[int, int]
    targets: Mapping[int, int]
    stops: str | None = None
    """Why the reader stops after this batch, when it does."""

    @classmethod
    def of(cls, decoded: Decoded, received: list[Received], expected: Mapping[int, int]) -> Work:
        return cls(decoded.records, received, decoded.indexes, decoded.dead, decoded.skipped, expected, _targets(decoded.records))

    def without(self, found: Mapping[int, DeadLetter]) -> Work:
        """The same batch with more dead letters, by place among the records."""
        kept = [(place, one) for place, one in zip(self.indexes, self.received, strict=True) if place not in found]
        dead = dict(sorted({**self.dead, **found}.items()))
        return self._with([one for _, one in kept], [place for place, _ in kept], dead, self.records, self.stops)

    def up_to(self, last: int, why: str) -> Work:
        """The batch up to this record; the rest is read again once the reader has been resumed."""
        kept = [(place, one) for place, one in zip(self.indexes, self.received, strict=True) if place <= last]
        dead = {place: letter for place, letter in self.dead.items() if place <= last}
        return self._with([one for _, one in kept], [place for place, _ in kept], dead, self.records[: last + 1], why)

    def _with(
        self, received: list[Received], indexes: list[int], dead: Mapping[int, DeadLetter], records: list[Record], stops: str | None
    ) -> Work:
        targets = _targets(records)
        expected = {partition: self.expected[partition] for partition in targets}
        skipped = len(records) - len(received) - len(dead)
        return Work(records, received, indexes, dead, skipped, expected, targets, stops)


def _targets(records: list[Any]) -> dict[int, int]:
    """Per partition one past its last record; records of a partition stand together and in order."""
    found: dict[int, int] = {}
    for record in records:
        found[record.partition] = record.offset + 1
    return found
