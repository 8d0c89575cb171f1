"""What the attacker is given of single insiders: everything that they know of several releases, and what could not be kept from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID

from services.indicators.release.facets import SCALE, Measure, knows
from services.indicators.release.joint import Past
from services.indicators.release.naming import INDICATOR, place_of
from services.indicators.release.tables import Key

History = Sequence[tuple[str, Past]]
"""(release, what it says of a measure of a year), the newest first."""


def over_time(histories: Mapping[tuple[str, Measure], History]) -> dict[str, Any]:
    """As `tellers.json`. Of what is only repeated nobody was asked for a pattern: it gives away what it gave away."""
    found: dict[UUID, dict[str, list[Any]]] = defaultdict(lambda: {"own": [], "moved": [], "open": []})
    secrets: list[list[object]] = []
    for (_, measure), history in sorted(histories.items(), key=lambda entry: entry[0]):
        if measure in INDICATOR and history and not history[0][1].release:
            _own(found, measure, history)
            _moved(found, measure, history)
            _open(found, measure, history)
            secrets += [[release, INDICATOR[measure], *place_of(key)] for release, key in _secrets(history)]
    return {"tellers": {str(who): said for who, said in sorted(found.items())}, "secrets": secrets}


def _own(found: Mapping[UUID, dict[str, list[Any]]], measure: Measure, history: History) -> None:
    for release, past in history:
        for key, insiders in past.insight.told.items():
            for who in sorted(insiders):
                said = [past.values[key] / SCALE[measure], knows(measure, key)]
                found[who]["own"].append([release, INDICATOR[measure], *place_of(key), *said])


def _moved(found: Mapping[UUID, dict[str, list[Any]]], measure: Measure, history: History) -> None:
    for (newer, now), (older, then) in pairwise(history):
        for key, insiders in now.insight.moved.items():
            if knows(measure, key) and key in now.values and key in then.values and (by := now.values[key] - then.values[key]):
                for who in sorted(insiders):
                    found[who]["moved"].append([newer, older, INDICATOR[measure], *place_of(key), by / SCALE[measure]])


def _open(found: Mapping[UUID, dict[str, list[Any]]], measure: Measure, history: History) -> None:
    newest, past = history[0]
    for who, release, key in sorted(past.insight.open):
        found[who]["open"].append([release or newest, INDICATOR[measure], *place_of(key)])


def _secrets(history: History) -> Iterator[tuple[str, Key]]:
    """What an earlier release hid for its own sake, unless a later one printed it while it was still the same."""
    shown: dict[Key, tuple[int, bool]] = {}
    for number, (release, past) in enumerate(history):
        for key, value in past.values.items():
            was, printed = shown.get(key, (value, False))
            shown[key] = value, past.printed(key) or (printed and was == value)
        if number:
            yield from ((release, key) for key in sorted(past.needs.keys() & past.hidden) if past.values[key] and not shown[key][1])
