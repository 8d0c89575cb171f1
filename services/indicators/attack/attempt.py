"""One measure of a year attacked: bounds of all its hidden figures, seen from outside and by those who know some of them.

Many figures are shown to be uncertain by one program: whatever agrees with the files is possible, so a solution in which hundreds of figures
lie elsewhere clears all of them. Only what no such solution clears is asked for its exact bounds, each by programs of its own; a verdict is
therefore the same as if every figure had been.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil, floor
from typing import Final

from services.indicators.attack import equations
from services.indicators.attack import insiders as inside
from services.indicators.attack.equations import GUESSES, Guesses
from services.indicators.attack.files import Place, Promise, Published
from services.indicators.attack.insiders import Insider
from services.indicators.attack.knowledge import Measure, Unknown
from services.indicators.attack.program import NEAR

MEASURES: Final = {"hours": "I01", "persons": "I05", "groups": "I05G", "done": "I16"}
"""`done`: hours of ended contracts, of which the rate is printed."""
IN_HOURS: Final = frozenset({"hours", "done"})
"""Not whole numbers, and employers know their own."""
EXACT: Final = 0.005
"""Hours nearer than this are recovered."""
AWAY: Final = 0.2
"""Hours that a solution should lead away: far enough to be no rounding error of the solver."""
WORTH_A_ROUND: Final = 10
"""Figures that a program for many must clear to be worth another: it takes as long as the bounds of so many."""
MOST_ROUNDS: Final = 40
SURE: Final = GUESSES[-1]
Aim = Callable[[int, bool], float | None]
"""(place, upward) → where a solution should lead for it; None where it has led already, or none can."""


@dataclass(frozen=True)
class Finding:
    """A hidden figure that the files give away: where, and between which bounds. `insider`: only to this employer."""

    kind: str
    release: str
    measure: str
    place: str
    least: float
    greatest: float
    insider: str | None = None


class Attempt:
    """One measure of a year under some guesses: `run`, then `findings`, `attacked` (hidden figures) and `program.solved`."""

    def __init__(self, published: Published, several: Sequence[Measure], year: str, guesses: Guesses) -> None:
        self.published, self.several, self.year, self.guesses = published, several, year, guesses
        self.measure, self.indicator = several[0].name, MEASURES[several[0].name]
        truths = self._truths()
        self.program, self.names = equations.program(several, guesses, truths)
        self.findings: list[Finding] = []
        self.attacked = 0
        self.reported: set[Hashable] = set()
        self.misled = guesses.still and not guesses.told and equations.guessed_wrong(several, self.names, truths)
        """Whether a guess is wrong or led away from what is true: the attack is then made once more, with fewer."""

    def run(self, *, insiders: bool) -> bool:
        """False where guessing led astray. Raises ValueError for figures that contradict each other."""
        if not self.program.possible():
            if self.guesses != SURE:
                return False
            raise ValueError(f"{self.year}, {self.measure} : les chiffres publiés se contredisent")
        hidden = self.hidden()
        promises = self._promises(hidden)
        self._stretch(promises, lambda place, upward: self._short_of(promises[place], place, upward=upward))
        self._recover(hidden, hidden)
        self._judge(promises, hidden)
        if insiders and self.measure in IN_HOURS:
            self.blind(list(self._insiders(hidden)), hidden)
        if self.misled and self.guesses != SURE:
            # A wrong guess proves anything. What the right ones among the guesses prove is proven by the attempt that is told them; of those
            # about the sexes nobody tells, so what is computed and true stays a finding.
            luck = self.measure in IN_HOURS or not self.guesses.apart
            self.findings = [] if luck else [found for found in self.findings if found.kind != "narrow"]
            return False
        self.attacked = len(hidden)
        return True

    def _truths(self) -> dict[tuple[int, Place], float]:
        numbers = {one.release: number for number, one in enumerate(self.published.publications)}
        return {
            (numbers[release], place): value
            for (release, indicator, place), value in self.published.truths.items()
            if indicator == self.indicator and place[0][:4] == self.year and release in numbers
        }

    def hidden(self) -> dict[int, Unknown]:
        """Place in the program → the newest publication's name of it."""
        found: dict[int, Unknown] = {}
        for one in self.several:
            for place in sorted(one.hidden - set(one.known)):
                unknown = (one.name, one.number, place)
                found.setdefault(self.program.places[self.names.get(unknown, unknown)], unknown)
        return found

    def _promises(self, hidden: Collection[int]) -> dict[int, Promise]:
        """By place what was promised of the newest publication; what is not hidden there at all is a finding."""
        found = {}
        for promise in self.published.promises:
            if promise.indicator == self.indicator and promise.place[0][:4] == self.year:
                unknown = (self.measure, 0, promise.place)
                place = self.program.places.get(self.names.get(unknown, unknown))
                if place is None or place not in hidden:
                    self.findings.append(self._finding("printed", unknown, promise.value, promise.value, None))
                else:
                    found[place] = promise
        return found

    def _stretch(self, places: Iterable[int], aim: Aim) -> None:
        """Lead as many places as one program can where they should be, up and down in turns, each way as long as that clears some."""
        left, tired, upward = sorted(places), set[bool](), True
        for _ in range(MOST_ROUNDS):
            aims = {place: far for place in left if (far := aim(place, upward)) is not None}
            if len(aims) >= WORTH_A_ROUND:
                self.program.reach(aims)
            if sum(aim(place, upward) is None for place in aims) < WORTH_A_ROUND:
                tired.add(upward)
            if len(tired) == 2:
                return
            upward = upward if (not upward) in tired else not upward

    def _short_of(self, promise: Promise, place: int, *, upward: bool) -> float | None:
        """How far the figure should be possible and was not found to be yet."""
        near = EXACT if self.measure in IN_HOURS else 1e-4
        if upward:
            far = promise.value + promise.above
            return far if self.program.greatest[place] < far - near else None
        far = promise.value - promise.below
        return far if self.program.least[place] > far + near else None

    def _away(self, place: int, upward: bool) -> float | None:
        """Where a figure that is not uncertain yet should be led to become so."""
        if self._wide(place):
            return None
        least, greatest = float(self.program.least[place]), float(self.program.greatest[place])
        if self.measure in IN_HOURS:
            return least + AWAY if upward else max(greatest - AWAY, 0.0) if least > NEAR else None
        far = ceil(least - NEAR) + 1.0 if upward else floor(greatest + NEAR) - 1.0
        return far if far >= 0 else None

    def _wide(self, place: int) -> bool:
        least, greatest = self.program.least[place], self.program.greatest[place]
        if self.measure in IN_HOURS:
            return bool(greatest - least > EXACT)
        return floor(float(greatest) + NEAR) > ceil(float(least) - NEAR)

    def _recover(
        self, hidden: Mapping[int, Unknown], wanted: Collection[int], *, insider: str | None = None, reported: bool = True
    ) -> None:
        """Find out which of the wanted figures are computed. Not `reported`: who computes them is asked for one by one."""
        self._stretch(wanted, self._away)
        for place in sorted(wanted):
            for upward in (True, False):
                if (far := self._away(place, upward)) is not None:
                    self.program.bound(place, greatest=upward, enough=far)
            if reported and not self._wide(place):
                self._report("recovered", place, hidden[place], insider)

    def _judge(self, promises: Mapping[int, Promise], hidden: Mapping[int, Unknown]) -> None:
        """At least as uncertain as was promised."""
        for place, promise in promises.items():
            for upward in (False, True):
                if (far := self._short_of(promise, place, upward=upward)) is not None:
                    self.program.bound(place, greatest=upward, enough=far)
            short = any(self._short_of(promise, place, upward=upward) is not None for upward in (False, True))
            if short and place not in self.reported:
                self._report("narrow", place, hidden[place], None)

    def blind(self, insiders: Sequence[Insider], hidden: Mapping[int, Unknown]) -> None:
        """What insiders know together bounds more than what each of them knows, so what is uncertain to all of them is so to each."""
        left = {insider.employer: set(insider.wanted) for insider in insiders}
        for group in inside.coalitions(insiders):
            self._knowing(group, left, lambda wanted: self._stretch(wanted, self._away))
        for group in inside.small_groups(insiders):
            who = group[0].employer if len(group) == 1 else ""
            self._knowing(group, left, partial(self._recover, hidden, insider=who, reported=bool(who)))

    def _knowing(self, group: Sequence[Insider], left: Mapping[str, set[int]], ask: Callable[[set[int]], None]) -> None:
        """Ask for what is left to each of a group, with what all of them know; what is uncertain then is left no more."""
        own = inside.known_to(group)
        wanted = set().union(*(left[insider.employer] for insider in group)) - own.keys() - self.reported
        if wanted and self.program.fix(own):
            ask(wanted)
            for insider in group:
                left[insider.employer] -= {place for place in wanted if self._wide(place)}
        self.program.free(list(own))

    def _insiders(self, hidden: Mapping[int, Unknown]) -> Iterator[Insider]:
        """Of a zero the secret is that there is nobody, which an employer who is alone there knows."""
        promised = {promise.place for promise in self.published.promises if promise.indicator == self.indicator and promise.value}
        wanted = {place: name[2] for place, name in hidden.items() if name[1] == 0 and name[2] in promised and place not in self.reported}
        for employer, known in sorted(self.published.insiders.items()):
            own = {}
            for (indicator, place), (value, knows) in known.items():
                unknown = (self.measure, 0, place)
                found = self.program.places.get(self.names.get(unknown, unknown))
                if indicator == self.indicator and place[0][:4] == self.year and found is not None and knows:
                    own[found] = value
            if own:
                mine = {place for _, place in known} | self._excused(employer)
                yield Insider(employer, own, frozenset(place for place, name in wanted.items() if place not in own and name not in mine))

    def _excused(self, employer: str) -> set[Place]:
        """What it knows by a change of its own, and what is known not to be kept from it."""
        newest, teller = self.published.publications[0].release, self.published.tellers.get(employer)
        said = {*teller.own, *teller.open} if teller else set()
        return {place for release, indicator, place in said if (release, indicator) == (newest, self.indicator)}

    def _report(self, kind: str, place: int, unknown: Unknown, insider: str | None) -> None:
        least, greatest = float(self.program.least[place]), float(self.program.greatest[place])
        truth = self.published.truths.get((self.published.publications[unknown[1]].release, self.indicator, unknown[2]))
        if truth is not None and not least - 10 * EXACT <= truth <= greatest + 10 * EXACT:
            self.misled = True
            return
        self.reported.add(place)
        self.findings.append(self._finding(kind, unknown, least, greatest, insider))

    def _finding(self, kind: str, unknown: Unknown, least: float, greatest: float, insider: str | None) -> Finding:
        return finding(self.published, kind, unknown, (least, greatest), insider)


def finding(published: Published, kind: str, unknown: Unknown, bounds: tuple[float, float], insider: str | None = None) -> Finding:
    """A finding about a figure, with its place in words."""
    measure, number, (period, codes) = unknown
    where = " ".join([period, *(f"{name}={code}" for name, code in codes)])
    return Finding(kind, published.publications[number].release, measure, where, round(bounds[0], 4), round(bounds[1], 4), insider)
