"""« Lettre de rentrée »: what changed in the network since a day, as a text to be edited. Facts in, words out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from kit.geography.departments import all_departments
from kit.typography import NBSP
from kit.web.filters import date as written_date
from kit.web.filters import plural
from kit.web.filters import time as written_time
from schemas.vocabulary.places import DEPARTMENTS
from services.events.rules.governance.milestones import Standing


@dataclass(frozen=True)
class Mandate:
    """Who coordinates a department over a span of days, end excluded; a text may stand for an end that is not known."""

    department: str
    structure: str
    person: str
    interim: bool
    starts_on: date
    ends_on: date | None
    ends_text: str | None


@dataclass(frozen=True)
class Teammate:
    """Somebody of the team. `until` is None while the person is there."""

    name: str
    since: date
    until: date | None


@dataclass(frozen=True)
class Gathering:
    """A meeting to come."""

    title: str
    starts_at: datetime
    place: str
    department: str | None = None


@dataclass(frozen=True)
class Facts:
    """Everything that the letter is made from; `since` and `today` are Europe/Paris days."""

    since: date
    today: date
    mandates: Sequence[Mandate]
    team: Sequence[Teammate]
    milestones: Sequence[Standing]
    gatherings: Sequence[Gathering]
    forms_open: Sequence[tuple[int, int, date]] = ()
    """Of diagnostic forms: year, how many are to be filled in, until when."""


def write(facts: Facts) -> str:
    """The draft. A part about which there is nothing to say says so, for its author to decide."""
    parts = [
        ("Qui coordonne quoi", list(_coordination(facts))),
        ("L’équipe", list(_team(facts))),
        ("L’observatoire", [_milestone(standing) for standing in facts.milestones]),
        ("L’agenda", [_gathering(gathering) for gathering in facts.gatherings]),
    ]
    asked = [
        f"La fiche diagnostic {year} est attendue jusqu’au {written_date(until)} : {plural(count, 'coordination la remplit', 'coordinations la remplissent')} encore."
        for year, count, until in facts.forms_open
    ]
    if asked:
        parts.append(("Le diagnostic", asked))
    body = "\n\n".join(f"{title}\n" + ("\n".join(f"• {line}" for line in lines) or "• Rien de nouveau.") for title, lines in parts)
    return (
        f"Objet : rentrée {facts.today.year} du réseau des clauses sociales\n\nBonjour à toutes et à tous,\n\n"
        f"Voici ce qui a changé depuis le {written_date(facts.since)}, et ce qui nous attend.\n\n{body}\n\n"
        "Une question, une erreur ? Répondez à ce message.\n\nBonne rentrée,\nL’équipe du réseau\n"
    )


def _coordination(facts: Facts) -> Iterator[str]:
    for department in DEPARTMENTS:
        held = sorted((m for m in facts.mandates if m.department == department), key=lambda m: m.starts_on)
        for number, mandate in enumerate(held):
            if facts.since <= mandate.starts_on:
                before = held[number - 1] if number else None
                yield _change(department, before, mandate, facts.today)
        last = held[-1] if held else None
        if last is None or (last.ends_on is not None and last.ends_on <= facts.today):
            since = f" depuis le {written_date(last.ends_on)}" if last and last.ends_on else ""
            yield f"La coordination {all_departments()[department].of} est vacante{since}."
        elif last.interim and last.starts_on < facts.since:
            yield f"{_name(last)} assure toujours l’intérim {all_departments()[department].of}{_until(last)}."


def _change(department: str, before: Mandate | None, after: Mandate, today: date) -> str:
    when = f"{'À partir du' if after.starts_on > today else 'Depuis le'} {written_date(after.starts_on)}"
    of = all_departments()[department].of
    if after.interim:
        return f"{when}, {_name(after)} assure l’intérim de la coordination {of} ({after.structure}){_until(after)}."
    if before is None or (before.ends_on is not None and before.ends_on < after.starts_on):
        return (
            f"{when}, {_name(after)} ({after.structure}) reprend la coordination {of}, qui était vacante."
            if before
            else (f"{when}, {_name(after)} ({after.structure}) coordonne le département {of.removeprefix('de ')}.")
        )
    moved, other = before.structure != after.structure, before.person != after.person
    if moved and other:
        return f"{when}, la coordination {of} passe de {before.structure} à {after.structure} ; {_name(after)} succède à {_name(before)}."
    if moved:
        return f"{when}, la coordination {of} est portée par {after.structure} (avant : {before.structure}) ; {_name(after)} continue."
    if other:
        return f"{when}, {_name(after)} succède à {_name(before)} à la coordination {of} ({after.structure})."
    return f"{when}, {_name(after)} est confirmé(e) à la coordination {of} ({after.structure})."


def _team(facts: Facts) -> Iterator[str]:
    there_before = any(mate.since < facts.since for mate in facts.team)
    for mate in facts.team:
        if mate.until is not None and mate.until >= facts.since:
            yield f"{mate.name} a quitté l’équipe."
        elif mate.until is None and mate.since >= facts.since and there_before:
            yield f"{mate.name} rejoint l’équipe."
    now = [mate.name for mate in facts.team if mate.until is None]
    if now:
        yield f"L’équipe aujourd’hui : {', '.join(now)}."


def _milestone(standing: Standing) -> str:
    found = standing.milestone
    day = written_date(found.done_on or found.due_on)
    if standing.state == "DONE":
        return f"{found.title} : c’est fait, le {day}."
    slipped = f", soit {plural(found.slip, 'jour')} après la première date" if found.slip > 0 else ""
    said = {"LATE": f"était attendu le {day} et a du retard", "AT_RISK": f"prévu le {day}{slipped}, à risque"}
    measured = f" ({standing.measured} sur {found.minimum} {standing.unit})" if standing.short else ""
    return f"{found.title} : {said.get(standing.state, f'prévu le {day}{slipped}')}{measured}."


def _gathering(gathering: Gathering) -> str:
    when = f"{written_date(gathering.starts_at.date(), weekday=True)}, {written_time(gathering.starts_at)}"
    where = f"{gathering.place} ({DEPARTMENTS[gathering.department]})" if gathering.department else gathering.place
    return f"{when} : {gathering.title}, {where}."


def _name(mandate: Mandate) -> str:
    return mandate.person or f"la personne désignée par{NBSP}{mandate.structure}"


def _until(mandate: Mandate) -> str:
    if mandate.ends_text:
        return f", {mandate.ends_text}"
    return f", jusqu’au {written_date(mandate.ends_on)}" if mandate.ends_on else ""
