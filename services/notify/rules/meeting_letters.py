"""Letters about meetings to the coordination of the day (practice, section 4)."""

from __future__ import annotations

from datetime import datetime

from kit.web.filters import plural
from schemas.meetings import Meeting, MeetingCancelled, MeetingMoved, Session
from services.notify.rules import wording
from services.notify.rules.calendar import Entry, uid_of
from services.notify.rules.letters import Letter, greeting
from services.notify.rules.routing import Invitee, Kind


def name_of(meeting: Meeting) -> str:
    """« Atelier « Recours aux ETT » »; a title that says itself what it is, « Openmap ESS : les métiers du paysage », stands alone."""
    kind, title = wording.meeting_kind(meeting.kind), meeting.title.strip()
    if title.casefold().startswith(kind.casefold()):
        return title
    return f"{kind} : {title}" if "«" in title else f"{kind} « {title} »"


def when(meeting: Meeting) -> str:
    return span(meeting.starts_at, meeting.ends_at)


def span(begins: datetime, ends: datetime) -> str:
    """« mardi 29 janvier 2029, de 9 h 30 à 12 h »; over midnight both days are said."""
    if begins.date() == ends.date():
        return f"{wording.day(begins.date(), year=True)}, de {wording.clock(begins)} à {wording.clock(ends)}"
    first, last = wording.day(begins.date(), year=True), wording.day(ends.date(), year=True)
    return f"du {first}, {wording.clock(begins)}, au {last}, {wording.clock(ends)}"


def entry(meeting: Meeting, *, cancelled: bool) -> Entry:
    """The meeting as a calendar shows it."""
    summary = f"{'ANNULÉ – ' if cancelled else 'Date à retenir – ' if meeting.save_the_date else ''}{name_of(meeting)}"
    lines = [summary, when(meeting), meeting.place, meeting.access or ""]
    return Entry(
        uid=uid_of(meeting.meeting_id),
        sequence=meeting.sequence,
        summary=summary,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        zone=meeting.zone,
        place=meeting.place,
        description="\n".join(line for line in lines if line),
        cancelled=cancelled,
        tentative=meeting.save_the_date,
    )


def letter(kind: Kind, meeting: Meeting, to: Invitee, before: Meeting | None, reply: str, gateway: str) -> Letter:
    """The letter of a kind. `before` is the meeting as this person was last told; `reply` the address of the answer page."""
    match kind:
        case "MEETING_CHANGE":
            if before is not None and before.save_the_date and not meeting.save_the_date:
                return _invitation(meeting, to, reply, gateway, retained=before.starts_at.date() == meeting.starts_at.date())
            return _change(meeting, to, before, reply, gateway)
        case "MEETING_CANCELLATION":
            return _cancellation(meeting, to)
        case "MEETING_HANDED_OVER":
            return _handed_over(meeting, to, before)
        case "MEETING_UNINVITED":
            return _uninvited(meeting, to, before)
        case "MEETING_PREPARATION":
            return _preparation(meeting, to, gateway)
        case "MEETING_REMINDER":
            return _reminder(meeting, to, reply, gateway)
        case _:
            return _save_the_date(meeting, to, gateway) if meeting.save_the_date else _invitation(meeting, to, reply, gateway)


def inbox_title(meeting: Meeting, *, cancelled: bool, moved: bool) -> str:
    """One line of the department's inbox."""
    what = f"{name_of(meeting)}, {wording.day(meeting.starts_at.date(), year=True)} à {wording.clock(meeting.starts_at)}, {meeting.place}"
    return f"{'Annulé' if cancelled else 'Changement' if moved else 'Invitation'} : {what}"


def unassigned_title(meeting: Meeting, department: str) -> str:
    day = wording.day(meeting.starts_at.date(), year=True)
    return f"À transmettre : {name_of(meeting)}, {day}. {wording.department(department)} n’a pas de coordination ce jour-là."


def _invitation(meeting: Meeting, to: Invitee, reply: str, gateway: str, *, retained: bool = False) -> Letter:
    begins = meeting.starts_at
    return Letter(
        subject=f"{name_of(meeting)} – {_town(meeting)}, {wording.day(begins.date())}, {wording.clock(begins)}",
        greeting=greeting(to.person.first_name),
        paragraphs=(_as_what(to), *(("La date que vous avez retenue est confirmée ; voici le programme.",) if retained else ())),
        facts=_facts(meeting),
        items=_sessions(meeting),
        actions=_replies(meeting, to, reply, gateway),
        closing=(*_answer_by(meeting), "Vous pouvez aussi répondre depuis votre agenda."),
        footer=_contact(meeting),
    )


def _save_the_date(meeting: Meeting, to: Invitee, gateway: str) -> Letter:
    """The date alone: nobody is asked an answer yet, and the entry in the calendar is tentative."""
    page = to.path or meeting.page
    return Letter(
        subject=f"Date à retenir – {name_of(meeting)}, {wording.day(meeting.starts_at.date(), year=True)}",
        greeting=greeting(to.person.first_name),
        paragraphs=(
            _as_what(to),
            "Retenez cette date : le programme suivra, et avec lui l’invitation. Aucune réponse n’est attendue pour l’instant.",
        ),
        facts=_facts(meeting),
        actions=(("Voir l’annonce", f"{gateway}{page}"),) if page else (),
        closing=("Votre agenda la note comme provisoire et se mettra à jour.",),
        footer=_contact(meeting),
    )


def _reminder(meeting: Meeting, to: Invitee, reply: str, gateway: str) -> Letter:
    return Letter(
        subject=f"RAPPEL – {name_of(meeting)}, {wording.day(meeting.starts_at.date())}, {wording.clock(meeting.starts_at)}",
        greeting=greeting(to.person.first_name),
        paragraphs=("Cette réunion approche.",),
        facts=_facts(meeting),
        items=_sessions(meeting),
        actions=_replies(meeting, to, reply, gateway),
        footer=(*_contact(meeting), f"Fréquence de ces rappels : {gateway}/preferences"),
    )


def _as_what(to: Invitee) -> str:
    if to.department is not None:
        return f"Vous êtes invité(e) en tant que coordinatrice ou coordinateur : {wording.department(to.department)}."
    if to.organisation is not None:
        return f"Vous êtes invité(e) au titre de votre structure, {to.organisation}."
    return "Vous êtes invité(e) à cette réunion du réseau."


def _change(meeting: Meeting, to: Invitee, before: Meeting | None, reply: str, gateway: str) -> Letter:
    then = before or meeting
    same_time = (then.starts_at, then.ends_at) == (meeting.starts_at, meeting.ends_at)
    same_place = then.place == meeting.place
    facts = [("Avant", _placed(then)), ("Maintenant", _placed(meeting))] if not (same_time and same_place) else list(_facts(meeting))
    reason = meeting.reason if isinstance(meeting, MeetingMoved) else None
    if reason:
        facts.append(("Motif", reason))
    again = (
        "La date, l’heure et le lieu ne changent pas ; votre réponse reste valable."
        if same_time and same_place
        else "Votre agenda se mettra à jour."
        if meeting.save_the_date
        else "Votre réponse précédente ne vaut plus : merci de confirmer. Votre agenda se mettra à jour."
    )
    return Letter(
        subject=_change_subject(meeting, then, same_time=same_time, same_place=same_place),
        greeting=greeting(to.person.first_name),
        paragraphs=(_what_changes(meeting, then, same_time=same_time, same_place=same_place),),
        facts=tuple(facts),
        items=_sessions(meeting),
        actions=() if meeting.save_the_date else _replies(meeting, to, reply, gateway),
        closing=(again, *_answer_by(meeting)),
        footer=_contact(meeting),
    )


def _change_subject(meeting: Meeting, then: Meeting, *, same_time: bool, same_place: bool) -> str:
    old, new = then.starts_at, meeting.starts_at
    if same_time and same_place:
        return f"PRÉCISION – {name_of(meeting)} du {wording.day(new.date(), weekday=False)}"
    if same_time:
        return f"CHANGEMENT – {name_of(meeting)} du {wording.day(new.date(), weekday=False)} : nouveau lieu"
    if old.date() == new.date():
        return f"CHANGEMENT – {name_of(meeting)} du {wording.day(new.date(), weekday=False)} : {wording.clock(old)} → {wording.clock(new)}"
    return f"CHANGEMENT – {name_of(meeting)} : {wording.day(old.date(), weekday=False)} → {wording.day(new.date(), weekday=False)}"


def _what_changes(meeting: Meeting, then: Meeting, *, same_time: bool, same_place: bool) -> str:
    if same_time and same_place:
        return "Une précision a été apportée à cette réunion."
    if same_time:
        return "La réunion change de lieu. La date et l’heure ne changent pas."
    what = "d’heure" if then.starts_at.date() == meeting.starts_at.date() else "de date"
    return f"La réunion change {what}. Le lieu {'ne change pas' if same_place else 'change aussi'}."


def _cancellation(meeting: Meeting, to: Invitee) -> Letter:
    facts = [("Réunion", name_of(meeting)), ("Prévue", when(meeting)), ("Lieu", meeting.place)]
    if isinstance(meeting, MeetingCancelled):
        facts.append(("Motif", meeting.reason))
    return Letter(
        subject=f"ANNULÉ – {name_of(meeting)} du {wording.day(meeting.starts_at.date(), weekday=False)}",
        greeting=greeting(to.person.first_name),
        paragraphs=(f"La réunion n’aura pas lieu. {_again(meeting)}Aucun déplacement à prévoir.",),
        facts=tuple(facts),
        closing=("Votre agenda se mettra à jour.",),
        footer=_contact(meeting),
    )


def _handed_over(meeting: Meeting, to: Invitee, before: Meeting | None) -> Letter:
    then = before or meeting
    moved = then.starts_at != meeting.starts_at
    why = (
        f"La réunion passe au {wording.day(meeting.starts_at.date(), year=True)}, jour où une autre personne assure la coordination"
        if moved
        else "La coordination est confiée à une autre personne ce jour-là"
    )
    return Letter(
        subject=f"Retiré de votre agenda – {name_of(meeting)} du {wording.day(then.starts_at.date(), weekday=False)}",
        greeting=greeting(to.person.first_name),
        paragraphs=(
            f"{why} : {wording.department(to.department or meeting.department)}. La réunion est maintenue ; vous n’y êtes plus attendu(e).",
        ),
        facts=(("Réunion", name_of(meeting)), ("Vous l’aviez au", when(then))),
        closing=("Votre agenda se mettra à jour.",),
        footer=_contact(meeting),
    )


def _uninvited(meeting: Meeting, to: Invitee, before: Meeting | None) -> Letter:
    then = before or meeting
    return Letter(
        subject=f"Retiré de votre agenda – {name_of(meeting)} du {wording.day(then.starts_at.date(), weekday=False)}",
        greeting=greeting(to.person.first_name),
        paragraphs=("La réunion est maintenue, mais la liste des personnes invitées a changé : vous n’y êtes plus attendu(e).",),
        facts=(("Réunion", name_of(meeting)), ("Vous l’aviez au", when(then))),
        closing=("Votre agenda se mettra à jour.",),
        footer=_contact(meeting),
    )


def _preparation(meeting: Meeting, to: Invitee, gateway: str) -> Letter:
    return Letter(
        subject=f"Pour préparation – {name_of(meeting)} du {wording.day(meeting.starts_at.date(), weekday=False)}",
        greeting=greeting(to.person.first_name),
        paragraphs=(
            f"Cette réunion concerne votre département, {wording.department(to.department or meeting.department)}, mais vous n’y serez plus en fonction.",
            "L’invitation part à la personne qui assure la coordination ce jour-là. Cette copie vous sert à préparer.",
        ),
        facts=_facts(meeting),
        items=_sessions(meeting),
        actions=(("Qui suit mon département ?", f"{gateway}/annuaire"),),
        footer=(*_contact(meeting), f"Fréquence de ces copies : {gateway}/preferences"),
    )


def _facts(meeting: Meeting) -> tuple[tuple[str, str], ...]:
    facts = [("Réunion", name_of(meeting)), ("Quand", when(meeting)), ("Lieu", _where(meeting))]
    if meeting.access:
        facts.append(("Accès", meeting.access))
    subject = wording.theme(meeting.theme)
    if subject and subject != meeting.title:
        facts.append(("Thème", subject))
    if meeting.to_prepare:
        facts.append(("À préparer", meeting.to_prepare))
    return tuple(facts)


def _sessions(meeting: Meeting) -> tuple[str, ...]:
    return tuple(_session(session) for session in meeting.sessions)


def _session(session: Session) -> str:
    """« 14 h – 15 h 30, Visite : chantier fictif, rendez-vous sortie de la gare (25 places) »."""
    hours = f"{wording.clock(session.starts_at)} – {wording.clock(session.ends_at)}, " if session.starts_at and session.ends_at else ""
    place = f", {session.place}" if session.place else ""
    seats = f" ({plural(session.capacity, 'place', 'places')})" if session.capacity else ""
    return f"{hours}{session.name}{place}{seats}"


def _replies(meeting: Meeting, to: Invitee, reply: str, gateway: str) -> tuple[tuple[str, str], ...]:
    """Three answers; of a meeting with seats to be had, a guest says yes by taking one."""
    page = to.path or meeting.page
    no = ("Je ne peux pas", f"{reply}?r=non")
    if page and to.department is None and any(session.capacity for session in meeting.sessions):
        return (("Programme et inscription", f"{gateway}{page}"), no)
    programme = (("Programme", f"{gateway}{page}"),) if page else ()
    return (("Je viens", f"{reply}?r=oui"), no, ("Une autre personne viendra", f"{reply}?r=autre"), *programme)


def _placed(meeting: Meeting) -> str:
    return f"{when(meeting)}, {meeting.place}"


def _town(meeting: Meeting) -> str:
    """The subject names a place, not a postal address."""
    last = meeting.place.rsplit(",", maxsplit=1)[-1].strip()
    return (last.lstrip("0123456789 ") or last) if len(meeting.place) > 40 else meeting.place


def _where(meeting: Meeting) -> str:
    return f"{meeting.place} (lieu à reconfirmer)" if meeting.place_to_confirm else meeting.place


def _answer_by(meeting: Meeting) -> tuple[str, ...]:
    return (f"Réponse souhaitée avant le {wording.day(meeting.answer_by, weekday=False)}.",) if meeting.answer_by else ()


def _again(meeting: Meeting) -> str:
    """Whether a new date will come. Nothing is promised, and nothing ruled out, where the organiser has not said."""
    day = meeting.new_date_by if isinstance(meeting, MeetingCancelled) else None
    return f"Une nouvelle date vous sera proposée avant le {wording.day(day, weekday=False)}. " if day else ""


def _contact(meeting: Meeting) -> tuple[str, ...]:
    if meeting.contact:
        return (f"Contact : {meeting.contact}.",)
    return ("Une question ? Répondez à ce courriel : l’équipe du réseau le lit.",)
