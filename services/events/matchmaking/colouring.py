"""Slots for pairs when everybody is there all the time: an edge colouring of a bipartite graph, made even.

With k slots and nobody in more than k meetings k colours are enough (König 1916): each new pair takes a slot that both have free, else the
alternating path of two slots is turned over first. A slot with more meetings than tables hands one to a slot with fewer along an alternating
path that has one meeting more of the fuller slot; such a path exists (de Werra 1971). Both are polynomial, so no search is needed.
"""

from __future__ import annotations

from collections.abc import Iterable

Pair = tuple[str, str]
_Held = dict[tuple[str, int], Pair]
"""(who, slot) → the meeting in it. Seekers and structures have different ids."""


def coloured(pairs: Iterable[Pair], slots: int, tables: int) -> dict[Pair, int]:
    """Pair → slot, nobody twice in a slot and at most `tables` pairs in each.

    Needs: nobody is in more than `slots` pairs, and there are at most slots × tables pairs. Raises ValueError otherwise.
    """
    held: _Held = {}
    found: dict[Pair, int] = {}
    sizes = [0] * slots
    for pair in sorted(pairs):
        _add(pair, held, found, sizes)
    while max(sizes, default=0) > tables:
        _even(held, found, sizes)
    return found


def _add(pair: Pair, held: _Held, found: dict[Pair, int], sizes: list[int]) -> None:
    one, other = pair
    free_one = [slot for slot in range(len(sizes)) if (one, slot) not in held]
    free_other = [slot for slot in range(len(sizes)) if (other, slot) not in held]
    if not free_one or not free_other:
        raise ValueError(f"{one if not free_one else other} has more meetings than there are slots")
    common = set(free_one) & set(free_other)
    if common:
        slot = min(common, key=lambda slot: (sizes[slot], slot))
    else:
        slot, instead = free_one[0], free_other[0]
        _turn(_path(other, slot, instead, held), slot, instead, held, found, sizes)  # it never reaches `one`: the graph is bipartite
    _put(pair, slot, held, found, sizes)


def _path(start: str, first: int, second: int, held: _Held) -> list[Pair]:
    """The alternating path that leaves `start` in slot `first`."""
    path: list[Pair] = []
    who, slot = start, first
    while (pair := held.get((who, slot))) is not None:
        path.append(pair)
        who = pair[1] if pair[0] == who else pair[0]
        slot = second if slot == first else first
    return path


def _turn(path: list[Pair], first: int, second: int, held: _Held, found: dict[Pair, int], sizes: list[int]) -> None:
    """The meetings of `first` on the path go to `second`, those of `second` to `first`."""
    was = {pair: found[pair] for pair in path}
    for pair, slot in was.items():
        for who in pair:
            del held[who, slot]
        sizes[slot] -= 1
    for pair, slot in was.items():
        _put(pair, second if slot == first else first, held, found, sizes)


def _put(pair: Pair, slot: int, held: _Held, found: dict[Pair, int], sizes: list[int]) -> None:
    found[pair] = slot
    held[pair[0], slot] = held[pair[1], slot] = pair
    sizes[slot] += 1


def _even(held: _Held, found: dict[Pair, int], sizes: list[int]) -> None:
    """One meeting goes from the fullest slot to the emptiest one."""
    full = max(range(len(sizes)), key=lambda slot: (sizes[slot], slot))
    empty = min(range(len(sizes)), key=lambda slot: (sizes[slot], slot))
    if sizes[full] - sizes[empty] < 2:
        raise ValueError("more meetings than slots × tables")
    for pair in sorted(pair for pair, slot in found.items() if slot == full):
        for who in pair:
            if (who, empty) in held:
                continue
            path = _path(who, full, empty, held)
            if len(path) % 2:
                _turn(path, full, empty, held, found, sizes)
                return
    raise AssertionError("an alternating path with one meeting more of the fuller slot exists (de Werra 1971)")
