"""Letters to people who registered for a meeting without an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kit.web.filters import plural
from schemas.meetings import Meeting, OutcomesAsked, Registration, RegistrationCancelled, RegistrationPromoted, RegistrationWaitlisted
from services.notify.rules import wording
from services.notify.rules.calendar import Entry, uid_of
from services.notify.rules.letters import Letter
from services.notify.rules.meeting_letters import name_of, span


@dataclass(frozen=True)
class Seat:
    """Where and when somebody is expected: the session's own hours and place where it has them, else the meeting's. Local to the meeting's zone."""

    session: str | None
    starts_at: datetime
    ends_at: datetime
    place: str
    travel_minutes: int | None = None

    @property
    def when(self) -> str:
        return span(self.starts_at, self.ends_at)


def seat_of(registration: Registration, meeting: Meeting) -> Seat:
    session = next((s for s in meeting.sessions if s.session_id == registration.session_id), None)
    if session is None:
        return Seat(None, meeting.starts_at, meeting.ends_at, meeting.place)
    return Seat(
        session.name,
        session.starts_at or meeting.starts_at,
        session.ends_at or meeting.ends_at,
        session.place or meeting.place,
        session.travel_minutes,
    )


def entry(registration: Registration, meeting: Meeting, *, sequence: int, cancelled: bool) -> Entry:
    """The seat as the registrant's calendar shows it. Each registration is an entry of its own: a person may hold seats in two sessions."""
    seat = seat_of(registration, meeting)
    name = f"{name_of(meeting)} : {seat.session}" if seat.session and seat.session != meeting.title else name_of(meeting)
    summary = f"ANNULÉ – {name}" if cancelled else name
    lines = [summary, seat.when, seat.place, meeting.access or ""]
    return Entry(
        uid=uid_of(registration.registration_id),
        sequence=sequence,
        summary=summary,
        starts_at=seat.starts_at,
        ends_at=seat.ends_at,
        zone=meeting.zone,
        place=seat.place,
        description="\n".join(line for line in lines if line),
        cancelled=cancelled,
    )


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


def moved(registration: Registration, meeting: Meeting, before: tuple[str, str] | None, gateway: str) -> Letter:
    """Time or place changed under a registration. `before` is when and where it was."""
    now = seat_of(registration, meeting)
    waits = isinstance(registration, RegistrationWaitlisted)
    keeps = (
        "Vous gardez votre rang sur la liste d’attente." if waits else "Votre inscription reste valable ; votre agenda se mettra à jour."
    )
    change = (("Avant", ", ".join(before)), ("Maintenant", f"{now.when}, {now.place}")) if before else ()
    reason = getattr(meeting, "reason", None)
    return Letter(
        subject=f"CHANGEMENT – {name_of(meeting)}, {wording.day(now.starts_at.date())}",
        greeting=f"Bonjour {registration.name},",
        paragraphs=(f"La réunion à laquelle vous êtes inscrit(e) change. {keeps}",),
        facts=(*change, *(_facts(registration, meeting)), *((("Motif", reason),) if reason else ())),
        actions=_manage(registration, gateway),
    )


def reminder(registration: Registration, meeting: Meeting, gateway: str) -> Letter:
    """The meeting comes near."""
    seat = seat_of(registration, meeting)
    return Letter(
        subject=f"RAPPEL – {name_of(meeting)}, {wording.day(seat.starts_at.date())}, {wording.clock(seat.starts_at)}",
        greeting=f"Bonjour {registration.name},",
        paragraphs=("Cette réunion approche ; une place vous y est réservée.",),
        facts=_facts(registration, meeting),
        actions=_manage(registration, gateway),
        closing=("Un empêchement ? Libérez votre place : elle ira à la première personne de la liste d’attente.",),
    )


def called_off(registration: Registration, meeting: Meeting, reason: str) -> Letter:
    """The meeting is cancelled."""
    return Letter(
        subject=f"ANNULÉ – {name_of(meeting)} du {wording.day(meeting.starts_at.date(), weekday=False)}",
        greeting=f"Bonjour {registration.name},",
        paragraphs=("La réunion n’aura pas lieu. Aucun déplacement à prévoir.",),
        facts=(*_facts(registration, meeting), ("Motif", reason)),
    )


def thanks(name: str, meeting: Meeting, survey: str | None, material: str | None) -> Letter:
    """After the meeting, to somebody who came. `actions` are paths here; the gateway is put before them."""
    actions = (("Donner mon avis (2 minutes)", survey), ("Documents et contacts", material), ("Prochaines réunions", "/agenda"))
    return Letter(
        subject=f"Merci d’être venu(e) – {name_of(meeting)}",
        greeting=f"Bonjour {name}," if name else "",
        paragraphs=(
            f"Vous étiez des nôtres le {wording.day(meeting.starts_at.date(), weekday=False)}. Merci.",
            *(("Deux minutes de votre temps nous aident à préparer la prochaine.",) if survey else ()),
        ),
        actions=tuple((label, path) for label, path in actions if path),
    )


def missed(name: str, meeting: Meeting, material: str | None) -> Letter:
    """After the meeting, to somebody who had a seat and did not come."""
    actions = (("Documents de la réunion", material), ("Prochaines réunions", "/agenda"))
    return Letter(
        subject=f"Vous nous avez manqué – {name_of(meeting)}",
        greeting=f"Bonjour {name}," if name else "",
        paragraphs=(
            f"Une place vous était réservée le {wording.day(meeting.starts_at.date(), weekday=False)} et nous ne vous avons pas vu(e).",
            "La prochaine fois, pensez à libérer votre place : d’autres personnes l’attendent. Si c’est une erreur, répondez à ce courriel.",
        ),
        actions=tuple((label, path) for label, path in actions if path),
    )


def outcomes(asked: OutcomesAsked) -> Letter:
    """Half a year later. `actions` are paths here; the gateway is put before them."""
    return Letter(
        subject=f"Qu’en est-il sorti ? {asked.title}",
        greeting=f"Bonjour {asked.name}," if asked.name else "",
        paragraphs=(
            (
                f"Vous étiez à {asked.title}, le {wording.day(asked.day, weekday=False, year=True)}. Une rencontre ce jour-là a-t-elle donné"
                " un marché, une sous-traitance, des embauches, ou rien pour l’instant ? « Rien » nous est utile aussi."
            ),
        ),
        actions=(("Dire ce qui en est sorti (1 minute)", asked.page),),
        closing=("Nous ne poserons pas la question une seconde fois.",),
    )


def _confirmed(registration: Registration, meeting: Meeting, gateway: str) -> Letter:
    return Letter(
        subject=f"Inscription confirmée – {name_of(meeting)}, {wording.day(seat_of(registration, meeting).starts_at.date())}",
        greeting=f"Bonjour {registration.name},",
        paragraphs=("Votre place est réservée. L’invitation jointe l’ajoute à votre agenda.",),
        facts=_facts(registration, meeting),
        actions=_manage(registration, gateway),
        closing=("Un empêchement ? Libérez votre place : elle ira à la première personne de la liste d’attente.",),
    )


def _waitlisted(registration: RegistrationWaitlisted, meeting: Meeting, gateway: str) -> Letter:
    return Letter(
        subject=f"Liste d’attente, position {registration.position} – {name_of(meeting)}, {wording.day(seat_of(registration, meeting).starts_at.date())}",
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
        subject=f"Une place s’est libérée – {name_of(meeting)}, {wording.day(seat_of(registration, meeting).starts_at.date())}",
        greeting=f"Bonjour {registration.name},",
        paragraphs=(f"Une place est gardée pour vous jusqu’au {until}. Confirmez-la avant, sinon elle ira à la personne suivante.",),
        facts=_facts(registration, meeting),
        actions=(("Confirmer ou refuser la place", f"{gateway}{registration.manage_path}"),),
    )


def _cancelled(registration: RegistrationCancelled, meeting: Meeting) -> Letter:
    return Letter(
        subject=f"Inscription annulée – {name_of(meeting)}, {wording.day(seat_of(registration, meeting).starts_at.date())}",
        greeting=f"Bonjour {registration.name},",
        paragraphs=("Votre inscription est annulée.",),
        facts=(*_facts(registration, meeting), ("Motif", registration.reason)),
    )


def _facts(registration: Registration, meeting: Meeting) -> tuple[tuple[str, str], ...]:
    seat = seat_of(registration, meeting)
    facts = [("Réunion", name_of(meeting))]
    if seat.session:
        facts.append(("Séance", seat.session))
    facts += [("Quand", seat.when), ("Lieu", seat.place)]
    if seat.place != meeting.place:
        facts.append(("Réunion à", meeting.place))
    if seat.travel_minutes:
        facts.append(("Trajet", f"comptez {plural(seat.travel_minutes, 'minute', 'minutes')} depuis le lieu de la réunion"))
    if meeting.access:
        facts.append(("Accès", meeting.access))
    return tuple(facts)


def _manage(registration: Registration, gateway: str) -> tuple[tuple[str, str], ...]:
    return (("Modifier ou annuler mon inscription", f"{gateway}{registration.manage_path}"),)
