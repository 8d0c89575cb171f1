"""Who coordinates the eight departments, in time: every kind of change that happens in life (design section 7, practice section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from demo.clock import month_after
from demo.identifiers import id_of
from demo.region.organisations import STRUCTURES
from demo.region.people import COORDINATORS, Person


@dataclass(frozen=True)
class Mandate:
    """`[starts_on, ends_on)`; `ends_text` with `supposed_end` where nobody knows the day."""

    department: str
    structure: UUID
    person: Person
    starts_on: date
    ends_on: date | None = None
    interim: bool = False
    ends_text: str | None = None
    supposed_end: date | None = None

    @property
    def id(self) -> UUID:
        return id_of("mandate", f"{self.department}/{self.person.name}/{self.structure}")


def mandates(today: date) -> list[Mandate]:
    """The coordinations around `today`: structure changed, person changed, both, an interim, one day without anybody, one change ahead."""
    who = {person.name: person for person in COORDINATORS}
    structure = {structure.code: structure.id for structure in STRUCTURES}
    first = date(today.year - 5, 1, 1)

    def months(back: int, day: int = 1) -> date:
        return month_after(today.replace(day=1), -back).replace(day=day)

    handover = _monday(today + timedelta(days=45))
    early = date(today.year + 1, 1, 31)
    return [
        # 75: the carrying structure changed, the person stayed
        Mandate("75", structure["S75A"], who["Delorme"], first, months(14)),
        Mandate("75", structure["S75B"], who["Delorme"], months(14)),
        # 77: structure and person changed together
        Mandate("77", structure["S77A"], who["Marchetti"], first, months(9, 15)),
        Mandate("77", structure["S77B"], who["Okafor"], months(9, 15)),
        # 78: a person was replaced, the structure stayed
        Mandate("78", structure["S78A"], who["Tellier"], first, months(20)),
        Mandate("78", structure["S78A"], who["Nguyen-Vial"], months(20)),
        # 91: nobody for one day between two persons
        Mandate("91", structure["S91A"], who["Castel"], first, months(16, 15)),
        Mandate("91", structure["S91A"], who["Ferreira"], months(16, 15) + timedelta(days=1)),
        # 92: somebody else takes over in some weeks, on a Monday
        Mandate("92", structure["S92A"], who["Perrin-Hall"], first, handover),
        Mandate("92", structure["S92A"], who["Sorel"], handover),
        # 93: replaced two years ago
        Mandate("93", structure["S93A"], who["Lacombe"], first, months(25)),
        Mandate("93", structure["S93B"], who["Benamar"], months(25)),
        # 94: the same since the beginning
        Mandate("94", structure["S94A"], who["Rousselin"], first),
        # 95: an interim whose end is only supposed
        Mandate("95", structure["S95A"], who["Vasseur"], first, months(2, 10)),
        Mandate("95", structure["S95A"], who["Diallo-Roy"], months(2, 10), None, True, f"jusque début {early.year}", early),
    ]


def _monday(day: date) -> date:
    return day + timedelta(days=-day.weekday() % 7)
