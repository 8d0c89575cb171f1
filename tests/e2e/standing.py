"""Where an end-to-end test stands: a declarant's contract, lines for it, figures before and after."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from tests.fixtures.stack import Stack
from tests.waiting import finally_

Json = dict[str, Any]
Figures = dict[str, Decimal]


def today() -> dt.date:
    return dt.datetime.now(ZoneInfo("Europe/Paris")).date()


@dataclass
class Standing:
    """One declarant of the fictional region, with HTTP clients that stay open."""

    stack: Stack
    who: str = "declarant"
    http: httpx.Client = field(init=False)
    team: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http, self.team = self.stack.client(self.who), self.stack.client("team")

    def contract(self, department: str = "93") -> tuple[Json, str]:
        """A contract of the declarant and its latest past month."""
        answer = self.http.get("/api/v1/contracts", params={"department": department})
        assert answer.status_code == 200, answer.text
        last = (today().replace(day=1) - dt.timedelta(days=1)).replace(day=1)
        running = []
        for found in answer.json()["items"]:
            end = dt.date.fromisoformat(found["ends_on"]) if found["ends_on"] else last
            month = min(end.replace(day=1), last)
            if found["starts_on"] and month > dt.date.fromisoformat(found["starts_on"]):
                running.append((month, found))
        month, contract = max(running, key=lambda pair: pair[0])
        return contract, f"{month:%Y-%m}"

    def line(self, hours: str, worker: str | None = None, **more: Any) -> Json:
        contract, month = self.contract()
        return {
            "contract": contract["uid"], "employer_siret": "12345678200010", "period": month, "department": contract["department"],
            "residence": "93048", "worker_id": worker or f"E-{uuid.uuid4().hex[:10]}", "sex": "F", "birth": "1990-04", "modality": "ETTI",
            "work_contract": "INTERIM_INSERTION", "public": "BRSA", "hours": hours, **more,
        }  # fmt: skip

    def send(self, lines: list[Json], key: str | None = None, mode: str = "all") -> httpx.Response:
        body = {"period": lines[0]["period"] if lines else "2026-01", "mode": mode, "reason": None, "lines": lines}
        return self.http.post("/api/v1/declarations", json=body, headers={"Idempotency-Key": key or str(uuid.uuid4())})

    def declare(self, lines: list[Json]) -> Json:
        answer = self.send(lines)
        assert answer.status_code == 202, answer.text
        receipt: Json = answer.json()
        finally_(lambda: self.filing(receipt["number"])["state"] == "counted", 15)
        return receipt

    def filing(self, number: str) -> Json:
        answer = self.http.get(f"/api/v1/declarations/{number}")
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    def correct(self, number: str, lines: list[Json], reason: str = "TYPING_ERROR") -> httpx.Response:
        body = {"period": lines[0]["period"], "mode": "all", "reason": reason, "lines": lines}
        return self.http.put(f"/api/v1/declarations/{number}", json=body, headers={"If-Match": f'"{self.filing(number)["revision"]}"'})

    def withdraw(self, number: str) -> httpx.Response:
        headers = {"If-Match": f'"{self.filing(number)["revision"]}"'}
        return self.http.request("DELETE", f"/api/v1/declarations/{number}", json={"reason": "TYPING_ERROR"}, headers=headers)

    def figures(self) -> Figures:
        """Hours of the region by year and department, from the working face."""
        found: Figures = {}
        for year in range(today().year - 3, today().year + 1):
            answer = self.team.get("/api/v1/pilotage/indicators/I01", params={"period": str(year), "by": "department"})
            assert answer.status_code == 200, answer.text
            found |= {f"{year}/{cell['department']}": Decimal(cell["value"] or 0) for cell in answer.json()["cells"]}
        return found

    def moves_to(self, before: Figures, expected: Figures, seconds: float = 10) -> None:
        """The figures reach exactly `before` plus `expected`."""
        wanted = {name: value for name, value in expected.items() if value}

        def reached() -> bool:
            now = self.figures()
            moved = {name: now[name] - before[name] for name in now if now[name] != before[name]}
            assert moved == wanted
            return True

        finally_(reached, seconds)
