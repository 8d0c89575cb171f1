"""Which contract a line is about."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import uuid5

from schemas.identifiers import LINES, normalised
from services.ingest.rules.contracts import check_commitment
from services.ingest.rules.declared import Known, KnownContract
from services.ingest.rules.row import Row


class ContractLookup:
    """Asks once for each contract that a filing names. Without the registry every contract is taken as given, under a made-up uid.

    `named_before`: names of earlier lines of the filing, examined elsewhere.
    """

    def __init__(self, known: Known, named_before: Iterable[str] = ()) -> None:
        self._known = known
        self._found: dict[str, KnownContract | None] = {}
        self._seen = {found.uid.int for name in named_before if (found := self.of(name)) is not None and found.declarable}

    def of(self, text: str) -> KnownContract | None:
        if text not in self._found:
            found = self._known.contract_of(text)
            if found is None and not self._known.online:
                found = KnownContract(uuid5(LINES, f"offline:{normalised(text)}"), text)
            self._found[text] = found
        return self._found[text]

    @property
    def example(self) -> str | None:
        """The number of a contract of the declarant's own."""
        return self._known.own_contract

    def is_new(self, contract: KnownContract) -> bool:
        """Whether the filing names it for the first time: what is said of a contract is said once."""
        if contract.uid.int in self._seen:  # a number is hashed faster than its UUID
            return False
        self._seen.add(contract.uid.int)
        return True


def contract_for(row: Row, lookup: ContractLookup) -> KnownContract | None:
    """The contract of the row, or None after saying what is wrong."""
    text = row.text("contract")
    if not text:
        row.miss("contract", "le marché manque ; indiquez son numéro, par exemple 2018-045.")
        return None
    found = lookup.of(text)
    if found is None:
        row.refuse(
            "contract",
            "UNKNOWN_CONTRACT",
            "nous ne connaissons pas ce marché parmi les vôtres ; vérifiez le numéro, ou déclarez d’abord le marché",
            example=lookup.example,
        )
        return None
    if not found.declarable:
        row.refuse(
            "contract",
            "CONTRACT_NOT_YOURS",
            "ce marché n’est pas ouvert à votre organisation ; demandez à la coordination de vous y associer",
        )
        return None
    if lookup.is_new(found):
        for remark in check_commitment(found.hours_committed, found.amount):
            what = remark.message.partition(" : ")[2]
            row.say("contract", remark.code, "check", f"le marché {found.number} est enregistré avec {what}")
    return found
