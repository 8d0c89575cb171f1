"""A workbook of 50,000 lines × 20 columns read, matched, checked and reported, then annotated: seconds and peak memory, each in a
process of its own. `python -m bench.files_of_hours` prints them as JSON."""

from __future__ import annotations

import io
import json
import random
import resource
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import UUID

import xlsxwriter

from schemas.vocabulary.modalities import MODALITIES
from schemas.vocabulary.persons import EDUCATION, PRESCRIBERS, UNEMPLOYMENT
from schemas.vocabulary.publics import PUBLICS
from services.ingest.rules.fields import BY_NAME

ROWS: Final = 50_000
COLUMNS: Final = (
    "contract", "period", "hours", "employer_siret", "employer_name", "department", "commune", "worker_id", "birth", "sex",
    "residence", "qpv", "public", "education", "unemployment", "prescriber", "modality", "work_contract", "job", "hours_training",
)  # fmt: skip
WRONG: Final = 0.02
"""Share of lines with something to say about them, besides employers' doubtful numbers."""
TODAY: Final = date(2026, 6, 1)


def workbook(rows: int = ROWS, seed: int = 20) -> bytes:
    """Fictional lines as a facilitator's software exports them: numbers as numbers, codes as words, 2 % of the lines with a defect."""
    pick = random.Random(seed)
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"constant_memory": False})
    page = book.add_worksheet("Suivi")
    bold, hours = book.add_format({"bold": True}), book.add_format({"num_format": "0.00"})
    page.write_row(0, 0, [BY_NAME[name].label for name in COLUMNS], bold)
    for row in range(1, rows + 1):
        for place, (name, value) in enumerate(_line(row, pick).items()):
            page.write(row, place, value, hours if name.startswith("hours") else None)
    book.close()
    return buffer.getvalue()


def _line(row: int, pick: random.Random) -> dict[str, Any]:
    """A line; three months of a person follow each other and say the same of it, as exports do."""
    wrong, worker = pick.random() < WRONG, (row - 1) // 3
    return {**_work(row, pick, wrong=wrong), **_person(worker, random.Random(worker)), **_contract(row, pick)}


def _work(row: int, pick: random.Random, *, wrong: bool) -> dict[str, Any]:
    return {
        "contract": f"2025-{row % 400:03d}",
        "period": f"2026-{1 + row % 3:02d}",
        "hours": (412.0 if row % 2 else "sept heures") if wrong else round(pick.uniform(3, 165), 2),
        "employer_siret": f"{12345678200010}" if row % 5 else "217500016000",
        "employer_name": f"Chantiers Fictifs {row % 120}",
        "department": pick.choice(("75", "77", "78", "91", "92", "93", "94", "95")),
        "commune": pick.choice(("93048", "75056", "94028", "92050")),
    }


def _person(worker: int, pick: random.Random) -> dict[str, Any]:
    return {
        "worker_id": f"S{worker:06d}",
        "birth": f"{pick.randrange(1980, 1999)}-{1 + worker % 12:02d}",
        "sex": pick.choice("FM"),
        "residence": pick.choice(("93048", "93066", "94028", "92050")),
        "qpv": pick.choice(("oui", "non")),
        "public": pick.choice([code for code in PUBLICS if code not in {"JEUNE_26", "SENIOR", "DELD", "DETLD"}]),
        "education": pick.choice(list(EDUCATION)),
        "unemployment": pick.choice(list(UNEMPLOYMENT)),
        "prescriber": pick.choice(list(PRESCRIBERS)),
    }


def _contract(row: int, pick: random.Random) -> dict[str, Any]:
    return {
        "modality": pick.choice([code for code in MODALITIES if code in {"EMBAUCHE_DIRECTE", "AI", "REGIE", "EA", "AUTRE"}]),
        "work_contract": pick.choice(("CDI", "CDD")),
        "job": f"Métier fictif {row % 60}",
        "hours_training": 0 if row % 4 else 2.5,
    }


def measure_workbook(rows: int = ROWS) -> dict[str, Any]:
    """`workbook_s` and `workbook_mb`: read, matched, checked, the findings grouped and rendered as JSON. `annotate_s` and `annotate_mb`:
    the author's own workbook with what is to be looked at, from the file's bytes and the findings. Peak memory is the process's own."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "heures.xlsx"
        path.write_bytes(workbook(rows))
        read, annotated = _run("read", path), _run("annotate", path)
    return {
        "rows": rows,
        "columns": len(COLUMNS),
        "lines": read["lines"],
        "findings": read["findings"],
        "workbook_s": read["seconds"],
        "workbook_mb": read["peak_mb"],
        "annotate_s": annotated["seconds"],
        "annotate_mb": annotated["peak_mb"],
        "steps": read["steps"],
    }


def _run(what: str, path: Path) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-m", "bench.files_of_hours", what, str(path)], check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _measured(what: str, path: Path) -> dict[str, Any]:
    """In the measured process. Imports are not counted; the file's bytes are read before the clock starts. Peak memory: this process and the
    one that opens the workbook, added although the one has ended before the other is at its most."""
    from kit import garbage
    from services.ingest.by_two import check_long, prepare
    from services.ingest.files.annotating import annotated
    from services.ingest.files.reading import read_hours
    from services.ingest.persons import Tokens
    from services.ingest.rules.lines import Known

    known = Known(TODAY, UUID(int=0), None, lambda _: None, Tokens(b"k" * 32), online=False)
    data = path.read_bytes()
    garbage.collect_rarely()  # as the process that serves the pages does
    began = time.perf_counter()
    prepare(len(data))
    read = read_hours(data)
    at_read = time.perf_counter()
    checked = check_long(read.lines, known)
    at_checked = time.perf_counter()
    errors = [*read.notices, *checked.errors]
    steps = {"read_s": round(at_read - began, 2), "check_s": round(at_checked - at_read, 2)}
    if what == "annotate":
        began = time.perf_counter()
        annotated(data, read, errors)
        seconds = time.perf_counter() - began
    else:
        json.dumps([error.model_dump() for error in errors], ensure_ascii=False)
        seconds = time.perf_counter() - began
    return {
        "seconds": round(seconds, 2),
        "steps": steps,
        "peak_mb": sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) // 1024,
        "lines": len(read.lines),
        "findings": len(errors),
    }


if __name__ == "__main__":
    found = _measured(sys.argv[1], Path(sys.argv[2])) if len(sys.argv) == 3 else measure_workbook()
    print(json.dumps(found, ensure_ascii=False, indent=None if len(sys.argv) == 3 else 1))
