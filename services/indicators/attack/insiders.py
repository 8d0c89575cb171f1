"""Employers that know figures of their own, alone and several at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Insider:
    """An employer, the hidden figures that it knows (by place in the program), and those that it must not compute."""

    employer: str
    own: Mapping[int, float]
    wanted: frozenset[int]


def coalitions(insiders: Sequence[Insider]) -> Iterator[Sequence[Insider]]:
    """All of them, then halves, so that any two are apart in one: what one knows is nothing that it must not compute, but others must not."""
    if insiders:
        yield insiders
    for bit in range((len(insiders) - 1).bit_length()):
        for side in (0, 1):
            yield [insider for number, insider in enumerate(insiders) if number >> bit & 1 == side]


def known_to(insiders: Iterable[Insider]) -> dict[int, float]:
    """What they know together."""
    return {place: value for insider in insiders for place, value in insider.own.items()}
