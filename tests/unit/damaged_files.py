"""Damaged files: what becomes of them."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path
from uuid import UUID

from kit.errors import Refused
from services.ingest.files.annotating import annotated
from services.ingest.files.reading import look
from services.ingest.persons import Tokens
from services.ingest.rules.lines import Known, check

FORMATS = Path(__file__).parents[1] / "files" / "formats"
KNOWN = Known(date(2026, 11, 20), UUID(int=0), None, lambda _: None, Tokens(b"k" * 32), online=False)
HEADER = ("N° marché", "Mois", "Matricule", "Employeur", "Heures réalisées")


def survives(data: bytes) -> str:
    """« read » or the code of the refusal; anything else is the test's failure."""
    try:
        found = look(data)
    except Refused as refused:
        return refused.code if refused.errors and all(error.message for error in refused.errors) else "a refusal without a reason"
    checked = check(found.lines, KNOWN)
    assert {value.line for value in checked.values}.isdisjoint(checked.blocked)
    copy = annotated(data, found, [*found.problems, *found.notices, *checked.errors])
    assert zipfile.ZipFile(io.BytesIO(copy)).testzip() is None
    return "read"
