"""The attack: for every hidden figure the bounds that all files together leave, from outside and for each employer that knows its own."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context

from services.indicators.attack import knowledge, tellers
from services.indicators.attack.attempt import IN_HOURS, MEASURES, Attempt, Finding, finding
from services.indicators.attack.equations import GUESSES
from services.indicators.attack.files import Published


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
    """Attack every year and measure of the publications together. Deterministic; they share nothing, so several processes give the same.

    Raises ValueError for figures that contradict each other."""
    tasks = [(year, name) for year in knowledge.years(published) for name in MEASURES]
    if processes < 2 or len(tasks) == len(MEASURES):
        return _together([_one(published, *task, insiders=insiders) for task in tasks])
    _taken.append((published, insiders))
    try:
        with ProcessPoolExecutor(processes, get_context("fork")) as pool:
            return _together([future.result() for future in [pool.submit(_of_taken, *task) for task in tasks]])
    finally:
        _taken.clear()


_taken: list[tuple[Published, bool]] = []
"""What is attacked, for processes that begin as copies of this one: it has no threads, and the tables need not be handed over."""


def _of_taken(year: str, name: str) -> Verdict:
    published, insiders = _taken[0]
    return _one(published, year, name, insiders=insiders)


def _together(verdicts: Sequence[Verdict]) -> Verdict:
    findings = [found for verdict in verdicts for found in verdict.findings]
    return Verdict(sum(verdict.attacked for verdict in verdicts), findings, sum(verdict.programs for verdict in verdicts))


def _one(published: Published, year: str, name: str, *, insiders: bool) -> Verdict:
    """A measure of a year, with fewer guesses wherever they led astray. Without any, earlier releases have nothing in common with the newest:
    what each of them gives away alone was attacked when it was published."""
    verdict, over_time = Verdict(), None
    if insiders and published.tellers and name in IN_HOURS:
        several = knowledge.measures(published, name, year)
        over_time = tellers.attempt(published, several, year) if any(one.hidden for one in several) else None
    # Tellers are told more than any guess says, so what an employer among them could prove by a guess is proven there.
    apart = insiders and not (over_time and len(over_time.several) == len(several) and tellers.cover(published, over_time))
    for guesses in GUESSES:
        several = knowledge.measures(published, name, year)
        if not any(one.hidden for one in several):
            verdict.findings = _unhidden(published, year, name)
            break
        attempt = Attempt(published, several if guesses.still else several[:1], year, guesses)
        good = attempt.run(insiders=apart)
        verdict.programs += attempt.program.solved
        verdict.findings += [found for found in attempt.findings if found not in verdict.findings]
        if good:
            verdict.attacked = attempt.attacked
            break
    if over_time is not None:
        verdict.programs += over_time.program.solved
        verdict.findings += [found for found in over_time.findings if found not in verdict.findings]
    return verdict


def _unhidden(published: Published, year: str, name: str) -> list[Finding]:
    """Where nothing is hidden, whatever was to be is printed."""
    return [
        finding(published, "printed", (name, 0, promise.place), (promise.value, promise.value))
        for promise in published.promises
        if promise.indicator == MEASURES[name] and promise.place[0][:4] == year
    ]
