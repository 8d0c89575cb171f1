"""Who knows figures of several releases: what somebody alone made, declared or bought in any of them, and by how much it alone changed them.

They are given away which hidden figures did not change (`TOLD`), as the protection supposes of every reader."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from services.indicators.attack.attempt import Attempt, Finding
from services.indicators.attack.equations import GUESSES
from services.indicators.attack.files import Place, Published, Teller
from services.indicators.attack.insiders import Insider
from services.indicators.attack.knowledge import Measure, Unknown
from services.indicators.attack.program import NEAR

TOLD: Final = next(guesses for guesses in GUESSES if guesses.told)
MANY: Final = 24
"""Tellers of a measure of a year from which their attack is made in parts, which two processes can do at once."""
A_TELLER: Final = 50
"""What attacking for one more weighs, in rows of changes: a part has few tellers who changed much, or many who changed little."""
Moved = tuple[str, str, Place]
"""(newer release, older release, place): a change that somebody alone made."""


@dataclass(frozen=True)
class Told:
    """What their attack found, by how many programs. `covers`: every employer that is alone in figures was among them, with all releases."""

    findings: tuple[Finding, ...]
    programs: int
    covers: bool


def parts(published: Published, indicator: str, year: str) -> list[frozenset[str]]:
    """Who is attacked for together, by what they know: the same figures, the same parts. Changes that only others know are no rows of a part's
    program, where they would say nothing and cost much."""
    moves = {
        who: sum(one == indicator and place[0][:4] == year for *_, one, place in teller.moved)
        for who, teller in published.tellers.items()
        if _about(teller, indicator, year)
    }
    count = 1 if len(moves) < MANY else 4 if any(moves.values()) else 2
    found: list[set[str]] = [set() for _ in range(count)]
    whole, before = sum(moves.values()) + A_TELLER * len(moves), 0
    for who, rows in sorted(moves.items(), key=lambda known: (-known[1], known[0])):
        found[before * count // whole].add(who)
        before += rows + A_TELLER
    return [frozenset(part) for part in found if part]


def attempt(published: Published, several: Sequence[Measure], year: str, part: frozenset[str]) -> Told:
    """The attack by each of these. Raises ValueError for figures that contradict each other."""
    for shown in (several, several[:1]):
        found = Attempt(published, shown, year, TOLD)
        knowing = _OverTime(found, {who: published.tellers[who] for who in sorted(part)})
        knowing.write()
        if found.program.possible():
            hidden = found.hidden()
            found.blind(list(knowing.insiders(hidden)), hidden)
            return Told(tuple(found.findings), found.program.solved, shown is several and _covers(published, found))
    raise ValueError(f"{year}, {several[0].name} : les chiffres publiés se contredisent")


def _covers(published: Published, made: Attempt) -> bool:
    """Whether every employer that is alone in figures of the measure was among them with these, and nothing led astray."""
    newest = published.publications[0].release
    return not made.misled and all(
        employer in published.tellers and (newest, indicator, place) in published.tellers[employer].own
        for employer, known in published.insiders.items()
        for indicator, place in known
        if indicator == made.indicator and place[0][:4] == made.year
    )


def _about(teller: Teller, indicator: str, year: str) -> bool:
    return any(one == indicator and place[0][:4] == year for *_, one, place in (*teller.own, *teller.moved))


class _OverTime:
    """What tellers know of one measure of a year, as places in its program."""

    def __init__(self, of: Attempt, tellers: Mapping[str, Teller]) -> None:
        self.of, self.tellers, self.indicator = of, tellers, of.indicator
        self.numbers = {of.published.publications[one.number].release: one.number for one in of.several}
        self.by_number = {one.number: one for one in of.several}

    def write(self) -> None:
        """A row for each change: newer − older = up − down."""
        moves = {(newer, older, place) for teller in self.tellers.values() for newer, older, place in self._moves(teller)}
        for newer, older, place in sorted(moves):
            terms: list[tuple[Hashable, float]] = [((newer, older, place, "up"), -1.0), ((newer, older, place, "down"), 1.0)]
            known = 0.0
            for release, weight in ((newer, 1.0), (older, -1.0)):
                least, most = self.by_number[self.numbers[release]].known.get(place, (0.0, inf))
                if most - least < NEAR:
                    known += weight * least
                else:
                    terms.append((self._name(release, place), weight))
            self.of.program.row(terms, -known - NEAR, -known + NEAR)

    def _moves(self, teller: Teller) -> Iterator[Moved]:
        for newer, older, indicator, place in teller.moved:
            if indicator == self.indicator and place[0][:4] == self.of.year and {newer, older} <= self.numbers.keys():
                yield newer, older, place

    def _name(self, release: str, place: Place) -> Hashable:
        unknown = (self.of.measure, self.numbers[release], place)
        return self.of.names.get(unknown, unknown)

    def insiders(self, hidden: Mapping[int, Unknown]) -> Iterator[Insider]:
        secret, called = self._secret(hidden)
        for who, teller in self.tellers.items():
            own = dict(self._own(teller))
            known = teller.open | teller.own.keys()
            excused = {place for place, names in called.items() if not names.isdisjoint(known)}
            if own:
                yield Insider(who, own, frozenset(secret - own.keys() - excused))

    def _own(self, teller: Teller) -> Iterator[tuple[int, float]]:
        places = self.of.program.places
        for (release, indicator, place), (value, knows) in teller.own.items():
            if (
                knows
                and indicator == self.indicator
                and release in self.numbers
                and (found := places.get(self._name(release, place))) is not None
            ):
                yield found, value
        for newer, older, place in self._moves(teller):
            by = teller.moved[newer, older, self.indicator, place]
            yield places[newer, older, place, "up"], max(by, 0.0)
            yield places[newer, older, place, "down"], max(-by, 0.0)

    def _secret(self, hidden: Mapping[int, Unknown]) -> tuple[set[int], Mapping[int, set[tuple[str, str, Place]]]]:
        """Places that must not be found (promised of the newest release, or kept of earlier ones; of a zero the secret is another one), and by
        which names each is known."""
        published = self.of.published
        called: dict[int, set[tuple[str, str, Place]]] = defaultdict(set)
        newest = published.publications[0].release
        kept = published.secrets | {(newest, one.indicator, one.place) for one in published.promises if one.value}
        for one in self.of.several:
            release = published.publications[one.number].release
            for place in one.hidden - one.known.keys():
                found = self.of.program.places.get(self._name(release, place))
                if found is not None and found in hidden:
                    called[found].add((release, self.indicator, place))
        return {found for found, names in called.items() if not names.isdisjoint(kept)}, called
