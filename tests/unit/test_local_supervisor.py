"""The supervisor keeps parts alive, in order, and leaves nothing behind. Real processes, small ones."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local import start, stop
from deploy.local.folder import RunFolder, read_json
from deploy.local.part import LARGEST_LOG, Part
from deploy.local.plan import write_plan
from tests.waiting import finally_

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[RunFolder]:
    found = RunFolder(tmp_path / "run")
    found.make()
    yield found
    stop.down(found)
    found.purge()


def part(folder: RunFolder, name: str, command: list[str], **more: Any) -> Part:
    return Part(name, command, str(folder.logs / f"{name}.log"), dict(os.environ), **more)


def pid_of(folder: RunFolder, name: str) -> int | None:
    found: int | None = start.parts_of(folder).get(name, {}).get("pid")
    return found


def is_alive(pid: int) -> bool:
    """A child that nobody has reaped yet is dead all the same."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def launch(folder: RunFolder, *parts: Part, lives_with: int | None = None) -> None:
    write_plan(folder, list(parts), lives_with)
    start.launch(folder)


def test_a_killed_part_is_back_within_a_second(folder: RunFolder) -> None:
    launch(folder, part(folder, "sleeper", SLEEP))
    first = finally_(lambda: pid_of(folder, "sleeper"))
    assert first
    os.kill(first, signal.SIGKILL)
    second = finally_(lambda: (found := pid_of(folder, "sleeper")) != first and found, seconds=5)
    assert second
    assert start.parts_of(folder)["sleeper"]["restarts"] == 1


def test_a_part_waits_for_the_task_before_it(folder: RunFolder, tmp_path: Path) -> None:
    mark = tmp_path / "done"
    task = part(folder, "task", [sys.executable, "-c", f"import pathlib; pathlib.Path({str(mark)!r}).touch()"], task=True)
    launch(folder, part(folder, "after", ["test", "-e", str(mark)], after=["task"], task=True), task)
    assert {name for name, _ in start.readiness(folder, 20)} == {"task", "after"}
    assert start.parts_of(folder)["after"]["restarts"] == 0


def test_parts_that_stand_on_others_stop_first(folder: RunFolder, tmp_path: Path) -> None:
    told = tmp_path / "order"
    script = "import signal,sys,time\ndef end(*_):\n open({file!r},'a').write({name!r}+' ');sys.exit(0)\nsignal.signal(signal.SIGTERM,end)\nprint('set',flush=True)\ntime.sleep(600)"

    def speaking(name: str, **more: Any) -> Part:
        return part(folder, name, [sys.executable, "-c", script.format(file=str(told), name=name)], **more)

    launch(folder, speaking("ground"), speaking("roof", stands_on=["wall"]), speaking("wall", stands_on=["ground"]))
    finally_(lambda: all("set" in start.tail(folder.logs / f"{name}.log") for name in ("ground", "wall", "roof")))
    assert stop.down(folder)
    assert told.read_text().split() == ["roof", "wall", "ground"]


def test_a_part_that_cannot_start_is_reported_with_the_end_of_its_log(folder: RunFolder) -> None:
    launch(folder, part(folder, "broken", [sys.executable, "-c", "raise SystemExit('no such thing')"], probe="tcp://127.0.0.1:1"))
    with pytest.raises(start.NotStarted, match="no such thing"):
        list(start.readiness(folder, 20))


def test_nothing_outlives_a_supervisor_that_is_killed(folder: RunFolder) -> None:
    launch(folder, part(folder, "sleeper", SLEEP))
    child = finally_(lambda: pid_of(folder, "sleeper"))
    assert child
    os.kill(read_json(folder.state)["supervisor"], signal.SIGKILL)
    finally_(lambda: not is_alive(child))
    assert not folder.running()


def test_a_run_ends_with_the_process_that_wanted_it(folder: RunFolder) -> None:
    launch(folder, part(folder, "sleeper", SLEEP), lives_with=2**22 + 1)
    finally_(lambda: not folder.running())


def test_a_second_supervisor_of_the_same_run_gives_way(folder: RunFolder) -> None:
    launch(folder, part(folder, "sleeper", SLEEP))
    first = finally_(lambda: pid_of(folder, "sleeper"))
    start.launch(folder)
    assert "holds this run" in (folder.logs / "supervisor.log").read_text()
    assert first
    assert is_alive(first)


def test_a_log_never_grows_past_its_bound(folder: RunFolder) -> None:
    found = part(folder, "loud", SLEEP)
    with Path(found.log).open("wb") as log:
        log.truncate(LARGEST_LOG + 1)
    found.bound_log()
    assert Path(found.log).stat().st_size == 0
    assert Path(found.log).with_suffix(".log.1").stat().st_size == LARGEST_LOG + 1
