"""Organisations and people: what must hold before they are recorded."""

from __future__ import annotations

from typing import Final

from stdnum.fr import siret as siret_number

from kit.errors import LineError, Refused
from schemas.directory import OrganisationRecorded, PersonRecorded
from schemas.vocabulary.buyers import BUYERS
from schemas.vocabulary.network import STRUCTURES
from schemas.vocabulary.places import DEPARTMENTS
from services.directory.rules.accounts import address

KINDS: Final = {**BUYERS, **STRUCTURES, "FACILITATEUR": "Facilitateur", "ENTREPRISE": "Entreprise", "RESEAU": "Réseau"}
"""What an organisation can be here: a buyer, a carrying structure, a facilitator, a company, the network itself."""


def organisation(message: OrganisationRecorded) -> None:
    """Raises Refused with every problem at once."""
    errors: list[LineError] = []
    if not siret_number.is_valid(message.siret):
        errors.append(
            LineError(column="siret", code="V01", value=message.siret, message="Ce numéro n’est pas un SIRET : 14 chiffres avec leur clé.",
                      example="12345678200010")
        )  # fmt: skip
    if not message.name.strip():
        errors.append(LineError(column="name", code="REQUIRED", message="Indiquez le nom de l’organisation."))
    if message.kind not in KINDS:
        errors.append(LineError(column="kind", code="KIND", value=message.kind, message=f"Type inconnu. Types : {', '.join(KINDS)}."))
    if message.department is not None and message.department not in DEPARTMENTS:
        errors.append(
            LineError(column="department", code="DEPARTMENT", value=message.department, message="Ce département n’est pas de la région.")
        )
    if errors:
        raise Refused(errors, title="Cette organisation ne peut pas être enregistrée")


def person(message: PersonRecorded) -> None:
    """Raises Refused with every problem at once."""
    errors: list[LineError] = []
    if not message.name.strip():
        errors.append(LineError(column="name", code="REQUIRED", message="Indiquez le nom."))
    try:
        address(message.email)
    except Refused as refused:
        errors += refused.errors
    if errors:
        raise Refused(errors, title="Cette personne ne peut pas être enregistrée")
