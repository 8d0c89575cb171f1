"""What a registration needs: enough to be told about the meeting, and nothing more."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from kit.errors import LineError, Refused
from schemas.vocabulary.network import PARTICIPANTS

_MAIL = re.compile(r"[^@\s<>\"',;:\\()\[\]]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.IGNORECASE | re.ASCII)
LONGEST = 200


@dataclass(frozen=True)
class Applicant:
    """The professional who wants a seat, as typed."""

    name: str
    email: str
    organisation: str
    role: str


def check(applicant: Applicant) -> None:
    """Raises Refused with every field that cannot be taken."""
    errors = list(faults(applicant))
    if errors:
        raise Refused(errors, code="REGISTRATION_REFUSED", title="L’inscription est incomplète")


def is_address(text: str) -> bool:
    """Whether a mail can be sent to it."""
    return bool(_MAIL.fullmatch(text)) and len(text) <= 254


def faults(applicant: Applicant) -> Iterator[LineError]:
    """Every field that cannot be taken."""
    for column, value, message, example in (
        ("name", applicant.name, "Indiquez votre prénom et votre nom.", "Camille Fictive"),
        ("organisation", applicant.organisation, "Indiquez votre structure.", "Commune fictive"),
    ):
        if not value.strip() or len(value) > LONGEST or not value.isprintable():
            yield LineError(
                column=column, code="MISSING" if not value.strip() else "TEXT", value=value[:LONGEST], message=message, example=example
            )
    if not is_address(applicant.email):
        yield LineError(
            column="email",
            code="MAIL",
            value=applicant.email[:LONGEST],
            message="Cette adresse électronique n’a pas la bonne forme.",
            example="prenom.nom@exemple.fr",
        )
    if applicant.role not in PARTICIPANTS:
        yield LineError(
            column="role",
            code="UNKNOWN_CODE",
            value=applicant.role[:LONGEST],
            message=f"Choisissez parmi {', '.join(PARTICIPANTS)}.",
            example="BUYER",
        )


def faults_at_the_door(applicant: Applicant, *, agrees: bool) -> list[LineError]:
    """The same for somebody who came without having registered: an address is taken only from who agrees to be written to."""
    found = [fault for fault in faults(applicant) if fault.column != "email" or applicant.email]
    if applicant.email and not agrees:
        message = "Cochez son accord pour garder l’adresse, ou laissez-la vide."
        found.append(LineError(column="email", code="CONSENT", value=applicant.email[:LONGEST], message=message))
    if agrees and not applicant.email:
        found.append(LineError(column="email", code="MISSING", message="Indiquez à quelle adresse lui écrire, ou retirez son accord."))
    return found


def folded(name: str) -> str:
    """A name as it is compared: without case, accents and extra spaces."""
    plain = unicodedata.normalize("NFKD", name)
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).casefold().replace("-", " ").split())
