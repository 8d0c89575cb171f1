"""The OpenAPI 3.1 document of the gateway: every service's own, put together without starting anything."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from kit.service import app
from kit.settings import Settings

Document = dict[str, Any]
SERVICES = ("directory", "ingest", "indicators", "events", "notify")
SHOWN = ("/api/",)
"""Pages and probes are not part of the interface that scripts rely on."""


def document() -> Document:
    """Raises ValueError when two services claim one path."""
    paths: Document = {}
    components: Document = {"schemas": {}}
    for name in SERVICES:
        made = importlib.import_module(f"services.{name}.app").create(Settings(service=name, data=Path(), secrets=Path()))
        own = _prefixed(app(made).openapi(), name)
        for path, item in own["paths"].items():
            if not path.startswith(SHOWN):
                continue
            if path in paths:
                raise ValueError(f"{path} is served by two services; one of them is {name}")
            paths[path] = item
        components["schemas"].update(own.get("components", {}).get("schemas", {}))
    return {
        "openapi": "3.1.0",
        "info": {"title": "MACS", "version": "1.0.0", "license": {"name": "EUPL-1.2"}},
        "paths": dict(sorted(paths.items())),
        "components": {
            **components,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "macs_session"},
            },
        },
        "security": [{"key": []}, {"session": []}, {}],
    }


def _prefixed(node: Any, service: str) -> Any:
    """Component names with the service before them, so that two services may each have a `Receipt`."""
    if isinstance(node, dict):
        found: Document = {}
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                found[key] = value.replace("#/components/schemas/", f"#/components/schemas/{service}.")
            elif key == "schemas" and isinstance(value, dict):
                found[key] = {f"{service}.{name}": _prefixed(schema, service) for name, schema in value.items()}
            else:
                found[key] = _prefixed(value, service)
        return found
    if isinstance(node, list):
        return [_prefixed(value, service) for value in node]
    return node
