"""What was declared, corrected or withdrawn since a draft: an edition publishes its draft to the letter, so the team is told before it does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from kit.service import Runtime
from schemas.vocabulary.places import DEPARTMENTS
from services.indicators.catalogue.answers import answer
from services.indicators.catalogue.definitions import BY_ID
from services.indicators.catalogue.questions import of_parameters
from services.indicators.panorama.source import of_draft
from services.indicators.replica.task import replica_of
from services.indicators.rules.editions import Edition

HOURS: Final = "I01"


@dataclass(frozen=True)
class Moved:
    """Hours of a department in the edition's year: as the draft prints them, and as they are counted now."""

    department: str
    printed: Decimal
    now: Decimal


async def since_draft(runtime: Runtime, edition: Edition, today: date) -> list[Moved]:
    """By department, those whose hours are no longer the draft's. What the draft hides or keeps of an earlier release is not compared."""
    source = await of_draft(runtime, edition.number, edition.draft)
    tables = await source.tables()
    question = of_parameters(BY_ID[HOURS], [("period", source.year), ("by", "department")], today)
    replica = await replica_of(runtime)
    found, _ = await replica.figures(lambda once: answer(once, question))
    now = {cell.codes[0]: cell.value or Decimal(0) for cell in found.cells}
    moved = []
    for code in DEPARTMENTS:
        cell = tables.cell(HOURS, source.year, "department", code)
        if cell.value is not None and not cell.since and Decimal(cell.value) != now[code]:
            moved.append(Moved(code, Decimal(cell.value), now[code]))
    return moved
