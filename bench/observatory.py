"""What the observatory promises in numbers, on ten years of a region (1.5 million lines; `--full`: ten million, what is promised of those).

`MEASURES` is the list of what is measured: a name, what it needs, and a function that returns a part of the result. Those that need the
region share one: loaded by COPY, with the worker and the web process of indicators.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench import (
    observatory_apply,
    observatory_editions,
    observatory_rebuild,
    observatory_release,
    observatory_working,
    public_face,
    surroundings,
)
from bench.ground import Ground, ground

RESULTS: Final = Path(__file__).parent / "results"
REGION: Final = 1_500_000
FULL: Final = 10_000_000
Say = Callable[[str], None]


@dataclass
class Bench:
    """What a measure is given: servers with the region's facts in the database of indicators, `lines` of them."""

    place: Ground
    lines: int
    say: Say


Measure = Callable[[Bench], dict[str, Any]]


@dataclass(frozen=True)
class Entry:
    """One measure. `keys` are those of the result that it fills: null in a result where it was left out or its module is not there."""

    name: str
    keys: tuple[str, ...]
    run: Measure
    at_full: bool = False
    """Whether something is promised of it at ten million lines."""


MEASURES: Final[Sequence[Entry]] = (
    Entry("application", ("apply_ratio_full",), lambda bench: observatory_apply.ratio(bench.place, bench.lines, bench.say), at_full=True),
    Entry(
        "pages de travail",
        ("working_p99_ms", "web_mb"),
        lambda bench: observatory_working.measure(bench.place, bench.lines, bench.say),
        at_full=True,
    ),
    Entry(
        "publication",
        ("release_s", "release_attacked", "release_recovered"),
        lambda bench: observatory_release.measure(bench.place, bench.say),
    ),
    Entry("édition", ("panorama_s",), lambda bench: observatory_editions.measure(bench.place, bench.say)),
    Entry("pages publiques", ("public_p99_ms", "svg_ms"), lambda bench: public_face.measure(bench.place, bench.say)),
    Entry("reconstruction", ("rebuild_lines_per_second",), lambda bench: observatory_rebuild.measure(bench.place, bench.say)),
)
"""In this order: the first loads the region, the last empties it."""
KEYS: Final = (
    "apply_ratio_full", "working_p99_ms", "public_p99_ms", "release_s", "release_attacked", "release_recovered", "panorama_s", "svg_ms",
    "web_mb", "rebuild_lines_per_second",
)  # fmt: skip


def measure(say: Say, *, full: bool = False) -> dict[str, Any]:
    """The whole measurement on servers of its own; the promised keys first, then what stands behind them."""
    before = surroundings.machine()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    found: dict[str, Any] = dict.fromkeys(KEYS)
    with ground(progress=say) as place:
        bench = Bench(place, FULL if full else REGION, say)
        for entry in MEASURES:
            if full and not entry.at_full:
                continue
            say(entry.name)
            found |= entry.run(bench)
    about = {"lines": bench.lines, "measured_at": datetime.now(UTC).isoformat(timespec="seconds")}
    return {**found, **about, "machine": before, "versions": surroundings.versions()}


def keep(result: dict[str, Any]) -> Path:
    """Write the result beside those of other days."""
    RESULTS.mkdir(exist_ok=True)
    size = "-full" if result["lines"] == FULL else ""
    file = RESULTS / f"observatory{size}-{result['measured_at'][:10]}.json"
    file.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    return file
