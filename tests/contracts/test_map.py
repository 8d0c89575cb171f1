"""The code writes and reads what the map says, and nothing else."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

from kit.settings import Settings
from schemas import topics

ROOT = Path(__file__).parents[2]
SERVICES = sorted(folder.name for folder in (ROOT / "services").iterdir() if (folder / "app.py").exists())
PUBLISHER = {message.__name__: topic.published_by for topic in topics.ALL for message in topic.carries}


def made_in(service: str) -> dict[str, set[str]]:
    """Message classes that a service's code constructs: name → files."""
    found: dict[str, set[str]] = {}
    for file in (ROOT / "services" / service).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in PUBLISHER:
                found.setdefault(node.func.id, set()).add(str(file.relative_to(ROOT)))
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_makes_only_messages_of_its_own_topics(service: str) -> None:
    foreign = {name: files for name, files in made_in(service).items() if PUBLISHER[name] != service}
    assert foreign == {}


def test_every_publisher_and_reader_of_the_map_is_a_service() -> None:
    named = {topic.published_by for topic in topics.ALL} | {reader for topic in topics.ALL for reader in topic.read_by}
    assert named == set(SERVICES)


NOT_READ_YET = {
    ("events", "deliveries"),  # who was told of a meeting
}
"""What the map gives a service that no feature of it uses so far. An entry leaves this set with the feature that needs it."""


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_the_topics_that_the_map_gives_it(service: str) -> None:
    made = importlib.import_module(f"services.{service}.app").create(Settings(service=service))
    read = {(service, reader.topic.name) for reader in made.readers}
    mapped = {(service, topic.name) for topic in topics.ALL if service in topic.read_by}
    assert read == mapped - NOT_READ_YET


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_name_is_the_same_everywhere(service: str) -> None:
    made = importlib.import_module(f"services.{service}.app").create(Settings(service=service))
    assert made.name == service
    assert {reader.name for reader in made.readers} <= {service}
