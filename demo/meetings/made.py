"""What of the network's life a run has already: made once, found again, never made anew after somebody changed or cancelled it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from demo.run_folder import write


class Made:
    """Kept in the run's folder. `begun` is when the first of it was made (Paris wall clock): every later date counts from it.

    A load that was cut off may have made one thing more than it could write down: where the platform cannot tell that a request is the same
    again, the next load looks for it first.
    """

    def __init__(self, file: Path, now: datetime) -> None:
        self._file = file
        kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        self.begun = datetime.fromisoformat(kept["begun"]) if kept else now
        self._made: dict[str, str] = kept.get("made", {})
        self._resumed = bool(kept)

    def __len__(self) -> int:
        return len(self._made)

    def once(self, name: str, make: Callable[[], str], there: Callable[[], str | None] = lambda: None) -> str:
        """What `make` answered when it was made, now or in an earlier load: an id, or the path of a page. `there` finds it on the platform."""
        if name not in self._made:
            self._made[name] = (there() if self._resumed else None) or make()
            write(self._file, json.dumps({"begun": self.begun.isoformat(), "made": self._made}, ensure_ascii=False, indent=1), 0o600)
        return self._made[name]
