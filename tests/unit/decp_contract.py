"""One contract of procurement data, as v1.5 and as v2 write it; and what has to come out, however it was handed in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from services.ingest.decp.judging import Judged, judge
from services.ingest.decp.streams import rows_of

FILES = Path(__file__).parents[1] / "files" / "decp"
BUYER, HOLDER, SECOND = "21350238800019", "12345678200010", "21930058900013"
V1: dict[str, Any] = {
    "id": "2019-045", "uid": f"{BUYER}2019-045", "_type": "Marché", "acheteur": {"id": BUYER, "nom": "Ville de Rennes"}, "nature": "Marché",
    "objet": "Rénovation de l’école", "codeCPV": "45000000", "procedure": "Procédure adaptée", "dureeMois": 24, "montant": 127000.5,
    "lieuExecution": {"code": "35238", "typeCode": "Code commune", "nom": "Rennes"}, "dateNotification": "2019-03-13",
    "datePublicationDonnees": "2019-03-20", "formePrix": "Ferme",
    "titulaires": [{"typeIdentifiant": "SIRET", "id": HOLDER, "denominationSociale": "Bâtir"}],
}  # fmt: skip
V2 = {
    **V1,
    "acheteur": {"id": BUYER},
    "titulaires": [{"titulaire": {"id": HOLDER, "typeIdentifiant": "SIRET"}}],
    "considerationsSociales": {"considerationSociale": ["Clause sociale", "Critère social"]},
}


def read(tmp_path: Path, content: bytes) -> list[Judged]:
    file = tmp_path / "decp"
    file.write_bytes(content)
    return [judge(row) for row in rows_of(file)]


def only(tmp_path: Path, value: object, encode: Callable[[str], bytes] = str.encode) -> Judged:
    [found] = read(tmp_path, encode(json.dumps(value, ensure_ascii=False)))
    return found


def says_the_same(found: Judged) -> None:
    assert found.part is not None, found
    said = found.part.procurement
    assert (found.buyer, found.decp_id, found.part.object) == (BUYER, "2019-045", "Rénovation de l’école")
    assert (said.amount, said.duration_months, said.cpv, str(said.notified_on)) == ("127000.5", 24, "45000000", "2019-03-13")
    assert [holder.siret for holder in said.holders] == [HOLDER]
    assert (found.part.department, found.in_region) == ("35", False)
