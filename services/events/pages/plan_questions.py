"""A question to the planner as a person types it: window, conditions, animators and rooms one a line; then what is to be placed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from kit.errors import LineError, Refused
from schemas.vocabulary.network import THEMES
from schemas.vocabulary.places import DEPARTMENTS
from services.events.planning.instance import HALVES, Animator, Conditions, Instance, Room
from services.events.routes.ateliers import crossed


@dataclass(frozen=True)
class Frame:
    """Everything but the meetings themselves. `expected` is how many people come to each."""

    around: Instance
    expected: int


def of_ateliers(typed: Mapping[str, str]) -> Instance:
    """The question that a person typed: themes × departments. Raises Refused with every line that cannot be read."""
    themes = [code for code in THEMES if typed.get(f"theme.{code}")]
    departments = [code for code in DEPARTMENTS if typed.get(f"department.{code}")]
    frame = read(typed)
    return replace(frame.around, ateliers=crossed(themes, departments, frame.expected))


def read(typed: Mapping[str, str]) -> Frame:
    """Raises Refused with every line that cannot be read."""
    errors: list[LineError] = []
    start, end = (_day(typed, name, errors) for name in ("starts_on", "ends_on"))
    expected, spacing, per_week = (_number(typed, name, errors) for name in ("expected", "spacing", "per_week"))
    animators = tuple(_animator(cells, number, errors) for number, cells in _lines(typed, "animators"))
    rooms = tuple(_room(cells, number, errors) for number, cells in _lines(typed, "rooms"))
    if errors or start is None or end is None:
        raise Refused(errors, code="PLAN_REFUSED", title="Le plan ne peut pas être calculé tel quel")
    chosen = Conditions(
        weekdays=tuple(day for day in range(5) if typed.get(f"weekday.{day}")),
        halves=tuple(half for half in HALVES if typed.get(f"half.{half}")),
        spacing_days=7 * (spacing or 0),
        per_week=per_week,
        own_department=not typed.get("elsewhere"),
    )
    return Frame(Instance(start, end, (), animators, rooms, chosen), expected or 0)


def _day(typed: Mapping[str, str], name: str, errors: list[LineError]) -> date | None:
    try:
        return date.fromisoformat(typed.get(name, ""))
    except ValueError:
        errors.append(LineError(column=name, code="DATE", value=typed.get(name, ""), message="Indiquez le jour.", example="2027-01-04"))
        return None


def _number(typed: Mapping[str, str], name: str, errors: list[LineError]) -> int | None:
    text = typed.get(name, "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 5):
        errors.append(LineError(column=name, code="NUMBER", value=text, message="Indiquez un nombre entier.", example="3"))
        return None
    return int(text) if text else None


def _lines(typed: Mapping[str, str], name: str) -> list[tuple[int, list[str]]]:
    rows = [(number, line) for number, line in enumerate(typed.get(name, "").splitlines(), start=1) if line.strip()]
    return [(number, [cell.strip() for cell in line.split(";")]) for number, line in rows]


def _animator(cells: list[str], number: int, errors: list[LineError]) -> Animator:
    name, base, themes = (*cells, "", "", "")[:3]
    known = tuple(code.strip().upper() for code in themes.split(",") if code.strip())
    if (base and base not in DEPARTMENTS) or not set(known) <= set(THEMES):
        text = f"Ligne {number} : nom ; département de départ ; thèmes parmi {', '.join(THEMES)}."
        errors.append(
            LineError(column="animators", code="ANIMATOR", value="; ".join(cells), message=text, example="Camille Fictive ; 93 ; ETT")
        )
    return Animator(f"a{number}", name, base or None, known)


def _room(cells: list[str], number: int, errors: list[LineError]) -> Room:
    name, department, capacity, access = (*cells, "", "", "", "")[:4]
    if department not in DEPARTMENTS or (capacity and not (capacity.isascii() and capacity.isdigit() and len(capacity) < 6)):
        text = f"Ligne {number} : nom ; département ; nombre de places ; accès."
        errors.append(LineError(column="rooms", code="ROOM", value="; ".join(cells), message=text, example="Bobigny, salle 2 ; 93 ; 25"))
        return Room(f"r{number}", name, department or None)
    return Room(f"r{number}", name, department, int(capacity) if capacity else None, access or None)
