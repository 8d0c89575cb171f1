"""The attack: for every hidden figure the bounds that all files together leave, from outside and for each employer that knows its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from typing import Any

from services.indicators.attack import knowledge, tellers
from services.indicators.attack.attempt import MEASURES, Attempt, Finding, finding
from services.indicators.attack.equations import GUESSES
from services.indicators.attack.files import Published
from services.indicators.attack.tellers import Told

Task = tuple[str, str]
"""(year, measure)."""
Run = Callable[[Callable[..., Any], Sequence[tuple[Any, ...]]], list[Any]]
"""(function, arguments of each call) → their answers, in that order."""


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
    """Attack every year and measure of the publications together. Deterministic; the parts share nothing, so several processes give the same.

    Raises ValueError for figures that contradict each other."""
    tasks = [(year, name) for year in knowledge.years(published) for name in MEASURES]
    by_tellers = list(_parts(published, tasks)) if insiders else []
    with _workers(published, processes if len(tasks) > len(MEASURES) else 1) as run:
        told: dict[Task, list[Told]] = {task: [] for task in tasks}
        for (year, name, _), found in zip(by_tellers, run(_told_to, by_tellers), strict=True):
            if found is not None:
                told[year, name].append(found)
        return _together(run(_one, [(*task, insiders, told[task]) for task in tasks]))


def _parts(published: Published, tasks: Sequence[Task]) -> Iterator[tuple[str, str, frozenset[str]]]:
    """(year, measure, who is attacked for), the largest first, so that none is left alone at the end."""
    known = Counter((indicator, place[0][:4]) for teller in published.tellers.values() for _, indicator, place in teller.own)
    for year, name in sorted(tasks, key=lambda task: -known[MEASURES[task[1]], task[0]]):
        yield from ((year, name, part) for part in tellers.parts(published, MEASURES[name], year))


@contextmanager
def _workers(published: Published, processes: int) -> Iterator[Run]:
    """Runs a function for each of several arguments, here or in processes that begin as copies of this one: it has no threads, and the tables
    need not be handed over."""
    if processes < 2:
        yield lambda function, arguments: [function(published, *one) for one in arguments]
        return
    _taken.append(published)
    try:
        with ProcessPoolExecutor(processes, get_context("fork")) as pool:
            yield lambda function, arguments: [one.result() for one in [pool.submit(_of_taken, function, *one) for one in arguments]]
    finally:
        _taken.clear()


_taken: list[Published] = []
"""What is attacked, for such processes."""


def _of_taken(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(_taken[0], *arguments)


def _together(verdicts: Sequence[Verdict]) -> Verdict:
    findings = [found for verdict in verdicts for found in verdict.findings]
    return Verdict(sum(verdict.attacked for verdict in verdicts), findings, sum(verdict.programs for verdict in verdicts))


def _told_to(published: Published, year: str, name: str, part: frozenset[str]) -> Told | None:
    several = knowledge.measures(published, name, year)
    return tellers.attempt(published, several, year, part) if any(one.hidden for one in several) else None


def _one(published: Published, year: str, name: str, insiders: bool, told: Sequence[Told]) -> Verdict:
    """A measure of a year, with fewer guesses wherever they led astray. Without any, earlier releases have nothing in common with the newest:
    what each of them gives away alone was attacked when it was published."""
    verdict = Verdict()
    # Tellers are told more than any guess says, so what an employer among them could prove by a guess is proven there.
    apart = insiders and not (told and all(one.covers for one in told))
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
    for one in told:
        verdict.programs += one.programs
        verdict.findings += [found for found in one.findings if found not in verdict.findings]
    return verdict


def _unhidden(published: Published, year: str, name: str) -> list[Finding]:
    """Where nothing is hidden, whatever was to be is printed."""
    return [
        finding(published, "printed", (name, 0, promise.place), (promise.value, promise.value))
        for promise in published.promises
        if promise.indicator == MEASURES[name] and promise.place[0][:4] == year
    ]
