"""The form of a declaration as its author typed it: kept whole from one request to the next, since there is no draft on our side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from services.ingest.rules.fields import BY_NAME, GROUP_ONLY, Field
from services.ingest.rules.lines import RawLine

MOST_LINES: Final = 10

WORK: Final = ("period", "hours", "employer_siret", "employer_name", "modality", "work_contract", "department")
PERSON: Final = ("worker_id", "sex", "birth")
MORE: Final = (
    "public", "other_publics", "qpv", "residence", "education", "unemployment", "prescriber", "exit", "job", "work_contract_reference",
    "work_contract_starts_on", "work_contract_ends_on", "hours_training", "commune", "source_line",
)  # fmt: skip
IDENTITY: Final = ("birth_name", "first_name", "birth_date")
GROUP: Final = (*GROUP_ONLY, "qpv")
GROUP_MORE: Final = ("hours_training", "commune", "source_line")
REPEATED: Final = ("period", "employer_siret", "employer_name", "modality", "work_contract", "department")
"""What the next line most often shares with the one before."""

LABELS: Final = {name: field.label for name, field in BY_NAME.items()}


@dataclass
class TypedLine:
    """One line. `kind` is person or group; values are as typed."""

    kind: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass
class Typed:
    """The whole form. `form_id` is made when the empty form is shown: sending it twice makes one filing."""

    contract: str
    form_id: str
    lines: list[TypedLine]

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Typed:
        lines = []
        for number in range(1, MOST_LINES + 1):
            kind = values.get(f"lines.{number}.kind")
            if kind in {"person", "group"}:
                lines.append(TypedLine(kind, _line_values(values, number, kind)))
        return cls(values.get("contract", "")[:64], values.get("form_id", "")[:64], lines)

    def add(self, kind: str) -> None:
        """Another line, with what it most often shares with the last one."""
        if len(self.lines) >= MOST_LINES:
            return
        last = self.lines[-1].values if self.lines else {}
        self.lines.append(TypedLine(kind, {name: last[name] for name in REPEATED if last.get(name)}))

    def remove(self, number: int) -> None:
        if 1 <= number <= len(self.lines) and len(self.lines) > 1:
            del self.lines[number - 1]

    def raw_lines(self) -> list[RawLine]:
        """For the validator, which names the fields by their labels here."""
        return [
            RawLine(number, {"contract": self.contract, **{name: value for name, value in line.values.items() if value}}, LABELS)
            for number, line in enumerate(self.lines, start=1)
        ]


def names_of(kind: str) -> tuple[str, ...]:
    """Every field of a line of this kind, in the order of the page."""
    return (*WORK, *GROUP, *GROUP_MORE) if kind == "group" else (*WORK, *PERSON, *MORE, *IDENTITY)


def fields_of(names: tuple[str, ...]) -> list[Field]:
    return [BY_NAME[name] for name in names]


def _line_values(values: Mapping[str, str], number: int, kind: str) -> dict[str, str]:
    return {name: values.get(f"lines.{number}.{name}", "") for name in names_of(kind)}
