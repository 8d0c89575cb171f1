"""Letters to people who registered for a meeting without an account."""

from __future__ import annotations

from schemas.meetings import Meeting, Registration, RegistrationCancelled, RegistrationPromoted, RegistrationWaitlisted
from services.notify.rules import wording
from services.notify.rules.letters import Letter
from services.notify.rules.meeting_letters import name_of, when


def kind_of(registration: Registration) -> str:
    """REGISTRATION_CONFIRMED, _WAITLISTED, _PROMOTED or _CANCELLED."""
    return f"REGISTRATION_{type(registration).__name__.removeprefix('Registration').upper()}"


def letter(registration: Registration, meeting: Meeting, gateway: str) -> Letter:
    """What this registration's new state means for the person."""
    match registration:
        case RegistrationWaitlisted():
            return _waitlisted(registration, meeting, gateway)
        case RegistrationPromoted():
            return _promoted(registration, meeting, gateway)
        case RegistrationCancelled():
            return _cancelled(registration, meeting)
        case _:
            return _confirmed(registration, meeting, gateway)


def moved(registration: Registration, meeting: Meeting, gateway: str) -> Letter:
    """The meeting changed under a registration."""
    return Letter(
        subject=f"CHANGEMENT – {name_of(meeting)}, {wording.day(meeting.starts_at.date())}",
        greeting=f"Bonjour {registration.name},",
        paragraphs=("La réunion à laquelle vous êtes inscrit(e) change. Votre inscription reste valable ; votre agenda se mettra à jour.",),
        facts=_facts(registration, meeting),
        actions=_manage(registration, gateway),
    )


def called_off(registration: Registration, meeting: Meeting, reason: str) -> Letter:
    """The meeting is cancelled."""
    return Letter(
        subject=f"ANNULÉ – {name_of(meeting)} du {wording.day(meeting.starts_at.date(), weekday=False)}",
        greeting=f"Bonjour {registration.name},",
        paragraphs=("La réunion n’aura pas lieu. Aucun déplacement à prévoir.",),
        facts=(*_facts(registration, meeting), ("Motif", reason)),
    )


def _confirmed(registration: Registration, meeting: Meeting, gateway: str) -> Letter:
    return Letter(
        subject=f"Inscription confirmée – {name_of(meeting)}, {wording.day(meeting.starts_at.date())}",
        greeting=f"Bonjour {registration.name},",
        paragraphs=("Votre place est réservée. L’invitation jointe l’ajoute à votre agenda.",),
        facts=_facts(registration, meeting),
        actions=_manage(registration, gateway),
        closing=("Un empêchement ? Libérez votre place : elle ira à la première personne de la liste d’attente.",),
    )


def _waitlisted(registration: RegistrationWaitlisted, meeting: Meeting, gateway: str) -> Letter:
    return Letter(
        subject=f"Liste d’attente, position {registration.position} – {name_of(meeting)}, {wording.day(meeting.starts_at.date())}",
        greeting=f"Bonjour {registration.name},",
        paragraphs=(
            f"La séance est complète. Vous êtes en position {registration.position} sur la liste d’attente.",
            "Dès qu’une place se libère pour vous, un courriel vous la propose.",
        ),
        facts=_facts(registration, meeting),
        actions=_manage(registration, gateway),
    )


def _promoted(registration: RegistrationPromoted, meeting: Meeting, gateway: str) -> Letter:
    until = wording.instant(registration.offered_until)
    return Letter(
        subject=f"Une place s’est libérée – {name_of(meeting)}, {wording.day(meeting.starts_at.date())}",
        greeting=f"Bonjour {registration.name},",
        paragraphs=(f"Une place est gardée pour vous jusqu’au {until}. Confirmez-la avant, sinon elle ira à la personne suivante.",),
        facts=_facts(registration, meeting),
        actions=(("Confirmer ou refuser la place", f"{gateway}{registration.manage_path}"),),
    )


def _cancelled(registration: RegistrationCancelled, meeting: Meeting) -> Letter:
    return Letter(
        subject=f"Inscription annulée – {name_of(meeting)}, {wording.day(meeting.starts_at.date())}",
        greeting=f"Bonjour {registration.name},",
        paragraphs=("Votre inscription est annulée.",),
        facts=(*_facts(registration, meeting), ("Motif", registration.reason)),
    )


def _facts(registration: Registration, meeting: Meeting) -> tuple[tuple[str, str], ...]:
    session = next((s.name for s in meeting.sessions if s.session_id == registration.session_id), None)
    facts = [("Réunion", name_of(meeting)), ("Quand", when(meeting)), ("Lieu", meeting.place)]
    if meeting.access:
        facts.append(("Accès", meeting.access))
    return (*facts, ("Séance", session)) if session else tuple(facts)


def _manage(registration: Registration, gateway: str) -> tuple[tuple[str, str], ...]:
    return (("Modifier ou annuler mon inscription", f"{gateway}{registration.manage_path}"),)
