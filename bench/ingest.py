"""What ingest promises in numbers: a workbook checked, a long filing taken in, 200 filings at once, procurement data, pages on a full record."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench import decp, files_of_hours, pages, surroundings
from bench.ground import ground
from bench.taking import Taking

RESULTS: Final = Path(__file__).parent / "results"
Say = Callable[[str], None]


def measure(say: Say, only: Collection[str] = ()) -> dict[str, Any]:
    """The whole measurement on servers of its own, or only the steps of these names; the keys of one flat result. `whole` tells them apart."""
    wanted = {name: step for name, step in STEPS.items() if not only or name in only}
    before = surroundings.machine()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    found: dict[str, Any] = {}
    if "workbook" in wanted:
        say("classeur de 50 000 lignes")
        found |= files_of_hours.measure_workbook()
    if wanted.keys() - {"workbook"}:
        with ground(progress=say) as place:
            taking = Taking(place)
            for step in wanted.values():
                found |= step(taking, say)
    found |= {"decp_mb": {size: each["worker_mb"] for size, each in found["decp"].items()}} if "decp" in found else {}
    about = {"measured_at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": before, "versions": surroundings.versions()}
    return {**found, "whole": len(wanted) == len(STEPS), **about}


def _concurrent(taking: Taking, say: Say) -> dict[str, Any]:
    say("200 déclarations en même temps")
    told = taking.concurrent()
    return {
        "api_p99_ms": told["p99"],
        "api_p50_ms": told["p50"],
        "api_errors": told["errors"],
        "api_filings": told["filings"],
        "api_cpu_s": told["cpu_s"],
    }


def _long(taking: Taking, say: Say) -> dict[str, Any]:
    say("déclaration de 50 000 lignes")
    accepted, counted, busy = taking.long_filing()
    return {"filing_50k_accepted_s": round(accepted, 2), "filing_50k_counted_s": round(counted, 2), "filing_50k_cpu_s": busy}


def _decp(taking: Taking, say: Say) -> dict[str, Any]:
    told = {}
    for size in decp.SIZES_MB:
        say(f"marchés (DECP) : {size} Mo")
        told[str(size)] = decp.measure(taking, size)
    return {"decp": told}


def _pages(taking: Taking, say: Say) -> dict[str, Any]:
    say("pages sur un million de lignes")
    told = pages.measure(taking)
    return {"page_p99_ms": told["p99"], "pages": told}


def _before(taking: Taking, say: Say) -> dict[str, Any]:
    """The workbook needs no server: it is measured before there are any."""
    del taking, say
    return {}


STEPS: Final[dict[str, Callable[[Taking, Say], dict[str, Any]]]] = {
    "workbook": _before,
    "concurrent": _concurrent,
    "filing": _long,
    "decp": _decp,
    "pages": _pages,
}


def told(result: dict[str, Any]) -> list[str]:
    """What was measured, a sentence each."""
    found = []
    if "workbook_s" in result:
        found.append(f"classeur de 50 000 lignes : {result['workbook_s']:.1f} s, {result['workbook_mb']} Mo")
    if "filing_50k_accepted_s" in result:
        found.append(
            f"50 000 lignes : reçues en {result['filing_50k_accepted_s']:.1f} s, comptées en {result['filing_50k_counted_s']:.1f} s"
        )
    if "api_p99_ms" in result:
        found.append(f"200 déclarations en même temps : p99 {result['api_p99_ms']:.0f} ms, {result['api_errors']} erreur(s)")
    found += [f"marchés (DECP) : {megabytes} Mo de mémoire pour {size} Mo" for size, megabytes in result.get("decp_mb", {}).items()]
    if "page_p99_ms" in result:
        found.append(f"pages sur un million de lignes : p99 {result['page_p99_ms']:.0f} ms")
    return found


def keep(result: dict[str, Any]) -> Path:
    """Write the result beside those of other days."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"ingest-{result['measured_at'][:10]}.json"
    file.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    return file
