"""What ingest promises in numbers: a workbook checked, a long filing taken in, 200 filings at once, procurement data, pages on a full record."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench import decp, files_of_hours, pages, surroundings
from bench.ground import ground
from bench.taking import Taking

RESULTS: Final = Path(__file__).parent / "results"
Say = Callable[[str], None]


def measure(say: Say) -> dict[str, Any]:
    """The whole measurement on servers of its own, a few minutes long; the keys of one flat result."""
    before = surroundings.machine()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    say("classeur de 50 000 lignes")
    found: dict[str, Any] = files_of_hours.measure_workbook()
    with ground(progress=say) as place:
        taking = Taking(place)
        say("200 déclarations en même temps")
        found |= _concurrent(taking)
        say("déclaration de 50 000 lignes")
        accepted, counted = taking.long_filing()
        found |= {"filing_50k_accepted_s": round(accepted, 2), "filing_50k_counted_s": round(counted, 2)}
        found |= _decp(taking, say)
        say("pages sur un million de lignes")
        told = pages.measure(taking)
        found |= {"page_p99_ms": told["p99"], "pages": told}
    return {**found, "measured_at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": before, "versions": surroundings.versions()}


def _concurrent(taking: Taking) -> dict[str, Any]:
    told = taking.concurrent()
    return {"api_p99_ms": told["p99"], "api_p50_ms": told["p50"], "api_errors": told["errors"], "api_filings": told["filings"]}


def _decp(taking: Taking, say: Say) -> dict[str, Any]:
    told = {}
    for size in decp.SIZES_MB:
        say(f"marchés (DECP) : {size} Mo")
        told[str(size)] = decp.measure(taking, size)
    return {"decp_mb": {size: each["worker_mb"] for size, each in told.items()}, "decp": told}


def keep(result: dict[str, Any]) -> Path:
    """Write the result beside those of other days."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"ingest-{result['measured_at'][:10]}.json"
    file.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    return file
