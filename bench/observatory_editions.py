"""How long an edition takes on the whole region: from what is declared to a draft with all its checks, and the panorama of that draft."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

import httpx

from bench.ground import LOADING_S, Ground
from bench.keys import of_team
from deploy.local.part import Part

YEAR: Final = 2025
TURNS: Final = 3
PATIENCE_S: Final = 900.0
_PLAN: Final = {
    "year": YEAR,
    "title": f"Panorama {YEAR}",
    "says_not": "Mesure sur des données inventées.",
    "minimum_coverage": 1,
    "least_share": 1,
}


class NotComposed(Exception):
    """The draft or a document was refused; the text is the service's."""


def measure(place: Ground, say: Callable[[str], None]) -> dict[str, Any]:
    """`panorama_s`: the slowest of three whole panoramas (each drawn and typeset anew: a draft's documents are kept nowhere); `draft_s`:
    protected, attacked and checked; `sheet_s`: a department's two pages. The region must be loaded. Raises NotComposed."""
    key = asyncio.run(of_team(place.dsn("indicators")))
    web = place.start(place.service("indicators", "web"), LOADING_S)
    try:
        return asyncio.run(_composed(web, key, say))
    finally:
        place.stop(web)


async def _composed(web: Part, key: str, say: Callable[[str], None]) -> dict[str, Any]:
    base, headers = web.probe.removesuffix("/health/ready"), {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=base, headers=headers, timeout=PATIENCE_S) as http:
        number = _good(await http.post("/api/v1/editions", json=_PLAN)).json()["edition"]
        draft_s, made = await _timed(http.post(f"/api/v1/editions/{number}/draft", json={}))
        say(f"épreuve en {draft_s:.1f} s, {made.json()['cells']:,} chiffres")
        documents = f"/pilotage/editions/{number}/documents"
        taken = [(await _timed(http.get(f"{documents}/panorama.pdf")))[0] for _ in range(TURNS)]
        sheet_s, _ = await _timed(http.get(f"{documents}/departements/93.pdf"))
    return {
        "panorama_s": round(max(taken), 2), "panorama_turns_s": [round(each, 2) for each in taken], "sheet_s": round(sheet_s, 2),
        "draft_s": round(draft_s, 2), "draft_attacked": made.json()["attacked"],
    }  # fmt: skip


async def _timed(asking: Any) -> tuple[float, httpx.Response]:
    begun = time.perf_counter()
    answer = _good(await asking)
    return time.perf_counter() - begun, answer


def _good(answer: httpx.Response) -> httpx.Response:
    if answer.is_error:
        raise NotComposed(f"{answer.request.url.path} : {answer.status_code} {answer.text[:500]}")
    return answer
