"""What can only be seen over a whole filing: the same line twice (V14), persons and groups side by side (V21), a person's month (V08)."""

from __future__ import annotations

from uuid import UUID

from services.ingest.rules.declared import KnownContract
from services.ingest.rules.durations import MONTH_LIMIT, french_hours
from services.ingest.rules.employers import Employer
from services.ingest.rules.people import Beneficiary
from services.ingest.rules.row import Row
from services.ingest.rules.times import french_period
from services.ingest.rules.work import Work

_WHO = ("source_line", "worker_id", "group", "birth_name")


class Together:
    """Remembers the lines of one filing. The later line is the one that is named."""

    def __init__(self) -> None:
        self._line_of: dict[int, int] = {}
        self._kind_of: dict[tuple[int, str, str], tuple[bool, int]] = {}
        self._sums: dict[tuple[str, str], int] = {}

    def see(
        self, row: Row, identity: UUID, contract: KnownContract, employer: Employer, work: Work, who: Beneficiary | None, *, is_group: bool
    ) -> None:
        first = self._line_of.setdefault(identity.int, row.line)  # a number is hashed faster than its UUID
        if first != row.line:
            self._twice(row, first)
            return
        self._kinds(row, (contract.uid.int, employer.key, work.period_text), first_group=is_group)
        if who is not None and work.period is not None and work.period.grain == "month" and not row.blocked:
            self._month(row, who, work)

    def meets(self, later: Together) -> bool:
        """Whether something would be said of the later lines if these had been seen before them."""
        if not self._line_of.keys().isdisjoint(later._line_of):
            return True
        kinds, sums = later._kind_of, later._sums
        if any(key in kinds and kinds[key][0] != kind for key, (kind, _) in self._kind_of.items()):
            return True
        return any(key in sums and hours + sums[key] > MONTH_LIMIT for key, hours in self._sums.items())

    def _twice(self, row: Row, first: int) -> None:
        who = next((name for name in _WHO if row.values.get(name)), None)
        name = who or "contract"
        sentence = (f"cette ligne est déjà à la ligne {first} (même marché, même employeur, même personne ou groupe, même période). "
                    f"Supprimez l’une des deux, ou distinguez-les par {'le numéro du contrat de travail' if who else 'un identifiant de la personne'}.")  # fmt: skip
        row.say(name, "V14", "blocking", sentence)

    def _kinds(self, row: Row, key: tuple[int, str, str], *, first_group: bool) -> None:
        kind, line = self._kind_of.setdefault(key, (first_group, row.line))
        if kind == first_group:
            return
        other = "un groupe" if kind else "des personnes"
        name = "group" if first_group and row.values.get("group") else "persons" if first_group else "worker_id"
        sentence = f"la ligne {line} déclare {other} pour le même marché, le même employeur et la même période : gardez les personnes ou le groupe, pas les deux."
        row.say(name, "V21", "blocking", sentence)

    def _month(self, row: Row, who: Beneficiary, work: Work) -> None:
        """Over several contracts of this filing a month can also be too long: to be looked at, since nobody can say which line is wrong."""
        hours = work.centihours or 0
        key = (who.person.regional or who.key, work.period_text)
        before = self._sums.get(key, 0)
        self._sums[key] = total = before + hours
        if before and before <= MONTH_LIMIT < total and work.period is not None:
            sentence = f"avec les autres lignes du fichier, cette personne a {french_hours(total)} heures en {french_period(work.period)}. Un mois compte au plus 213 h."
            row.say("hours", "V08", "check", sentence, example="151,67")
