"""Zipkin, the trace viewer of a local run: in memory, loopback only."""

from __future__ import annotations

import urllib.request
from typing import Final

from deploy.local import jars, java, ports
from deploy.local.jars import Progress
from deploy.local.java import Program

HEAP_MB: Final = 128
SPANS: Final = 50_000
"""Kept in memory. With ten times as many it stopped answering."""


ENVIRONMENT: Final = {**java.ENVIRONMENT, "MEM_MAX_SPANS": str(SPANS)}


def arguments(port: int) -> list[str]:
    """Loopback only: by itself it listens on every address."""
    listen = {"ip": ports.LOOPBACK, "port": str(port), "protocols[0]": "http"}
    return [f"--armeria.ports[0].{name}={value}" for name, value in listen.items()]


def program(progress: Progress) -> Program:
    """Zipkin ready to run. Slow the first time only."""
    found = Program("zipkin", HEAP_MB, jars.zipkin(progress), "zipkin.server.ZipkinServer")
    if not found.is_trained:
        progress("Zipkin : démarrage à blanc, pour les suivants deux fois plus rapides")
        (port,) = ports.some(1)
        found.train(arguments(port), ENVIRONMENT, lambda: _answers(port))
    return found


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{ports.LOOPBACK}:{port}/health", timeout=0.5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
