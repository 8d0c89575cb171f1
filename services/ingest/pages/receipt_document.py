"""What the receipt's PDF says: texts only, written here as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from kit.web import filters

DOCUMENTS: Final = Path(__file__).parents[1] / "documents"
SOURCE: Final = "MACS Île-de-France, observatoire des clauses sociales"


def receipt_data(found: Mapping[str, Any], *, fictional: bool) -> dict[str, Any]:
    """The template's data, from what the page of the same receipt shows."""
    filing = found["filing"]
    return {
        "number": filing["number"],
        "declarant": (filing["declarant"]["name"] or "Déclarant")
        + (f", par {filing['acting']} pour son compte" if filing["acting"] else ""),
        "act": "retirée" if filing["state"] == "withdrawn" else "reçue",
        "received_at": filters.datetime(filing["received_at"]),
        "state": f"État : {found['label'].lower()}",
        "figures": [
            {"label": "Lignes", "value": filters.number(filing["lines"]), "note": _replaced(filing["replaced"])},
            {"label": "Heures", "value": filters.centihours(found["centihours"])},
            {"label": "Marchés", "value": filters.number(found["contracts"])},
            {"label": "Période", "value": found["period"]},
        ],
        "departments": [
            [part["department"], filters.number(part["lines"]), filters.centihours(part["centihours"])] for part in filing["departments"]
        ],
        "steps": [[label, filters.datetime(at) if at else "en attente"] for label, at in found["steps"]],
        "parked": filing["waiting"],
        "complete_by": filters.date(found["complete_by"]),
        "revision": filing["revision"],
        "sha256": filing["sha256"] or "sans fichier",
        "trace_id": filing["trace_id"],
        "source": SOURCE,
        "fictional": fictional,
    }


def _replaced(lines: int) -> str:
    return f"dont {filters.number(lines)} qui en remplacent" if lines else ""
