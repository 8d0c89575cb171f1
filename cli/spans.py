"""The spans of a trace, asked of the viewer and put together as a tree short enough to read."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass
class Span:
    """A piece of work. Pieces of one name and service under one parent are told once, with how many they were."""

    service: str
    name: str
    milliseconds: float
    times: int = 1
    children: list[Span] = field(default_factory=list)


def spans_of(zipkin: str, trace_id: str) -> list[Span]:
    """The roots of the trace, in the order of time; empty when the viewer does not have it. Raises httpx.HTTPError."""
    with httpx.Client(trust_env=False, timeout=5) as http:
        answer = http.get(f"{zipkin.rstrip('/')}/api/v2/trace/{trace_id}")
    return tree_of(answer.json()) if answer.status_code == 200 else []


def tree_of(spans: list[dict[str, Any]]) -> list[Span]:
    """Zipkin's flat list as a tree. A span whose parent was not recorded is a root."""
    known = {span["id"] for span in spans}
    under: dict[str | None, list[dict[str, Any]]] = defaultdict(list)
    for span in sorted(spans, key=lambda span: span.get("timestamp", 0)):
        parent = span.get("parentId")
        under[parent if parent in known else None].append(span)

    def told(siblings: list[dict[str, Any]]) -> list[Span]:
        found: dict[tuple[str, str], Span] = {}
        for raw in siblings:
            service = str((raw.get("localEndpoint") or {}).get("serviceName", "?"))
            name = str(raw.get("name", "?"))
            span = found.setdefault((service, name), Span(service, name, 0.0, 0))
            span.milliseconds += raw.get("duration", 0) / 1000
            span.times += 1
            if span.times <= 3:  # the first ones tell the story of the others
                span.children += told(under[raw["id"]])
        return list(found.values())

    return told(under[None])
