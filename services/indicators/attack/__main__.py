"""`python -m services.indicators.attack FOLDER`: attack the published files of a folder; prints the verdict, exit 1 on any finding."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from services.indicators.attack.files import read
from services.indicators.attack.verdict import attack


def main(folder: str) -> int:
    found = attack(read(Path(folder)), processes=min(2, os.cpu_count() or 1))
    sys.stdout.write(json.dumps(found.body(), ensure_ascii=False) + "\n")
    return 1 if found.findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
