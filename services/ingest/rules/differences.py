"""A file that repeats what was declared, against what stands: identical, changed, new, gone (practice ruling 9). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from schemas.periods import Period
from services.ingest.rules.declared import LineValue
from services.ingest.rules.durations import french_hours
from services.ingest.rules.fields import BY_NAME
from services.ingest.rules.times import french_period

Gone = Literal["keep", "withdraw", "choose"]
GONE: Final[tuple[Gone, ...]] = ("keep", "withdraw", "choose")


class Span(NamedTuple):
    """Whole months from the first day `start` to the first day after, `end`."""

    start: date
    end: date

    def holds(self, period: Period) -> bool:
        return self.start <= period.start and period.end <= self.end

    @property
    def last(self) -> date:
        """First day of the last month."""
        return date(self.end.year - (self.end.month == 1), (self.end.month - 2) % 12 + 1, 1)


class Change(NamedTuple):
    """A line that the file says differently."""

    before: LineValue
    after: LineValue


@dataclass
class Differences:
    """What a file does to what stands. `gone` are lines of the span that the file does not say; `outside` counts its lines beyond the span."""

    identical: int = 0
    changed: list[Change] = field(default_factory=list)
    new: list[LineValue] = field(default_factory=list)
    gone: list[LineValue] = field(default_factory=list)
    outside: int = 0

    @property
    def repeated(self) -> int:
        return self.identical + len(self.changed)

    @property
    def moved(self) -> int:
        """Centi-hours that changed lines gain or lose."""
        return sum(change.after.centihours - change.before.centihours for change in self.changed)


@dataclass(frozen=True)
class Replacing:
    """The author's choice: from when to when the file stands for everything, and what becomes of the lines that it does not say."""

    span: Span
    gone: Gone = "keep"
    contracts: frozenset[UUID] = frozenset()
    """With `choose`: the contracts whose lines go."""
    filing: str | None = None
    """The one filing that the file corrects: lines of others do not disappear."""

    def ends(self, differences: Differences) -> list[UUID]:
        """The lines to end, in one order."""
        if self.gone == "keep":
            return []
        chosen = (line for line in differences.gone if self.gone == "withdraw" or line.contract_uid in self.contracts)
        return sorted(line.line_id for line in chosen)


def span_of(values: Iterable[LineValue]) -> Span | None:
    """From the first to the last month that the lines speak of."""
    periods = [value.period for value in values]
    return Span(min(p.start for p in periods), max(p.end for p in periods)) if periods else None


def compare(present: Iterable[LineValue], said: Sequence[LineValue], span: Span) -> Differences:
    """`present` are the declarant's own lines that stand: those of the span, and those that the file names."""
    standing = {value.line_id: value for value in present}
    found = Differences()
    for value in said:
        before = standing.pop(value.line_id, None)
        found.outside += not span.holds(value.period)
        if before is None:
            found.new.append(value)
        elif _told(before) == _told(value):
            found.identical += 1
        else:
            found.changed.append(Change(before, value))
    found.gone = [value for value in standing.values() if span.holds(value.period)]
    return found


def what_changed(change: Change, names: Mapping[str, str], *, persons: bool = True) -> list[tuple[str, str, str]]:
    """Label, before and after of each thing that a line says differently, the hours first. `names` are those of employers by their SIRET, and the
    numbers of contracts by their id. Without `persons` what is said of a person is blank before and after: only that it changed."""
    before, after = _told(change.before), _told(change.after)
    return [
        (
            _LABELS.get(name, name),
            *(
                ("", "")
                if not persons and name.startswith("person.")
                else (_shown(name, before.get(name), names), _shown(name, after.get(name), names))
            ),
        )
        for name in sorted(before.keys() | after.keys(), key=lambda name: (name != "centihours", name))
        if before.get(name) != after.get(name)
    ]


def _told(value: LineValue) -> dict[str, Any]:
    """Everything that a line says, flat; its place in a file is not part of it."""
    content = value.content()
    person, group = content.pop("person"), content.pop("group")
    content["period"] = french_period(value.period)
    return {**content, **_named("person", person), **_named("group", group)}


def _named(prefix: str, part: Mapping[str, Any] | None) -> dict[str, Any]:
    return {f"{prefix}.{name}": said for name, said in (part or {}).items() if said not in (None, [], ())}


def _shown(name: str, value: Any, names: Mapping[str, str]) -> str:
    if value in (None, "NC"):
        return "–"
    if name in {"employer_siret", "contract_uid"}:
        known = names.get(str(value))
        return str(value) if known is None else known if name == "contract_uid" else f"{known} ({value})"
    if name.startswith("centihours"):
        return french_hours(int(value))
    if name in {"person.local", "person.regional"}:
        return "jeton"
    if isinstance(value, bool):
        return "oui" if value else "non"
    field = BY_NAME.get(name.removeprefix("person."))
    words = field.vocabulary if field and field.vocabulary and field.name != "sex" else {}  # « Femmes » is what tables say of many
    return ", ".join(str(words.get(code, code)) for code in (value if isinstance(value, list | tuple) else [value]))


_LABELS: Final = {
    "centihours": "Heures", "centihours_training": "Dont formation", "period": "Période", "department": "Département", "commune": "Commune",
    "employer_siret": "SIRET employeur", "employer_name": "Employeur", "modality": "Modalité", "work_contract": "Contrat de travail",
    "work_contract_reference": "N° du contrat de travail", "work_contract_starts_on": "Début du contrat", "work_contract_ends_on": "Fin du contrat",
    "job": "Poste", "person.local": "Personne", "person.regional": "Identité", "person.sex": "Sexe", "person.birth": "Naissance",
    "person.residence": "Résidence", "person.qpv": "QPV", "person.public": "Public", "person.other_publics": "Autres critères",
    "person.education": "Niveau", "person.unemployment": "Durée de chômage", "person.prescriber": "Prescripteur", "person.exit": "Sortie",
    "group.label": "Groupe", "group.persons": "Personnes", "group.women": "Femmes", "group.men": "Hommes", "group.under_26": "Moins de 26 ans",
    "group.qpv": "Résidents de QPV", "contract_uid": "Marché",
}  # fmt: skip
