"""Characters that nobody sees: taken off at every door, so that a text is what it looks like."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter

from kit.invisible import visible, visible_json
from kit.problems import Problem
from kit.service import Service, app
from kit.settings import Settings
from services.ingest.files.reading import look
from services.ingest.rules.lines import check
from tests.tables_of_hours import KNOWN, csv
from tests.unit.decp_contract import V1, only

UNSEEN = ("\u202e", "\u2066", "\u200b", "\u200f", "\u00ad", "\ufeff", "\u2060", "\u061c", "\u034f", "\u115f", "\U000e0041")


@pytest.mark.parametrize("sign", UNSEEN)
def test_what_nobody_sees_is_taken_off_and_the_rest_stays(sign: str) -> None:
    assert visible(f"{sign}Bâtir{sign} Île{sign}") == "Bâtir Île"
    kept = "Élan « no 3 »\u00a0: 1\u202f250,5\n\tfin – œuvre 日本 👷"
    assert visible(kept) == kept


@pytest.mark.parametrize("sign", UNSEEN)
def test_a_line_says_what_it_shows(sign: str) -> None:
    """A name with its direction turned over was kept, shown and printed; a contract with a blank without width was not found."""
    header = ("N° marché", "Mois", "Matricule", "Employeur", "Heures réalisées")
    row = [f"{cell[:1]}{sign}{cell[1:]}" for cell in ("2026-001", "03/2026", "A1", "Chantiers Fictifs", "100")]
    lines = look(csv(header, row)).lines
    [value] = check(lines, KNOWN).values
    assert (str(value.period), value.centihours, value.employer_name) == ("2026-03", 10000, "Chantiers Fictifs")


@pytest.mark.parametrize("sign", UNSEEN)
def test_json_loses_it_however_it_is_written_and_nothing_else(sign: str) -> None:
    for text in (sign, f"a{sign}b\\", f"\\{sign}", "\\u202e", f"\\u202e{sign}{sign}", f'👷{sign}"', "Élan\n« no 3 »"):
        for escaped in (True, False):
            body = json.dumps({"texts": [text], "hours": 7}, ensure_ascii=escaped, indent=1).encode()
            for written in (body, body.replace(b"\\ud", b"\\uD")):
                assert json.loads(visible_json(written)) == {"texts": [visible(text)], "hours": 7}
    plain = json.dumps({"texts": ["Bâtir 👷", "\\u202e"], "hours": 7.5}).encode()
    assert visible_json(plain) == plain


async def test_every_service_takes_it_off_the_texts_that_it_is_sent() -> None:
    """A comment to a declarant, an answer to a question: what others read later."""
    router = APIRouter()

    @router.post("/api/v1/said")
    @router.post("/api/v1/sent/said")
    async def said(body: dict[str, str]) -> dict[str, str]:
        return body

    service = Service("trial", Settings(service="trial"), Path("nowhere/migrations"), routers=[router], bodies_as_sent=("/api/v1/sent",))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app(service)), base_url="http://test") as client:
        sent = {"text": "Lu\u202e et\u200b approuvé"}
        assert (await client.post("/api/v1/said", json=sent)).json() == {"text": "Lu et approuvé"}
        assert (await client.post("/api/v1/sent/said", json=sent)).json() == sent, "its SHA-256 is told"


def test_procurement_data_says_what_it_shows(tmp_path: Path) -> None:
    found = only(tmp_path, json.loads(json.dumps({"marches": [{**V1, "id": "2019\u200b-045", "objet": "Rénovation\u202e de l’école"}]})))
    assert found.part is not None
    assert (found.decp_id, found.part.object, found.outcome) == ("2019-045", "Rénovation de l’école", "repaired")


def test_a_refusal_does_not_turn_what_it_says_again_round() -> None:
    """`./macs publish --edition` with U+202E: the terminal showed « .snoitide/ rioV » from there on."""
    said = Problem(404, "UNKNOWN_EDITION", "Cette édition n’existe pas", "Demandée : a\u202eb. Voir /editions.")
    assert (said.detail, str(said)) == ("Demandée : ab. Voir /editions.", "404 UNKNOWN_EDITION: Demandée : ab. Voir /editions.")
