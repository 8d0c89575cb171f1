"""Dashboards and alerts ask for what the processes say, and every alert says what to do."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client import REGISTRY

from tests.deployment import COMPOSE, DEPLOY, ROOT

GRAFANA = DEPLOY / "grafana"
ALERTS: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((GRAFANA / "alerts.yaml").read_text())["groups"] for rule in group["rules"]
]
BOARDS = sorted((GRAFANA / "dashboards").glob("*.json"))
FROM_PROMETHEUS = {"job", "instance", "service", "role"}
"""Labels that scraping adds (targets.json, PodMonitor)."""
UNITS = (
    "_seconds",
    "_bytes",
    "_records",
    "_rows",
    "_ready",
    "_stopped",
    "_open",
    "_retries",
    "_rebalances",
    "_failures",
    "_calls",
    "_mails",
    "_copies",
)


def questions() -> dict[str, str]:
    """Where it is asked → PromQL."""
    found = {f"alert {rule['alert']}": rule["expr"] for rule in ALERTS}
    for file in BOARDS:
        for panel in json.loads(file.read_text())["panels"]:
            found |= {f"{file.stem}: {panel['title']} {target['refId']}": target["expr"] for target in panel.get("targets", [])}
    return found


@cache
def said() -> dict[str, set[str]]:
    """Every series that the processes can say, by its name in PromQL → its labels."""
    for module in ("kit.telemetry.metrics", *_with_metrics()):
        importlib.import_module(module)
    found: dict[str, set[str]] = {"up": set()}
    for collector in {id(one): one for one in REGISTRY._names_to_collectors.values()}.values():
        name, labels = getattr(collector, "_name", ""), set(getattr(collector, "_labelnames", ()))
        if not name.startswith("macs_"):
            continue
        kind = getattr(collector, "_type", "")
        endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}[kind]
        found |= {name + ending: labels | ({"le"} if ending == "_bucket" else set()) for ending in endings}
    return found


def _with_metrics() -> Iterator[str]:
    for file in ROOT.glob("services/**/*.py"):
        if "from prometheus_client import" in file.read_text(encoding="utf-8"):
            yield ".".join(file.relative_to(ROOT).with_suffix("").parts)


def vectors(expression: Any) -> Iterator[Any]:
    """Selectors of series inside an expression."""
    if isinstance(expression, promql_parser.VectorSelector):
        yield expression
    for name in ("expr", "lhs", "rhs", "vector_selector", "vs"):
        inner = getattr(expression, name, None)
        if inner is not None and not isinstance(inner, str):
            yield from vectors(inner)
    for argument in getattr(expression, "args", None) or []:
        yield from vectors(argument)


def grouped(question: str) -> set[str]:
    return {label.strip() for labels in re.findall(r"\bby \(([^)]*)\)", question) for label in labels.split(",")}


@pytest.mark.parametrize("question", questions().values(), ids=questions().keys())
def test_a_question_asks_for_what_is_said(question: str) -> None:
    selectors = list(vectors(promql_parser.parse(question)))
    assert selectors, question
    known = said()
    assert {selector.name for selector in selectors} <= set(known)
    labels = set().union(*(known[selector.name] for selector in selectors)) | FROM_PROMETHEUS
    asked = grouped(question) | {matcher.name for selector in selectors for matcher in selector.matchers.matchers}
    assert asked <= labels


def test_a_question_about_nothing_is_found_out() -> None:
    assert "macs_consumer_lag_minutes" not in said()
    assert said()["macs_consumer_records_total"] == {"reader", "topic", "outcome"}
    assert [selector.name for selector in vectors(promql_parser.parse("sum by (a) (rate(b[5m])) / max(c) > 1"))] == ["b", "c"]
    with pytest.raises(ValueError, match="unclosed left parenthesis"):
        promql_parser.parse("sum by (")


def test_every_series_has_its_unit_in_its_name() -> None:
    bare = {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in said()} - {"up"}
    assert {name for name in bare if not name.endswith(UNITS)} == set()


def test_everything_that_the_services_say_is_asked_for_somewhere() -> None:
    asked = {selector.name for question in questions().values() for selector in vectors(promql_parser.parse(question))}
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked}
    unseen = {re.sub(r"_(bucket|sum|count)$", "", name) for name in said()} - families
    assert unseen == set()


def test_curves_are_named_by_labels_that_are_there() -> None:
    for file in BOARDS:
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel.get("targets", []):
                assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= grouped(target["expr"]), panel["title"]


def anchors() -> set[str]:
    headings = re.findall(r"^#+ (.+)$", (ROOT / "docs" / "operate.md").read_text(), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_every_alert_says_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning"}
    file, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert (file, anchor) == ("docs/operate.md", rule["alert"].lower())
    assert anchor in anchors()
    assert set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"])) <= grouped(rule["expr"]) | FROM_PROMETHEUS


def test_every_alert_is_tried() -> None:
    tried = {
        case["alertname"]
        for test in yaml.safe_load((GRAFANA / "alerts_test.yaml").read_text())["tests"]
        for case in test["alert_rule_test"]
    }
    assert tried == {rule["alert"] for rule in ALERTS}


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed (Debian's package prometheus)")
@pytest.mark.parametrize("words", [("check", "rules", "alerts.yaml"), ("test", "rules", "alerts_test.yaml")], ids=" ".join)
def test_prometheus_agrees(words: tuple[str, ...]) -> None:
    done = subprocess.run(["promtool", *words], cwd=GRAFANA, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_process_is_asked_by_prometheus() -> None:
    from deploy.local.addresses import processes

    labelled = {(each["labels"]["service"], each["labels"]["role"]) for each in json.loads((COMPOSE / "targets.json").read_text())}
    assert labelled == {*processes(), ("console", "web")}
    mounted = {Path(name) for name in re.findall(r"/etc/prometheus/(\S+\.(?:yaml|json))", (COMPOSE / "compose.yaml").read_text())}
    assert {Path("prometheus.yaml"), Path("targets.json"), Path("alerts.yaml")} <= mounted
