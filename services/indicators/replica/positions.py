"""How far a replica has come: a vector of batch numbers, one for each partition (a single number would miss concurrent commits)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

Partition = tuple[str, int]
Position = Mapping[Partition, int]
"""(topic, partition) → number of the last batch seen."""

_WRITTEN: Final = re.compile(r"([a-z][a-z0-9.-]{0,60})/(\d{1,6})=(\d{1,18})", re.ASCII)
FOLLOWED: Final = ("contracts", "hours")
"""Topics of Kafka whose batches change facts or contracts. Other writers of `changes` are found in the log itself."""


def write(position: Position) -> str:
    """`contracts/0=3,hours/0=12`: the header `Macs-Position`."""
    return ",".join(f"{topic}/{partition}={batch_no}" for (topic, partition), batch_no in sorted(position.items()))


def read(text: str) -> dict[Partition, int]:
    """The header's positions. Raises ValueError for anything else than `topic/partition=batch_no` joined by commas."""
    found: dict[Partition, int] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        match = _WRITTEN.fullmatch(part)
        if match is None:
            raise ValueError(f"« {part[:80]} » is not topic/partition=batch_no")
        found[match[1], int(match[2])] = int(match[3])
    return found


def reached(position: Position, wanted: Position) -> bool:
    """Whether everything wanted has been seen. Positions of topics that no figure depends on are not waited for."""
    return all(position.get(part, 0) >= batch_no for part, batch_no in wanted.items() if part in position or part[0] in FOLLOWED)
