"""The planner in a process of its own: a search keeps processors busy and memory full, a web server must not wait for it."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from prometheus_client import Histogram
from pydantic import TypeAdapter

from services.events.planning.instance import Instance, Placement
from services.events.planning.outcomes import BLOCKING_S, Blocking, Outcome, WhyNot

ROOT: Final = Path(__file__).parents[3]
SPARE_S: Final = 15.0
"""To start, to make the model and to write the answer, on a busy machine."""


@dataclass(frozen=True)
class Task:
    """With `atelier` and `monday`: why not that week. Without: the best plan, or with `before` the one that changes least."""

    instance: Instance
    before: tuple[Placement, ...] = ()
    atelier: str | None = None
    monday: date | None = None
    seconds: float = 20.0


@dataclass(frozen=True)
class Answer:
    """`outcome` or `why_not`; `blocking` where there is no plan."""

    outcome: Outcome | None = None
    why_not: WhyNot | None = None
    blocking: Blocking | None = None


TASK: Final[TypeAdapter[Task]] = TypeAdapter(Task)
ANSWER: Final[TypeAdapter[Answer]] = TypeAdapter(Answer)
SOLVER_SECONDS: Final = Histogram(
    "macs_events_solver_seconds", "Time of a calculation, by what was asked and how it ended", ["question", "outcome"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80),
)  # fmt: skip
"""question: plan, why_not, timetable. outcome: what became of it (optimal, feasible, infeasible, planned, explained …), no_answer where the process died."""
_running = asyncio.Semaphore(2)


class NoAnswer(RuntimeError):
    """The process died or took too long."""


async def ask(task: Task) -> Answer:
    """The planner's answer. Raises NoAnswer."""
    question, started, outcome = "plan" if task.atelier is None else "why_not", time.monotonic(), "no_answer"
    try:
        found = await _answered(task)
        outcome = found.outcome.status if found.outcome else "explained"
        return found
    finally:
        SOLVER_SECONDS.labels(question, outcome).observe(time.monotonic() - started)


async def _answered(task: Task) -> Answer:
    async with _running:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", __name__, env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            async with asyncio.timeout(task.seconds + BLOCKING_S + SPARE_S):
                found, complaint = await process.communicate(TASK.dump_json(task))
        except TimeoutError:
            raise NoAnswer(f"no plan after {task.seconds:g} s") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if process.returncode:
        raise NoAnswer(complaint.decode(errors="replace")[-2_000:])
    return ANSWER.validate_json(found)


def answer(task: Task) -> Answer:
    """The same in this process. The solver is loaded here: it takes a second and 60 MB that a web server does not need."""
    from services.events.planning import blocking, explaining, solving

    if task.atelier is not None and task.monday is not None:
        return Answer(why_not=explaining.why_not(task.instance, task.before, task.atelier, task.monday, task.seconds))
    outcome = solving.solve(task.instance, before=task.before, seconds=task.seconds)
    return Answer(outcome, blocking=blocking.irreducible(task.instance) if outcome.status == "infeasible" else None)


def main() -> None:
    """Reads a task on standard input, writes the answer on standard output."""
    found: Any = ANSWER.dump_json(answer(TASK.validate_json(sys.stdin.buffer.read())))
    sys.stdout.buffer.write(found)


if __name__ == "__main__":
    main()
