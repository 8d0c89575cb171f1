"""Memory of the process that imports procurement data, for a file of 30 MB and one of 300 MB: it must not grow with the file."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path
from typing import Any, Final

import httpx
import psutil

from bench.taking import Taking, bearer
from deploy.local.folder import ROOT
from deploy.local.part import Part

SAMPLE: Final = ROOT / "tests" / "files" / "decp" / "idf_v1_2018_2019.json.gz"
SIZES_MB: Final = (30, 300)
PATIENCE_S: Final = 1800.0
_MARK: Final = "\u241f"


def measure(taking: Taking, megabytes: int) -> dict[str, Any]:
    """Peak resident megabytes of a worker that was started for this import alone, and of the web process that took the file in."""
    place = taking.place
    place.stop(taking.worker)
    place.start(taking.worker)
    file = place.folder.data / f"decp-{megabytes}.json"
    write(file, megabytes * 1_000_000, megabytes)
    processes = [_process(taking.worker), _process(taking.web)]
    for process in processes:
        _forget_peak(process)
    before = taking.busy()
    begun = time.perf_counter()
    final = _imported(taking, file)
    seconds = round(time.perf_counter() - begun, 1)
    file.unlink()
    worker, web = (_peak_mb(process) for process in processes)
    busy = {name: round(spent - before.get(name, 0.0), 1) for name, spent in taking.busy().items()}
    return {"worker_mb": worker, "web_mb": web, "seconds": seconds, "read": final["read"], "cpu_s": busy}


def write(file: Path, size: int, salt: int) -> int:
    """Real contracts over and over under other numbers until so many bytes; how many rows. Each contract occurs once, besides the sample's own
    repetitions."""
    rows = json.loads(gzip.decompress(SAMPLE.read_bytes()))["marches"]
    texts = [json.dumps({**row, "id": f"{row.get('id')}{_MARK}"}, ensure_ascii=False) for row in rows]
    written = count = 0
    with file.open("w", encoding="utf-8") as out:
        written += out.write('{"marches": [')
        while written < size:
            turn = f"-{salt}-{count // len(texts)}"
            text = texts[count % len(texts)].replace(_MARK, turn)
            written += out.write(("," if count else "") + text)
            count += 1
        out.write("]}")
    return count


def _imported(taking: Taking, file: Path) -> dict[str, Any]:
    with httpx.Client(base_url=taking.url, timeout=PATIENCE_S, headers=bearer(taking.team_key)) as http, file.open("rb") as stream:
        number = (
            http.post("/api/v1/imports", data={"type": "decp"}, files={"file": (file.name, stream)}).raise_for_status().json()["import"]
        )
        deadline = time.monotonic() + PATIENCE_S
        while (state := http.get(f"/api/v1/imports/{number}").json())["state"] not in {"done", "failed"}:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the import was not done within {PATIENCE_S:.0f} s")
            time.sleep(0.5)
    if state["state"] == "failed" or state["read"] != sum(state[name] for name in ("imported", "repaired", "duplicates", "set_aside")):
        raise RuntimeError(f"the import went wrong: {state}")
    found: dict[str, Any] = state
    return found


def _process(part: Part) -> psutil.Process:
    return psutil.Process(part.report()["pid"])


def _forget_peak(process: psutil.Process) -> None:
    Path(f"/proc/{process.pid}/clear_refs").write_text("5")


def _peak_mb(process: psutil.Process) -> int:
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    return round(kilobytes * 1024 / 1e6)
