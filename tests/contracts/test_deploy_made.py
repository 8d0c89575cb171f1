"""What is made from the code is committed as the code makes it; the gateway of a deployment is the local one at another address."""

from __future__ import annotations

import http.client
import http.server
import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import yaml

from deploy import made
from deploy.local import caddy, ports
from deploy.local.caddy import ROUTES
from tests.deployment import COMPOSE, DEPLOY, PROCESSES, PROGRAMS, ROOT


@pytest.mark.parametrize("file", made.FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_what_is_committed_is_what_the_code_makes(file: Path) -> None:
    assert file.read_text(encoding="utf-8") == made.FILES[file](), "run ./macs export deploy"


def routed(text: str) -> dict[str, tuple[str, ...]]:
    return {name: tuple(paths.split()) for name, paths in re.findall(r"^\t@(\w+) path (.+)$", text, re.MULTILINE)}


def test_the_deployed_gateway_has_the_same_routes_and_none_to_the_inside() -> None:
    text = (COMPOSE / "Caddyfile").read_text()
    assert routed(text) == ROUTES
    inside = ("/health/live", "/health/ready", "/metrics", "/internal/x")
    assert [path for path in inside for patterns in ROUTES.values() if any(fnmatchcase(path, pattern) for pattern in patterns)] == []
    asked = dict(re.findall(r"handle @(\w+) \{\n\t\treverse_proxy (\S+) \{", text))
    assert set(asked) == set(ROUTES)
    assert {where.rpartition(":")[0] for where in asked.values()} <= {*PROCESSES, "console"}


@contextmanager
def running(configuration: Path, environment: dict[str, str], port: int) -> Iterator[None]:
    command = [str(PROGRAMS / "caddy"), "run", "--adapter", "caddyfile", "--config", str(configuration)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env={**os.environ, **environment}, stdout=quiet, stderr=quiet) as process:
        try:
            deadline = time.monotonic() + 10
            while not ports.is_open(port) and time.monotonic() < deadline:
                time.sleep(0.02)
            yield
        finally:
            process.terminate()


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """A service's place: its address, and the callers' addresses that it is told."""
    told: list[str] = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.append(self.headers.get("X-Forwarded-For", ""))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}", told
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("trusted", "expected"), [("192.0.2.0/24", "127.0.0.1"), ("127.0.0.1/32", "203.0.113.9")])
def test_services_are_told_one_caller_whom_nobody_else_has_written(tmp_path: Path, trusted: str, expected: str) -> None:
    """Limits count by caller: one who invents an address, or our own proxy's, must not be counted under it."""
    (port,) = ports.some(1)
    with listening() as (upstream, told):
        configuration = tmp_path / "Caddyfile"
        configuration.write_text(caddy.deployed(dict.fromkeys(ROUTES, upstream), tmp_path))
        environment = {**caddy.environment(tmp_path), "MACS_SITE": f":{port}", "MACS_TRUSTED_PROXIES": trusted}
        with running(configuration, environment, port):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", "/agenda", headers={"X-Forwarded-For": "203.0.113.9"})
            try:
                assert connection.getresponse().status == 200
            finally:
                connection.close()
    assert told == [expected]


def test_the_collector_is_whole() -> None:
    found = yaml.safe_load((DEPLOY / "otel" / "collector.yaml").read_text())
    (pipeline,) = found["service"]["pipelines"].values()
    assert set(pipeline["receivers"]) == set(found["receivers"])
    assert pipeline["processors"] == list(found["processors"]) == ["memory_limiter", "batch"]
    assert pipeline["exporters"] == ["${env:TRACES_EXPORTER}"]
    assert set(found["exporters"]) == {"nop", "otlphttp", "zipkin"}
    said = (COMPOSE / ".env.example").read_text()
    assert "# Traces: nop, otlphttp (Tempo, Jaeger, …) or zipkin" in said
    assert set(found["service"]["extensions"]) == set(found["extensions"])
