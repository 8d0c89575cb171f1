"""What a process carries: what it runs and nothing else, since everything together has to stay small."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
HEAVY: Final = ("duckdb", "highspy", "numpy", "vl_convert", "typst", "python_calamine")


@pytest.mark.parametrize("service", ["ingest", "indicators"])
def test_a_worker_carries_no_pages_and_nothing_that_only_they_need(service: str) -> None:
    code = f"""
import sys
from kit.settings import Settings
from services.{service}.app import create
create(Settings(service="{service}", role="worker"))
print(*sorted(name for name in sys.modules if name.startswith("services.{service}.pages") or name in {HEAVY}))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == []
