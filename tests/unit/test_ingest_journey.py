"""The spans of a trace as a tree short enough to read."""

from __future__ import annotations

from typing import Any

from cli.spans import tree_of


def _span(span_id: str, service: str, name: str, parent: str | None = None, at: int = 0) -> dict[str, Any]:
    return {"id": span_id, "parentId": parent, "name": name, "timestamp": at, "duration": 1500, "localEndpoint": {"serviceName": service}}


def test_pieces_of_one_name_under_one_parent_are_told_once() -> None:
    spans = [_span("a", "ingest", "post"), *(_span(f"l{i}", "indicators", "process hours", "a", i) for i in range(3))]
    (root,) = tree_of(spans)
    (child,) = root.children
    assert (root.service, child.service, child.times, child.milliseconds) == ("ingest", "indicators", 3, 4.5)


def test_a_span_whose_parent_was_not_recorded_is_a_root_and_time_is_the_order() -> None:
    roots = tree_of([_span("b", "notify", "send", "lost", at=20), _span("a", "ingest", "post", at=10)])
    assert [root.service for root in roots] == ["ingest", "notify"]


def test_no_spans_are_no_tree() -> None:
    assert tree_of([]) == []
