"""The attack: for every hidden figure the bounds that all files together leave, from outside and for each employer that knows its own."""

from __future__ import annotations

import random
from collections.abc import Hashable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from math import ceil, floor
from multiprocessing import get_context
from typing import Final

from services.indicators.attack import knowledge
from services.indicators.attack.files import Place, Promise, Published
from services.indicators.attack.knowledge import Measure, Unknown
from services.indicators.attack.program import NEAR

MEASURES: Final = {"hours": "I01", "persons": "I05", "groups": "I05G"}
WIDENINGS: Final = 6
EXACT: Final = 0.005
"""Hours nearer than this are recovered."""


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


@dataclass
class Verdict:
    """How many hidden figures were attacked, what was found, and how many programs it took."""

    attacked: int = 0
    findings: list[Finding] = field(default_factory=list)
    programs: int = 0

    @property
    def recovered(self) -> int:
        return sum(found.kind == "recovered" for found in self.findings)

    def body(self) -> dict[str, object]:
        findings = [asdict(found) for found in self.findings]
        return {"attacked": self.attacked, "recovered": self.recovered, "findings": findings, "programs": self.programs}


def attack(published: Published, *, insiders: bool = True, processes: int = 1) -> Verdict:
    """Attack every year and measure of the publications together. Deterministic; years share nothing, so several processes give the same."""
    years = knowledge.years(published)
    if processes < 2 or len(years) < 2:
        return _together([_year(published, year, insiders=insiders) for year in years])
    with ProcessPoolExecutor(min(processes, len(years)), mp_context=get_context("spawn")) as pool:
        return _together([future.result() for future in [pool.submit(_year, published, year, insiders=insiders) for year in years]])


def _together(verdicts: Sequence[Verdict]) -> Verdict:
    findings = [found for verdict in verdicts for found in verdict.findings]
    return Verdict(sum(verdict.attacked for verdict in verdicts), findings, sum(verdict.programs for verdict in verdicts))


def _year(published: Published, year: str, *, insiders: bool) -> Verdict:
    verdict = Verdict()
    for name in MEASURES:
        for guessing in (True, False):
            several = knowledge.measures(published, name, year)
            if not any(one.hidden for one in several):
                break
            if _Attack(published, several, year, verdict, guessing=guessing).run(insiders=insiders):
                break
    return verdict


class _Attack:
    """One measure of a year. Guessing: what nothing shows to have changed did not change, and nobody is of two sexes."""

    def __init__(self, published: Published, several: Sequence[Measure], year: str, verdict: Verdict, *, guessing: bool) -> None:
        self.published, self.several, self.verdict, self.year, self.guessing = published, several, verdict, year, guessing
        self.measure = several[0].name
        self.dice = random.Random(year)  # noqa: S311  any directions do; the same every time
        self.program, self.names = knowledge.program(several, guessing=guessing)
        self.reported: set[Hashable] = set()
        self.misled = False
        """Whether a guess led away from what is true: the attack is then made once more, without guesses."""
        indicator = MEASURES[self.measure]
        # Of a zero the secret is that there is nobody, which an employer who is alone there knows.
        self.promised = {promise.place for promise in published.promises if promise.indicator == indicator and promise.value}

    def run(self, *, insiders: bool) -> bool:
        """False where guessing led astray. Raises ValueError for figures that contradict each other."""
        if not self.program.possible():
            if self.guessing:
                return False
            raise ValueError(f"{self.year}, {self.measure} : les chiffres publiés se contredisent")
        hidden = self._hidden()
        self._recover(hidden, None)
        self._promises(hidden)
        if insiders and self.measure == "hours":
            for employer, known in sorted(self.published.insiders.items()):
                self._inside(employer, known)
        self.verdict.programs += self.program.solved
        if self.misled and self.guessing:
            return False
        self.verdict.attacked += len(hidden)
        return True

    def _hidden(self) -> dict[int, Unknown]:
        """Place in the program → the newest publication's name of it."""
        found: dict[int, Unknown] = {}
        for one in self.several:
            for place in sorted(one.hidden - set(one.known)):
                unknown = (one.name, one.number, place)
                found.setdefault(self.program.places[self.names.get(unknown, unknown)], unknown)
        return found

    def _wide(self, place: int) -> bool:
        least, greatest = self.program.least[place], self.program.greatest[place]
        if self.measure == "hours":
            return bool(greatest - least > EXACT)
        return floor(float(greatest) + NEAR) > ceil(float(least) - NEAR)

    def _recover(self, hidden: Mapping[int, Unknown], insider: str | None) -> None:
        for _ in range(WIDENINGS):
            left = [place for place in hidden if not self._wide(place)]
            if not left:
                return
            self.program.widen({place: self.dice.choice((-1.0, 1.0)) for place in left})
        for place in sorted(hidden):
            if not self._wide(place):
                self.program.bound(place, greatest=True)
            if not self._wide(place):
                self.program.bound(place, greatest=False)
            if not self._wide(place):
                self._report("recovered", place, hidden[place], insider)

    def _promises(self, hidden: Mapping[int, Unknown]) -> None:
        """Of the newest publication: at least as uncertain as was promised."""
        for promise in self.published.promises:
            if promise.indicator != MEASURES[self.measure] or promise.place[0][:4] != self.year:
                continue
            unknown = (self.measure, 0, promise.place)
            place = self.program.places.get(self.names.get(unknown, unknown))
            if place is None or place not in hidden:
                self.verdict.findings.append(self._finding("printed", unknown, promise.value, promise.value, None))
            elif not self._kept(place, promise) and place not in self.reported:
                self._report("narrow", place, unknown, None)

    def _kept(self, place: int, promise: Promise) -> bool:
        near = EXACT if self.measure == "hours" else 1e-4
        low, high = promise.value - promise.below + near, promise.value + promise.above - near
        if self.program.least[place] > low:
            self.program.bound(place, greatest=False)
        if self.program.greatest[place] < high:
            self.program.bound(place, greatest=True)
        return bool(self.program.least[place] <= low and self.program.greatest[place] >= high)

    def _inside(self, employer: str, known: Mapping[tuple[str, Place], tuple[float, bool]]) -> None:
        own = {}
        mine = {place for _, place in known}
        for (indicator, place), (value, knows) in known.items():
            unknown = (self.measure, 0, place)
            found = self.program.places.get(self.names.get(unknown, unknown))
            if indicator == MEASURES[self.measure] and place[0][:4] == self.year and found is not None and knows:
                own[found] = value
        if not own or not self.program.fix(own):
            self.program.free(own)
            return
        others = {place: name for place, name in self._hidden().items() if place not in own and place not in self.reported and name[1] == 0}
        self._recover({place: name for place, name in others.items() if name[2] in self.promised - mine}, employer)
        self.program.free(own)

    def _report(self, kind: str, place: int, unknown: Unknown, insider: str | None) -> None:
        least, greatest = float(self.program.least[place]), float(self.program.greatest[place])
        truth = self.published.truths.get((self.published.publications[unknown[1]].release, MEASURES[self.measure], unknown[2]))
        if truth is not None and not least - 10 * EXACT <= truth <= greatest + 10 * EXACT:
            self.misled = True
            return
        self.reported.add(place)
        self.verdict.findings.append(self._finding(kind, unknown, least, greatest, insider))

    def _finding(self, kind: str, unknown: Unknown, least: float, greatest: float, insider: str | None) -> Finding:
        measure, number, (period, codes) = unknown
        where = " ".join([period, *(f"{name}={code}" for name, code in codes)])
        return Finding(kind, self.published.publications[number].release, measure, where, round(least, 4), round(greatest, 4), insider)
