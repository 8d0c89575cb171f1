"""What a service answers is reached through the gateway, and by that service alone; probes are not."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from deploy.local.caddy import ROUTES
from kit.service import app
from kit.settings import Settings

SERVICES = ("directory", "ingest", "indicators", "events", "notify")
INSIDE = ("/health/", "/metrics", "/internal/", "/openapi.json", "/docs", "/redoc", "/static", "/page-introuvable")
"""Asked by the supervisor, by neighbours and by the gateway itself."""


def paths_of(routes: Iterable[Any]) -> Iterator[str]:
    """Of routers that FastAPI holds as they were included, too."""
    for route in routes:
        if hasattr(route, "effective_route_contexts"):
            yield from (context.path for context in route.effective_route_contexts())
        elif hasattr(route, "path"):
            yield route.path


def served(service: str) -> list[str]:
    made = importlib.import_module(f"services.{service}.app").create(Settings(service=service, data=Path(), secrets=Path()))
    return [path for path in paths_of(app(made).routes) if not path.startswith(INSIDE)]


def reached(path: str) -> list[str]:
    """The services that the gateway sends a path to, with something in the place of each parameter."""
    asked = re.sub(r"\{[^}]+\}", "x", path)
    return [service for service, patterns in ROUTES.items() if any(fnmatchcase(asked, pattern) for pattern in patterns)]


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_is_reached_and_by_its_service_alone(service: str) -> None:
    own = served(service)
    assert len(own) > 5
    wrong = {path: reached(path) for path in own if reached(path) != [service]}
    assert wrong == {}


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics", "/internal/x"])
def test_nothing_inside_is_reached_from_outside(path: str) -> None:
    assert reached(path) == []
