"""What a draft holds: the contract's part, the lines with up to three months side by side, the complements. Read from and written to JSON."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any, Final
from uuid import UUID

from schemas.periods import Period
from services.ingest.persons import Tokens
from services.ingest.rules.declared import Given, LineValue, RawLine
from services.ingest.rules.durations import NoHours, french_hours, hours_of_minutes
from services.ingest.rules.fields import BY_NAME, Field
from services.ingest.rules.times import NoDate, date_of

MOST_LINES: Final = 20
WORK: Final = ("employer_siret", "employer_name", "modality", "work_contract")
PERSON: Final = ("worker_id", "sex", "birth", "public", "qpv")
MORE: Final = ("residence", "education", "unemployment", "prescriber", "exit", "job", "work_contract_reference", "work_contract_starts_on",
               "work_contract_ends_on", "department", "commune")  # fmt: skip
IDENTITY: Final = ("birth_name", "first_name", "birth_date")
GROUP: Final = ("group",)
GROUP_MORE: Final = ("department", "commune")
PERSON_MONTH: Final = ("hours", "hours_training")
GROUP_MONTH: Final = ("hours", "persons", "women", "men", "under_26", "qpv")
MARKET: Final = {
    "mechanism": "Type de clause", "reserved_to": "Réservé à", "hours_committed": "Heures prévues", "programme": "Programme", "sector": "Secteur",
    "operation": "Opération", "starts_on": "Début du marché", "ends_on": "Fin du marché",
}  # fmt: skip
COMPLEMENTS: Final = {
    "transfer": "Le titulaire reprend-il du personnel du précédent ?", "transfer_idcc": "Convention collective (IDCC)",
    "transfer_headcount": "Effectif repris", "transfer_hours": "Heures mensuelles reprises", "transfer_told_on": "Communiquée aux candidats le",
    "anru": "Charte nationale d’insertion", "worked_hours": "Heures travaillées en tout sur le trimestre",
}  # fmt: skip
"""The fields of the steps beside the lines, with what stands above each."""
_KEY: Final = re.compile(r"[0-9a-f]{8}", re.ASCII)
LABELS: Final = {name: field.label for name, field in BY_NAME.items()}


@dataclass
class TypedLine:
    """A person or a group. `values` are as typed; `months` by position: what was typed for each period; `hints` say the quarter before.

    `key` tells the line from the others of the draft, wherever it stands: its tokens follow it, not its place.
    """

    kind: str
    values: dict[str, str] = field(default_factory=dict)
    months: list[dict[str, str]] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    local: str = ""
    regional: str | None = None
    key: str = field(default_factory=lambda: secrets.token_hex(4))

    def month(self, position: int) -> dict[str, str]:
        return self.months[position] if position < len(self.months) else {}


@dataclass
class Content:
    """A whole draft. `grain` says whether its lines are by month or for the quarter; `written` which window saved each step last."""

    market: dict[str, str] = field(default_factory=dict)
    lines: list[TypedLine] = field(default_factory=list)
    complements: dict[str, str] = field(default_factory=dict)
    grain: str = "month"
    written: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Content:
        lines = [TypedLine(**{"key": f"p{place}", **line}) for place, line in enumerate(kept.get("lines", ()))]
        return cls(
            dict(kept.get("market", {})),
            lines,
            dict(kept.get("complements", {})),
            kept.get("grain", "month"),
            dict(kept.get("written", {})),
        )

    def kept(self) -> dict[str, Any]:
        return asdict(self)

    def periods(self, quarter: Period) -> list[Period]:
        return months_of(quarter) if self.grain == "month" else [quarter]

    def add(self, kind: str) -> None:
        """Another line, with the employer of the one before."""
        if len(self.lines) < MOST_LINES:
            last = self.lines[-1].values if self.lines else {}
            self.lines.append(TypedLine(kind, {name: last[name] for name in WORK if last.get(name)}))

    def in_hours(self, number: int, position: int) -> None:
        """What was typed for the month of a line, in minutes, as hours."""
        month = self.lines[number - 1].month(position) if 0 < number <= len(self.lines) else {}
        with suppress(NoHours):
            month |= {"hours": hours_of_minutes(month.get("hours", ""))}

    def as_group(self, number: int) -> None:
        """A person's line made into a group's: its work and hours; how many persons is still to be typed."""
        if 0 < number <= len(self.lines):
            line = self.lines[number - 1]
            kept = {name: value for name, value in line.values.items() if name in (*WORK, *GROUP_MORE)}
            months = [{"hours": month.get("hours", "")} for month in line.months]
            self.lines[number - 1] = TypedLine("group", kept, months, line.hints, key=line.key)

    def raw_lines(self, contract: UUID, quarter: Period) -> list[RawLine]:
        """For the validator: one line for each period with something in it, numbered as `place_of` reads them."""
        found = []
        for number, line in enumerate(self.lines):
            for position, period in enumerate(self.periods(quarter)):
                month = {name: value for name, value in line.month(position).items() if value}
                if not month:
                    continue
                values = {"contract": str(contract), "period": str(period), **{n: v for n, v in line.values.items() if v}, **month}
                given = Given(line.local, line.regional) if line.local or line.regional else None
                found.append(RawLine(number * 3 + position + 1, values, LABELS, given))
        return found


def months_of(quarter: Period) -> list[Period]:
    return [Period.month(quarter.start.year, quarter.start.month + step) for step in range(3)]


def place_of(line: int) -> tuple[int, int]:
    """The line (from 0) and the period's position that a validator's line number means."""
    return divmod(line - 1, 3)


def typed_lines(form: Mapping[str, str], before: Sequence[TypedLine], tokens: Tokens) -> list[TypedLine]:
    """The lines of the posted form. A typed identity becomes its token here; the names go no further."""
    known = {line.key: line for line in before}
    found: list[TypedLine] = []
    for number in range(1, MOST_LINES + 1):
        kind = form.get(f"lines.{number}.kind")
        if kind not in {"person", "group"}:
            continue
        key = form.get(f"lines.{number}.key", "")
        is_free = _KEY.fullmatch(key) is not None and all(line.key != key for line in found)
        earlier = known.pop(key, None) or (TypedLine(kind, key=key) if is_free else TypedLine(kind))
        names = (*WORK, *PERSON, *MORE) if kind == "person" else (*WORK, *GROUP, *GROUP_MORE)
        line = TypedLine(kind, {name: form.get(f"lines.{number}.{name}", "") for name in names}, hints=earlier.hints, key=earlier.key)
        if kind == earlier.kind == "person":
            line.local, line.regional = earlier.local, earlier.regional
        if line.values.get("worker_id"):
            line.local = ""
        if kind == "person":
            _identity(line, form, number, tokens)
        month_names = PERSON_MONTH if kind == "person" else GROUP_MONTH
        line.months = [{name: form.get(f"lines.{number}.{name}.{k}", "") for name in month_names} for k in range(3)]
        found.append(line)
    return found


def _identity(line: TypedLine, form: Mapping[str, str], number: int, tokens: Tokens) -> None:
    name, first, born = (form.get(f"lines.{number}.{field}", "") for field in IDENTITY)
    try:
        day = date_of(born, 1900) if born else None
    except NoDate:
        return
    regional = tokens.regional(name, first, day) if day else None
    if regional and day:
        line.regional = regional
        line.values["birth"] = line.values.get("birth") or f"{day:%Y-%m}"


def put_identities_back(content: Content, form: Mapping[str, str]) -> None:
    """What was typed of identities, for the page that shows a form again and saved nothing of it: into the page alone, never into a draft."""
    numbers = {form.get(f"lines.{number}.key"): number for number in range(1, MOST_LINES + 1)}
    for line in content.lines:
        if number := numbers.get(line.key):
            line.values |= {name: form.get(f"lines.{number}.{name}", "") for name in IDENTITY}


def suggested(lines: Sequence[LineValue], quarter: Period) -> tuple[str, list[TypedLine]]:
    """The lines of the quarter before as suggestions: who and where are filled, the hours are only said."""
    grain = "quarter" if lines and all(line.period.grain == "quarter" for line in lines) else "month"
    found: dict[tuple[str, ...], TypedLine] = {}
    for line in lines:
        person, group = line.person, line.group
        key = (person.local if person else "", group.label if group else "", line.employer_siret or "", line.employer_name or "",
               line.work_contract_reference or "")  # fmt: skip
        typed = found.setdefault(key, _as_typed(line))
        position = (line.period.start.month - quarter.start.month) % 3 if grain == "month" else 0
        typed.hints[position] = french_hours(line.centihours)
    return grain, list(found.values())[:MOST_LINES]


def _as_typed(line: LineValue) -> TypedLine:
    values = {
        "employer_siret": line.employer_siret, "employer_name": line.employer_name, "modality": _known(line.modality),
        "work_contract": _known(line.work_contract), "work_contract_reference": line.work_contract_reference,
        "department": line.department, "commune": line.commune,
    }  # fmt: skip
    typed = TypedLine("group" if line.group else "person", hints=["", "", ""])
    if line.group:
        values["group"] = line.group.label
    elif person := line.person:
        typed.local, typed.regional = person.local, person.regional
        values |= {
            "sex": _known(person.sex), "birth": person.birth, "public": _known(person.public), "residence": person.residence,
            "qpv": None if person.qpv is None else "oui" if person.qpv else "non", "education": _known(person.education),
            "unemployment": _known(person.unemployment), "prescriber": _known(person.prescriber), "job": line.job,
        }  # fmt: skip
    typed.values = {name: value for name, value in values.items() if value}
    return typed


def _known(code: str) -> str:
    return "" if code == "NC" else code


def fields_of(names: Sequence[str]) -> list[Field]:
    return [BY_NAME[name] for name in names]
