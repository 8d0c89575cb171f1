"""Every calculation is measured, by what was asked and how it ended."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.events.planning import process
from services.events.planning.outcomes import Outcome
from services.events.planning.process import Answer, NoAnswer, Task


def measured() -> dict[tuple[str, str], float]:
    samples: list[Any] = [sample for metric in process.SOLVER_SECONDS.collect() for sample in metric.samples]
    return {(s.labels["question"], s.labels["outcome"]): s.value for s in samples if s.name == "macs_events_solver_seconds_count"}


async def _ask(monkeypatch: pytest.MonkeyPatch, task: Task, answer: Answer | NoAnswer) -> dict[tuple[str, str], float]:
    """What was added to the measures."""

    async def answered(task: Task) -> Answer:
        if isinstance(answer, NoAnswer):
            raise answer
        return answer

    monkeypatch.setattr(process, "_answered", answered)
    before = measured()
    if isinstance(answer, NoAnswer):
        with pytest.raises(NoAnswer):
            await process.ask(task)
    else:
        assert await process.ask(task) is answer
    return {key: value - before.get(key, 0) for key, value in measured().items() if value != before.get(key, 0)}


async def test_what_was_asked_and_how_it_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    instance: Any = None
    found: Any = Outcome.__new__(Outcome)
    object.__setattr__(found, "status", "optimal")
    assert await _ask(monkeypatch, Task(instance), Answer(found)) == {("plan", "optimal"): 1}
    why = Task(instance, atelier="a", monday=date(2027, 1, 4))
    assert await _ask(monkeypatch, why, Answer()) == {("why_not", "explained"): 1}
    assert await _ask(monkeypatch, why, NoAnswer("it died")) == {("why_not", "no_answer"): 1}
