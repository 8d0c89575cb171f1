"""What a person says once for all sessions of a meeting."""

from __future__ import annotations

from dataclasses import dataclass

from stdnum.fr import siret as siret_numbers

from kit.errors import LineError
from services.events.rules import registrations
from services.events.rules.registrations import Applicant

LONGEST_NEEDS = 500


@dataclass(frozen=True)
class Participation:
    """`shares_contact`: consents to stand on the contact sheet given to the other participants. `needs`: accessibility."""

    name: str
    email: str
    organisation: str
    role: str
    siret: str | None = None
    shares_contact: bool = False
    needs: str | None = None

    @property
    def applicant(self) -> Applicant:
        return Applicant(self.name, self.email, self.organisation, self.role)


def faults(who: Participation) -> list[LineError]:
    """Every field that cannot be taken."""
    errors = list(registrations.faults(who.applicant))
    if who.siret and not siret_numbers.is_valid(who.siret):
        message = (
            f"Nous avons lu {who.siret[:40]} : un SIRET compte 14 chiffres, par exemple 123 456 782 00010. Vous pouvez le laisser vide."
        )
        errors.append(LineError(column="siret", code="SIRET", value=who.siret[:40], message=message))
    if who.needs and len(who.needs) > LONGEST_NEEDS:
        errors.append(LineError(column="needs", code="TEXT", message=f"{LONGEST_NEEDS} caractères au plus."))
    return errors
