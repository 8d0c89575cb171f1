"""Polls: what makes a question and an answer right, how answers add up, who could not come, and which half-days an answer closes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal
from uuid import UUID

from kit.errors import LineError, Refused
from schemas.meetings import Addressee
from schemas.vocabulary.network import MEETINGS, THEMES
from schemas.vocabulary.places import DEPARTMENTS
from schemas.zones import PARIS_NAME
from services.events.planning.conditions import WEEKDAYS
from services.events.planning.instance import HALVES, Slot
from services.events.rules import registrations
from services.events.rules.meetings import FARTHEST, exists

ANSWERS: Final = {"YES": "oui", "IF_NEEDED": "si nécessaire", "NO": "non"}
MOST_OPTIONS: Final = 40
MOST_RECIPIENTS: Final = 200
MOST_PROPOSALS: Final = 5
"""Dates that one recipient may propose in a poll."""
LONGEST: Final = 200
LONGEST_WORDS: Final = 2_000
LONGEST_COMMENT: Final = 500
REMIND_BEFORE: Final = timedelta(days=3)
MONTHS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
NOON: Final = time(13, 0)
"""Where the morning ends; what reaches over it is in both half-days."""


@dataclass(frozen=True)
class Option:
    """A date, Europe/Paris wall clock. Without a place of its own it is at the poll's."""

    starts_at: datetime
    ends_at: datetime
    place: str | None = None
    option_id: UUID | None = None


@dataclass(frozen=True)
class Recipient:
    """Exactly one of `person_id`, `department` and `email`. Without `required` a « non » is no obstacle."""

    person_id: UUID | None = None
    department: str | None = None
    email: str | None = None
    name: str | None = None
    organisation: str | None = None
    required: bool = False
    recipient_id: UUID | None = None

    @property
    def key(self) -> str:
        return str(self.person_id or self.department or (self.email or "").lower())

    def addressee(self, path: str | None = None) -> Addressee:
        return Addressee(
            person_id=self.person_id, department=self.department, email=self.email, name=self.name, organisation=self.organisation,
            required=self.required, path=path,
        )  # fmt: skip


@dataclass(frozen=True)
class Question:
    """A poll as its organiser wants it. `answer_by` is the last day on which an answer counts, `remind_on` the day of the reminder."""

    title: str
    kind: str
    options: tuple[Option, ...]
    recipients: tuple[Recipient, ...]
    answer_by: date
    department: str | None = None
    theme: str | None = None
    place: str | None = None
    remind_on: date | None = None
    words: str | None = None
    contact: str | None = None


@dataclass(frozen=True)
class Ballot:
    """What one recipient said. `to_confirm`: a predecessor in the mandate said it."""

    answers: Mapping[UUID, str]
    answered_at: datetime
    to_confirm: bool = False
    comment: str | None = None
    answered_by: UUID | None = None


@dataclass(frozen=True)
class Tally:
    """How an option is received. `missed` are required recipients who said no, `unsure` required ones who have said nothing."""

    option: Option
    yes: int
    if_needed: int
    no: int
    silent: int
    missed: tuple[Recipient, ...]
    unsure: tuple[Recipient, ...]
    best: bool = False

    @property
    def heat(self) -> int:
        """0 (nobody can) to 4 (everybody said yes), of those who were asked."""
        asked = self.yes + self.if_needed + self.no + self.silent
        return round(4 * (self.yes + self.if_needed / 2) / asked) if asked else 0


def remind_on(answer_by: date, today: date) -> date | None:
    """The day of the reminder when the organiser names none: three days before the end, if that is still to come."""
    if answer_by <= today:
        return None
    day = answer_by - REMIND_BEFORE
    return day if day > today else None


def check(question: Question, today: date, known: Sequence[Option] = ()) -> None:
    """Raises Refused with everything that is wrong. `known` are options that were there before: they may lie in the past."""
    errors = [*_words(question), *_days(question, today), *_options(question, today, known), *_recipients(question)]
    if errors:
        raise Refused(errors, code="POLL_REFUSED", title="Le sondage ne peut pas être enregistré tel quel")


def _words(question: Question) -> Iterator[LineError]:
    if not question.title.strip() or len(question.title) > LONGEST or not question.title.isprintable():
        yield _error("title", question.title, "TITLE", f"Donnez un titre de 1 à {LONGEST} caractères.", "Atelier « Recours aux ETT »")
    if question.kind not in MEETINGS:
        yield _error("kind", question.kind, "UNKNOWN_CODE", f"Choisissez parmi {', '.join(MEETINGS)}.", "ATELIER")
    if question.theme is not None and question.theme not in THEMES:
        yield _error("theme", question.theme, "UNKNOWN_CODE", f"Choisissez parmi {', '.join(THEMES)}.", "ETT")
    if question.department is not None and question.department not in DEPARTMENTS:
        yield _error("department", question.department, "UNKNOWN_CODE", "Département attendu : 75, 77, 78 ou 91 à 95.", "93")
    for column, text in (("place", question.place), ("contact", question.contact)):
        if text is not None and (len(text) > LONGEST or not text.isprintable()):
            yield _error(column, text, "TEXT", f"{LONGEST} caractères au plus, sur une ligne.", None)
    if question.words is not None and not _plain(question.words, LONGEST_WORDS):
        yield _error("words", question.words, "TEXT", f"{LONGEST_WORDS} caractères au plus.", None)


def _days(question: Question, today: date) -> Iterator[LineError]:
    if question.answer_by < today:
        yield _error("answer_by", question.answer_by, "IN_THE_PAST", "Cette date est passée.", None)
    elif question.options and question.answer_by > (first := min(option.starts_at for option in question.options).date()):
        message = f"La réponse est attendue au plus tard le jour de la première date proposée, le {first:%d/%m/%Y}."
        yield _error("answer_by", question.answer_by, "TOO_LATE", message, None)
    if question.remind_on is not None and not today < question.remind_on <= question.answer_by:
        yield _error("remind_on", question.remind_on, "REMINDER", "Le rappel part après aujourd’hui et avant la fin du sondage.", None)


def _options(question: Question, today: date, known: Sequence[Option]) -> Iterator[LineError]:
    if not question.options or len(question.options) > MOST_OPTIONS:
        yield _error("options", len(question.options), "COUNT", f"Proposez de 1 à {MOST_OPTIONS} dates.", None)
    before = {(option.starts_at, option.ends_at) for option in known}
    seen: set[tuple[datetime, datetime, str | None]] = set()
    for number, option in enumerate(question.options, start=1):
        if (option.starts_at, option.ends_at) not in before:
            yield from faults_of(option, today, number)
        if (one := (option.starts_at, option.ends_at, option.place)) in seen:
            yield _error("options.starts_at", option.starts_at, "TWICE", "Cette date est proposée deux fois.", None, number)
        seen.add(one)
        if option.place is not None and (len(option.place) > LONGEST or not option.place.isprintable()):
            yield _error("options.place", option.place, "TEXT", f"{LONGEST} caractères au plus, sur une ligne.", None, number)


def faults_of(option: Option, today: date, number: int | None = None) -> Iterator[LineError]:
    """What is wrong with a date: in the past, ending before it begins, too long, or at an hour that no clock shows."""
    if option.starts_at.tzinfo is not None or option.ends_at.tzinfo is not None:
        yield _error(
            "options.starts_at", option.starts_at, "ZONE", "L’heure est celle de Paris, sans décalage.", "2027-01-29T09:30", number
        )
        return
    if option.starts_at.date() < today:
        yield _error("options.starts_at", option.starts_at, "IN_THE_PAST", "Cette date est passée.", None, number)
    elif option.starts_at.date() > today + FARTHEST:
        yield _error("options.starts_at", option.starts_at, "TOO_FAR", "Cette date est à plus de dix ans.", None, number)
    if option.ends_at <= option.starts_at:
        yield _error("options.ends_at", option.ends_at, "INVERTED", "La réunion se termine avant de commencer.", "12:00", number)
    elif option.ends_at - option.starts_at > timedelta(days=1):
        yield _error("options.ends_at", option.ends_at, "TOO_LONG", "Une date compte un jour au plus.", "12:00", number)
    for column, moment in (("options.starts_at", option.starts_at), ("options.ends_at", option.ends_at)):
        if not exists(moment, PARIS_NAME):
            message = "Cette heure n’existe pas : on passe à l’heure d’été cette nuit-là."
            yield _error(column, moment, "NO_SUCH_TIME", message, "2027-03-28T09:30", number)


def _recipients(question: Question) -> Iterator[LineError]:
    if not question.recipients or len(question.recipients) > MOST_RECIPIENTS:
        yield _error("recipients", len(question.recipients), "COUNT", f"Consultez de 1 à {MOST_RECIPIENTS} personnes.", None)
    seen: set[str] = set()
    for number, who in enumerate(question.recipients, start=1):
        named = [given for given in (who.person_id, who.department, who.email) if given]
        if len(named) != 1:
            message = "Indiquez une personne de l’annuaire, un département ou une adresse électronique : l’un des trois."
            yield _error("recipients", len(named), "WHO", message, None, number)
            continue
        if who.key in seen:
            yield _error("recipients", who.key, "TWICE", f"« {who.key} » est consulté deux fois.", None, number)
        seen.add(who.key)
        if who.department is not None and who.department not in DEPARTMENTS:
            yield _error(
                "recipients.department", who.department, "UNKNOWN_CODE", "Département attendu : 75, 77, 78 ou 91 à 95.", "93", number
            )
        if who.email is not None:
            yield from _outside(who, number)


def _outside(who: Recipient, number: int) -> Iterator[LineError]:
    if not registrations.is_address(who.email or ""):
        yield _error("recipients.email", who.email, "MAIL", "Cette adresse n’a pas la bonne forme.", "prenom.nom@exemple.fr", number)
    for column, text in (("recipients.name", who.name), ("recipients.organisation", who.organisation)):
        if text is not None and (len(text) > LONGEST or not text.isprintable()):
            yield _error(column, text, "TEXT", f"{LONGEST} caractères au plus, sur une ligne.", "Camille Fictive", number)


def check_answers(options: Sequence[Option], given: Mapping[str, str], comment: str | None) -> dict[UUID, str]:
    """One answer for each option, by option. Raises Refused with every option left out and every word that is no answer."""
    errors, found = [], {}
    for number, option in enumerate(options, start=1):
        said = given.get(str(option.option_id), "")
        if said in ANSWERS and option.option_id is not None:
            found[option.option_id] = said
        else:
            code, message = ("UNKNOWN_CODE", "Répondez YES, IF_NEEDED ou NO.") if said else ("MISSING", "Répondez aussi pour cette date.")
            errors.append(_error(f"answers.{option.option_id}", said, code, f"{when(option)} : {message}", None, number))
    errors += [
        _error(f"answers.{key}", key, "UNKNOWN_OPTION", "Cette date n’est pas dans le sondage.", None)
        for key in sorted(given)[: MOST_OPTIONS * 2]
        if key not in {str(option.option_id) for option in options}
    ]
    if comment is not None and not _plain(comment, LONGEST_COMMENT):
        errors.append(_error("comment", comment, "TEXT", f"{LONGEST_COMMENT} caractères au plus.", None))
    if errors:
        raise Refused(errors, code="ANSWER_REFUSED", title="La réponse est incomplète")
    return found


def tallies(question: Question, ballots: Mapping[UUID, Ballot]) -> list[Tally]:
    """Every option with what was said of it, by date. The best has the fewest required « non », then the fewest « non », then the most « oui »."""
    found = [_tally(option, question.recipients, ballots) for option in sorted(question.options, key=lambda o: (o.starts_at, o.ends_at))]
    if not ballots:
        return found
    best = min(found, key=lambda t: (len(t.missed), t.no, -t.yes, -t.if_needed, t.option.starts_at))
    return [Tally(**{**vars(t), "best": t is best}) for t in found]


def _tally(option: Option, recipients: Sequence[Recipient], ballots: Mapping[UUID, Ballot]) -> Tally:
    said = [(who, said_by(ballots, who, option)) for who in recipients]
    counts = {code: sum(1 for _, answer in said if answer == code) for code in (*ANSWERS, None)}
    return Tally(
        option, counts["YES"], counts["IF_NEEDED"], counts["NO"], counts[None],
        tuple(who for who, answer in said if answer == "NO" and who.required),
        tuple(who for who, answer in said if answer is None and who.required),
    )  # fmt: skip


def said_by(ballots: Mapping[UUID, Ballot], who: Recipient, option: Option) -> str | None:
    ballot = ballots.get(who.recipient_id) if who.recipient_id else None
    return ballot.answers.get(option.option_id) if ballot and option.option_id else None


def has_answered(question: Question, ballots: Mapping[UUID, Ballot], who: Recipient) -> bool:
    """Of every option that is still proposed."""
    return all(said_by(ballots, who, option) for option in question.options)


def half_days(option: Option) -> list[Slot]:
    """The half-days that a date touches."""
    day, found = option.starts_at.date(), []
    while datetime.combine(day, time(0)) < option.ends_at:
        noon, next_day = datetime.combine(day, NOON), datetime.combine(day + timedelta(days=1), time(0))
        for half, begins, ends in ((HALVES[0], datetime.combine(day, time(0)), noon), (HALVES[1], noon, next_day)):
            if option.starts_at < ends and option.ends_at > begins:
                found.append(Slot(day, half))
        day += timedelta(days=1)
    return found


def when(option: Option) -> str:
    """« vendredi 29 janvier 2027, 9 h 30 – 12 h »."""
    start, end = option.starts_at, option.ends_at
    until = _clock(end) if end.date() == start.date() else f"{_day(end)}, {_clock(end)}"
    return f"{_day(start)}, {_clock(start)} – {until}"


def _day(moment: datetime) -> str:
    return f"{WEEKDAYS[moment.weekday()]} {moment.day}{'er' if moment.day == 1 else ''} {MONTHS[moment.month - 1]} {moment.year}"


def _clock(moment: datetime) -> str:
    return f"{moment.hour} h {moment.minute:02}" if moment.minute else f"{moment.hour} h"


State = Literal["open", "locked", "closed"]


def state_of(state: str, answer_by: date, today: date) -> State:
    """« locked » from the day after the last on which an answer counts: the organiser chooses, nobody answers any more."""
    if state == "closed":
        return "closed"
    return "locked" if today > answer_by else "open"


def _plain(text: str, longest: int) -> bool:
    return len(text) <= longest and all(letter.isprintable() or letter in "\r\n\t" for letter in text)


def _error(column: str, value: object, code: str, message: str, example: str | None, line: int | None = None) -> LineError:
    return LineError(line=line, column=column, code=code, value=str(value)[:LONGEST], message=message, example=example)
