"""`./macs` from the outside: wherever it is called from, and when something is missing."""

from __future__ import annotations

import importlib
import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
import typer

from cli import publish
from cli.client import Access
from cli.main import COMMANDS, overview, present
from deploy.local.folder import ROOT


def macs(*words: str, cwd: Path = ROOT, command: Path = ROOT / "macs", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(command), *words], cwd=cwd, capture_output=True, text=True, check=False, timeout=60, env={**os.environ, **environment}
    )


@pytest.mark.parametrize("name", present())
def test_every_command_that_is_listed_can_be_called(name: str) -> None:
    entry = COMMANDS[name]
    assert callable(getattr(importlib.import_module(entry.module), entry.attribute))
    assert entry.summary in overview()


def test_it_works_from_another_folder_and_through_a_link(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(ROOT / "macs")
    (tmp_path / "cli.py").write_text("raise SystemExit('the wrong cli')")
    done = macs("--help", cwd=tmp_path, command=link)
    assert done.returncode == 0, done.stderr
    assert "up " in done.stdout


def test_an_unknown_command_is_a_usage_error_with_a_suggestion() -> None:
    done = macs("statsu")
    assert done.returncode == 2
    assert "« status »" in done.stderr


def test_status_of_nothing_is_json_and_says_not_ready(tmp_path: Path) -> None:
    done = macs("status", "--json", "--data", str(tmp_path))
    assert done.returncode == 1
    assert done.stdout.startswith("{")


def test_a_machine_without_a_recent_python_is_told_what_it_needs(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "cat", "cmp", "cp", "date", "dirname", "grep", "mkdir", "readlink", "rm", "sed", "sleep", "tail"):
        (tools / name).symlink_to(str(shutil.which(name)))
    (tools / "python3").write_text("#!/bin/sh\nexit 1\n")
    (tools / "python3").chmod(0o755)
    project = tmp_path / "project"
    project.mkdir()
    shutil.copy(ROOT / "macs", project / "macs")
    shutil.copytree(ROOT / "requirements", project / "requirements")
    done = macs("up", cwd=project, command=project / "macs", PATH=str(tools))
    assert done.returncode == 2
    assert "Python 3.11" in done.stderr
    assert not (project / ".venv.lock").exists()


def test_the_entry_is_plain_posix_shell() -> None:
    text = (ROOT / "macs").read_text()
    assert text.startswith("#!/bin/sh\n")
    shell = shutil.which("dash") or "sh"
    assert subprocess.run([shell, "-n", str(ROOT / "macs")], check=False).returncode == 0


def test_a_release_that_takes_longer_than_anybody_waits_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """« Ne répond pas » would be ordered again, while the server still counts and then publishes."""
    monkeypatch.setattr(publish, "PATIENCE_S", 1)
    with socket.create_server(("127.0.0.1", 0)) as busy, pytest.raises(typer.Exit) as end:
        publish._ask(Access(f"http://127.0.0.1:{busy.getsockname()[1]}", "clé".encode().hex()), "/api/v1/pilotage/releases")
    assert end.value.exit_code == 1
    said = capsys.readouterr()
    assert "le calcul continue sur le serveur" in said.err + said.out
    assert "/revisions" in said.err + said.out
    assert "ne répond pas" not in said.err + said.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("backup", "a-file"), "a-file : ce n’est pas un dossier"),
        (("backup", "a-file/below"), "ce n’est pas un dossier"),
        (("restore", "a-file"), "n’est pas le dossier d’une sauvegarde"),
        (("restore", "nowhere"), "n’est pas le dossier d’une sauvegarde"),
    ],
)
def test_a_place_that_is_none_is_told_in_french(tmp_path: Path, words: tuple[str, str], said: str) -> None:
    (tmp_path / "a-file").write_text("mine")
    for part in ("postgres/PG_VERSION", "kafka/log/meta.properties"):
        (tmp_path / "run" / "data" / part).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "run" / "data" / part).touch()
    done = macs(words[0], str(tmp_path / words[1]), "--data", str(tmp_path / ("run" if words[0] == "backup" else "new")))
    assert done.returncode == 1
    assert said in done.stderr
    assert "Errno" not in done.stderr
    assert (tmp_path / "a-file").read_text() == "mine"
