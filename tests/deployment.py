"""What deployment files say, read for the tests that hold them against the code."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from deploy.local import addresses
from kit import settings

ROOT: Final = Path(__file__).parents[1]
DEPLOY: Final = ROOT / "deploy"
COMPOSE: Final = DEPLOY / "compose"
BASE: Final = DEPLOY / "kubernetes" / "base"
PROGRAMS: Final = Path(sys.executable).parent

PROCESSES: Final = {f"{service}-{role}": (service, role) for service, role in addresses.processes()}
"""Every process that a local run starts of the services, by its name."""
SETTINGS: Final = {
    *settings._VARIABLES.values(), *settings._PASSWORD_FILES.values(), *settings._CONTENT_FILES.values(),
    "MACS_KAFKA", "MACS_LOCAL", "MACS_FICTIONAL",
}  # fmt: skip


@cache
def compose() -> dict[str, Any]:
    """As Compose itself understands it, with every profile and the example's environment."""
    done = composed("config", "--format", "json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def composed(*words: str, file: Path = COMPOSE / "compose.yaml") -> subprocess.CompletedProcess[str]:
    command = [str(PROGRAMS / "docker-compose"), "-f", str(file), "--env-file", str(COMPOSE / ".env.example"), "--profile", "*", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


@cache
def manifests() -> list[dict[str, Any]]:
    """Every document that the base's kustomization names."""
    named = yaml.safe_load((BASE / "kustomization.yaml").read_text())["resources"]
    return [document for name in named for document in yaml.safe_load_all((BASE / name).read_text()) if document]


def of_kind(*kinds: str) -> list[dict[str, Any]]:
    return [document for document in manifests() if document["kind"] in kinds]


def variables_of(container: dict[str, Any]) -> set[str]:
    return {each["name"] for each in container.get("env", [])}


def containers_of(deployment: dict[str, Any]) -> Iterator[dict[str, Any]]:
    pod = deployment["spec"]["template"]["spec"]
    yield from pod.get("initContainers", [])
    yield from pod["containers"]


def unknown_variables(names: set[str], module: str | None) -> set[str]:
    """Of `MACS_*`, those that neither the settings nor the module that is started read. None: a service."""
    ours = {name for name in names if name.startswith("MACS_")} - SETTINGS
    if module is None:
        return ours
    return {name for name in ours if not re.search(_pattern_of(name), _source_of(module))}


def _pattern_of(name: str) -> str:
    """`MACS_DATABASE_INGEST` is read by its beginning."""
    return r"\bMACS_DATABASE_\b" if name.startswith("MACS_DATABASE_") else rf"\b{name}\b"


def _source_of(module: str) -> str:
    found = importlib.util.find_spec(module)
    assert found is not None, module
    assert found.origin is not None, module
    origin = Path(found.origin)
    files = origin.parent.glob("*.py") if origin.name == "__init__.py" else [origin]
    return "\n".join(file.read_text() for file in files)
