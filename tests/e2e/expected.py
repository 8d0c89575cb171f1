"""What the demonstration's files must come to."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path


def expected_of(file: Path) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for row in json.loads(Path(f"{file}.expected.json").read_text(encoding="utf-8"))["hours"]:
        name = f"{row['month'][:4]}/{row['department']}"
        sums[name] = sums.get(name, Decimal(0)) + Decimal(row["centihours"]) / 100
    return sums
