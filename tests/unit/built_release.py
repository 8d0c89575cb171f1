"""Lines of a small region, and the release that is built from them: for the tests of what a release prints and of what can be computed from it."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from datetime import date
from uuid import UUID

import pytest

from services.indicators.catalogue.territories import territory_of
from services.indicators.release.build import Release, build, measure
from services.indicators.release.printed import Cell
from services.indicators.release.tables import Key
from services.indicators.replica import columns
from services.indicators.replica.columnar import Columnar, Incoming
from services.indicators.replica.spool import Spool

TODAY = date(2026, 11, 22)


@pytest.fixture
async def replica() -> AsyncIterator[Columnar]:
    made = Columnar()
    yield made
    made.close()


def lines_of(seed: int, count: int = 500) -> list[dict[str, object]]:
    dice = random.Random(seed)
    publics = ["BRSA"] * 10 + ["DELD"] * 6 + ["JEUNE_26"] * 4 + ["AAH", "REFUGIE", "FLE"]
    found = []
    for _ in range(count):
        person = f"P{min(int(dice.expovariate(1 / 30)), 200)}"
        said = random.Random(f"{seed}{person}")  # what is said of a person does not change
        lives = random.Random(f"lives {seed}{person}").choice(["93048", "93048", "75104", "94028", "HORS", "NC"])
        months = dice.choice([1, 1, 1, 1, 3])
        found.append({
            **dict.fromkeys(columns.FACTS), "line_id": UUID(int=dice.getrandbits(128)), "live": "t", "contract_uid": UUID(int=1),
            "declarant_id": UUID(int=2), "employer": f"E{min(int(dice.expovariate(0.3)), 9)}",
            "period_start": date(dice.choice([2025, 2025, 2026]), dice.randrange(1, 13, months), 1), "period_months": months,
            "centihours": dice.randint(1, 15_000),
            "modality": dice.choice(["EI", "ETTI", "ETT"]), "work_contract": "NC", "sex": said.choice(["F", "M", "M", "M"]),
            "public": said.choice(publics), "education": "NC", "unemployment": "NC", "prescriber": "NC", "who": person, "joinable": "t",
            "residence": lives, "residence_department": lives[:2] if lives[0].isdigit() else lives,
            **_site(said.choices(["75", "93", "94", "77"], [5, 9, 3, 0.3])[0], dice),
        })  # fmt: skip
    return found


def _site(department: str, dice: random.Random) -> dict[str, str]:
    """Where the work is done: two territories share the 93, and of some lines nobody said the commune."""
    communes = {"93": ["93048", "93066", "93066", "NC"], "94": ["94028", "NC"]}
    commune = dice.choice(communes.get(department, ["NC"]))
    return {"department": department, "commune": commune, "ept": territory_of().get(commune, "NC")}


BUILT: dict[str, Release] = {}
"""Made once for the same lines: a release takes seconds."""


async def load(
    replica: Columnar, lines: list[dict[str, object]], contracts: Sequence[dict[str, object]] = (), values: Sequence[tuple[str, ...]] = ()
) -> None:
    def written(row: dict[str, object], kinds: dict[str, str]) -> bytes:
        return (",".join("" if row[name] is None else str(row[name]) for name in kinds) + "\n").encode()

    with Spool() as facts, Spool() as beside, Spool() as parameters:
        for line in lines:
            await facts.write(written(line, columns.FACTS))
        for contract in contracts:
            await beside.write(written(contract, columns.CONTRACTS))
        for name, day, value in values:
            await parameters.write(f"{name},t,{day},{value},essai\n".encode())
        await replica.replace(
            {}, facts=Incoming(facts, whole=True), contracts=Incoming(beside, whole=True), parameters=Incoming(parameters, whole=True)
        )


async def built(replica: Columnar, lines: list[dict[str, object]]) -> Release:
    if (name := repr(lines)) not in BUILT:
        await load(replica, lines)
        measured, _ = await replica.ask(lambda connection: measure(connection, TODAY, [], {}))
        BUILT[name] = build(measured, TODAY)
    return BUILT[name]


def of(release: Release, indicator: str) -> dict[Key, Cell]:
    return {(cell.period, cell.codes): cell for cell in release.cells if cell.indicator == indicator}


def contract(number: int, **said: object) -> dict[str, object]:
    days = {"starts_on": date(2025, 5, 1), "notified_on": date(2025, 2, 10), "ends_on": date(2026, 3, 31)}
    unsaid = dict.fromkeys(
        ("mechanism", "programme", "sector", "commune", "contract_kind", "contract_duration", "framework", "buyer_kind"), "NC"
    )
    flags = dict.fromkeys(("procured", "social", "reserved", "internship", "criterion", "management"), "f")
    return {
        **dict.fromkeys(columns.CONTRACTS), **unsaid, **flags, **days, "contract_uid": UUID(int=number), "live": "t", "department": "93",
        "hours_committed": 40_000, "clause": "t", **said,
    }  # fmt: skip
