"""Employers that know figures of their own, alone and several at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

FEW_TOGETHER: Final = 5
"""What three or four of many compute together is mostly cleared by groups without one of them; one by one takes five times as many programs."""


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


def small_groups(insiders: Sequence[Insider]) -> Iterator[Sequence[Insider]]:
    """A few at a time, where there are many; then each alone."""
    size = FEW_TOGETHER if len(insiders) > 2 * FEW_TOGETHER else 1
    if size > 1:
        yield from (insiders[begin : begin + size] for begin in range(0, len(insiders), size))
    yield from ([insider] for insider in insiders)


def known_to(insiders: Iterable[Insider]) -> dict[int, float]:
    """What they know together."""
    return {place: value for insider in insiders for place, value in insider.own.items()}
