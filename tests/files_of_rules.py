"""The files that break one rule each."""

from __future__ import annotations

from pathlib import Path

FILES = Path(__file__).parent / "files" / "rules"
OF_LINES = sorted(path.stem for path in FILES.glob("*.csv"))
