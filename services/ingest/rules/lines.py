"""The validator of hours: the same for the three doors, pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from kit.errors import LineError
from schemas.identifiers import line_id, normalised, sourced_line_id
from services.ingest.rules.consistency import HELD_AGAINST, check_person, check_work, undated
from services.ingest.rules.contract_of_line import ContractLookup, contract_for
from services.ingest.rules.cumulated import Cumulated, holder_of, in_order
from services.ingest.rules.declared import Checked, Known, KnownContract, LineValue, RawLine
from services.ingest.rules.employers import Employer, employer_of
from services.ingest.rules.fields import BY_NAME
from services.ingest.rules.groups import group_of, is_group
from services.ingest.rules.months import check_month, check_person_month
from services.ingest.rules.people import Beneficiary, beneficiary_of, check_age
from services.ingest.rules.row import Memory, Row
from services.ingest.rules.sums import sums_again
from services.ingest.rules.texts import shown
from services.ingest.rules.together import Together
from services.ingest.rules.work import Work, work_of

__all__ = ["Checked", "Known", "KnownContract", "LineValue", "RawLine", "check", "raw_lines"]


def check(lines: Iterable[RawLine], known: Known) -> Checked:
    """Every line read once, everything to say about it at once. Lines with a blocking finding are in `blocked` and not in `values`."""
    lines_of = in_order(lines)
    return concluded(examined(lines_of, known).checked, lines_of)


@dataclass
class Examined:
    """What lines of a filing say by themselves, before what only the whole filing shows."""

    checked: Checked
    together: Together
    unknown: set[str]

    def joined(self, later: Examined) -> Checked | None:
        """With the lines that follow; None where theirs and these have to be seen together for what is to be said of them."""
        if not self.unknown.isdisjoint(later.unknown) or self.together.meets(later.together):
            return None
        one, other = self.checked, later.checked
        return Checked([*one.values, *other.values], [*one.errors, *other.errors], one.blocked | other.blocked)


def examined(lines: Iterable[RawLine], known: Known, named_before: Iterable[str] = ()) -> Examined:
    """The lines in their order. `named_before`: contracts that lines before these have named, of which nothing is said again."""
    checked = Checked([], [], set())
    lookup, together, cumulated = ContractLookup(known, named_before), Together(), Cumulated(known.declared_before)
    unknown: set[str] = set()
    memory = Memory()
    for raw in lines:
        row = Row(raw, checked.errors, memory)
        if not row.ours:
            _unknown_fields(row, unknown)
        value = _read(row, known, lookup, together, cumulated)
        if row.blocked or value is None:
            checked.blocked.add(raw.line)
        else:
            checked.values.append(value)
    return Examined(checked, together, unknown)


def concluded(checked: Checked, lines: Sequence[RawLine]) -> Checked:
    """With what only the whole filing shows."""
    if any(value.line in checked.blocked for value in checked.values):  # months of one row in columns: the row goes in whole or not
        checked.values = [value for value in checked.values if value.line not in checked.blocked]
    _sums(checked, lines)
    _say_once(checked)
    if info := undated(checked.values):
        checked.errors.append(info)
    return checked


def _say_once(checked: Checked) -> None:
    """Months of one row in columns share its other cells: what is said of those is said once."""
    seen = {(error.line, error.column, error.code, error.message): error for error in checked.errors}
    if len(seen) < len(checked.errors):
        checked.errors = list(seen.values())


def _sums(checked: Checked, lines: Sequence[RawLine]) -> None:
    """V21 over the filing: a line without persons that is the sum of lines with persons says them twice."""
    again = sums_again(checked.values)
    if not again:
        return
    titles = {line.line: line.columns.get("hours", "hours") for line in lines if line.line in again}
    for line, sentence in again.items():
        message = f"Ligne {line}, « {titles[line]} » : {sentence}"
        checked.errors.append(LineError(line=line, column=titles[line], code="V21", severity="blocking", message=message))
        checked.blocked.add(line)
    checked.values = [value for value in checked.values if value.line not in again]


def raw_lines(lines: Sequence[Mapping[str, object]], period: str | None = None) -> list[RawLine]:
    """JSON lines counted from 1. A line without a period of its own has the filing's."""
    return [
        RawLine(number, line if period is None or line.get("period") not in (None, "") else {**line, "period": period})
        for number, line in enumerate(lines, start=1)
    ]


def _read(row: Row, known: Known, lookup: ContractLookup, together: Together, cumulated: Cumulated) -> LineValue | None:
    contract = contract_for(row, lookup)
    work = work_of(row)
    employer = employer_of(row, known, work.modality)
    department = _department(row, work, contract, known)
    of_group = is_group(row)
    group = group_of(row, work) if of_group else None
    who = None if of_group else beneficiary_of(row, known)
    named = group.label if group else who.key if who else ""
    if contract is not None and employer is not None and row.text("hours_cumulated") and not row.text("hours"):
        cumulated.settle(row, work, contract, holder_of(named, employer.key, person=who is not None), employer.key)
    _consistent(row, contract, work, who, known)
    if not of_group:
        check_person_month(row, work)
    if contract is None or work.period is None or employer is None or (of_group and group is None):
        return None
    identity = _identity(row, known, contract, employer, work, named)
    together.see(row, identity, contract, employer, work, who, is_group=of_group)
    if row.blocked or work.centihours is None or department is None:
        return None
    return LineValue(
        line=row.line,
        line_id=identity,
        contract_uid=contract.uid,
        period=work.period,
        department=department,
        centihours=work.centihours,
        commune=work.commune,
        employer_siret=employer.siret,
        employer_name=employer.name,
        centihours_training=work.centihours_training,
        modality=work.modality,
        work_contract=work.work_contract,
        work_contract_reference=work.reference or None,
        work_contract_starts_on=work.starts_on,
        work_contract_ends_on=work.ends_on,
        job=work.job or None,
        person=who.person if who else None,
        group=group,
        centihours_cumulated=work.centihours_cumulated,
    )


def _consistent(row: Row, contract: KnownContract | None, work: Work, who: Beneficiary | None, known: Known) -> None:
    """The rules that hold fields against each other, each asked once for the same combination."""
    start, period = work.starts_on, work.period_text
    if contract is not None and period:
        row.silent(("V07", row.text("contract"), period), check_month, contract, work, known.today)
    if who is not None:
        person = who.person
        row.silent(("age", person.birth, start, period), check_age, who, work, known.today)
        if person.public in HELD_AGAINST:
            row.silent(("V11", person.birth, person.public, person.unemployment, start, period), check_person, person, work)
    row.silent(("V12", work.modality, work.work_contract, start, work.ends_on, period), check_work, work)


def _identity(row: Row, known: Known, contract: KnownContract, employer: Employer, work: Work, who: str) -> UUID:
    source = row.text("source_line")
    if source:
        return sourced_line_id(declarant=known.declarant, contract_uid=contract.uid, source_line=source)
    return line_id(
        declarant=known.declarant,
        contract_uid=contract.uid,
        employer=employer.key,
        who=normalised(who) if who and not _is_token(who) else who,
        work_contract_reference=work.reference,
        period=work.period_text,
    )


def _is_token(who: str) -> bool:
    return len(who) == 32


def _department(row: Row, work: Work, contract: KnownContract | None, known: Known) -> str | None:
    """The line's own department, else the contract's; offline nobody knows it, and nothing is said."""
    if work.department or "department" in row.failed:
        return work.department
    if contract is not None and contract.department:
        return contract.department
    if contract is not None and known.online:
        row.miss("department", f"le département du travail manque, et le marché {contract.number} ne le dit pas.")
    return None if known.online else ""


def _unknown_fields(row: Row, unknown: set[str]) -> None:
    """Fields that are not ours are said once for the filing; their values are not taken."""
    for name in row.values:
        if name not in BY_NAME and name not in unknown:
            unknown.add(name)
            plain = shown(name)
            message = f"Ligne {row.line}, « {plain} » : ce champ n’est pas du format, sa valeur n’est pas prise en compte."
            row.errors.append(LineError(line=row.line, column=plain, code="UNKNOWN_FIELD", severity="info", message=message))
