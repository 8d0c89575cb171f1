"""Letters to whoever declares: received, counted, asked about, silent (practice, section 4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from kit.web.filters import MONTHS, plural
from schemas.countings import DeclarationCounted
from schemas.declarations import Declaration, DeclarationCorrected, DeclarationWithdrawn, QuestionAnswered, QuestionAsked
from schemas.periods import Period
from schemas.zones import PARIS
from services.notify.rules import wording
from services.notify.rules.letters import Letter

ORDINALS: Final = ("1er", "2e", "3e", "4e")
FREQUENCY: Final = "Choisir ce qui vient par courriel : Mes préférences, dans l’outil."


def receipt_title(declared: Declaration) -> str:
    return f"Déclaration {declared.declaration_id} bien {_done(declared)}"


def receipt(declared: Declaration) -> Letter:
    """« Déclaration D-2018-000456 bien reçue le … à …. 207 lignes, 12 480,50 heures, 14 marchés, 3e trimestre 2018. »"""
    at = declared.occurred_at.astimezone(PARIS)
    counts = [plural(declared.lines, "ligne", "lignes")]
    if declared.centihours is not None:
        counts.append(f"{wording.hours(declared.centihours)} heures")
    if declared.contracts:
        counts.append(plural(declared.contracts, "marché", "marchés"))
    if declared.period is not None:
        counts.append(period(declared.period))
    when = f"le {wording.day(at.date(), weekday=False, year=True)} à {wording.clock(at)}"
    said = [f"{receipt_title(declared)} {when}."]
    if not isinstance(declared, DeclarationWithdrawn):
        said[0] += f" {', '.join(counts)}."
    if declared.replaced:
        said.append(f"{_lines(declared.replaced)} {'remplace' if declared.replaced < 2 else 'remplacent'} ce que vous aviez déclaré.")
    if declared.lines and not declared.lines_announced:
        said.append(
            "Une autre source fait référence pour ces heures : les vôtres sont gardées à côté, sans être comptées deux fois ; l’écart se lit sous « Rapprochements »."
        )
    todo = declared.parked
    if todo:
        until = f" avant le {wording.day(declared.complete_by, weekday=False, year=True)}" if declared.complete_by else ""
        said.append(f"{_lines(todo)} {'reste' if todo < 2 else 'restent'} à compléter{until}.")
    said.append("Vous n’avez rien d’autre à faire. Vous pouvez corriger à tout moment ; l’historique est conservé.")
    return Letter(
        subject=receipt_title(declared),
        greeting="",
        paragraphs=tuple(said),
        actions=(
            ("Voir la déclaration", f"/declarer/{declared.declaration_id}"),
            *((("Compléter les lignes", "/declarer/a-completer"),) if todo else ()),
            ("Le reçu", f"/declarer/recu/{declared.declaration_id}"),
        ),
        footer=(FREQUENCY,),
    )


def _done(declared: Declaration) -> str:
    match declared:
        case DeclarationCorrected():
            return "corrigée"
        case DeclarationWithdrawn():
            return "retirée"
        case _:
            return "reçue"


def counted_title(declared: Declaration, counted: DeclarationCounted) -> str:
    """« Vos 12 480,50 heures sont comptées (D-2018-000456) »."""
    after = sum(move.centihours_after for move in counted.departments)
    if isinstance(declared, DeclarationWithdrawn):
        return f"Votre retrait est dans les chiffres ({declared.declaration_id})"
    if not after:
        return f"Votre déclaration {declared.declaration_id} est traitée"
    return f"Vos {wording.hours(after)} heures sont comptées ({declared.declaration_id})"


def counted(declared: Declaration, found: DeclarationCounted) -> Letter:
    at = found.counted_at.astimezone(PARIS)
    departments = sorted({move.department for move in found.departments} | {part.department for part in declared.departments})
    where = ", ".join(wording.department(code) for code in departments)
    told = (
        f" {'La coordination est informée' if len(departments) < 2 else 'Les coordinations sont informées'} : {where}."
        if departments
        else ""
    )
    partly = f" {_lines(found.dead)} n’ont pas pu être comptées : l’équipe technique les reprend." if found.dead else ""
    return Letter(
        subject=counted_title(declared, found),
        greeting="",
        paragraphs=(
            f"{counted_title(declared, found)}, depuis {wording.clock(at)} le {wording.day(at.date(), weekday=False)}.{partly}{told}",
            "Publication : seulement dans la prochaine édition, sans nom de personne ni d’entreprise.",
        ),
        actions=(("Voir la déclaration", f"/declarer/{declared.declaration_id}"),),
        footer=(FREQUENCY,),
    )


def question(asked: QuestionAsked) -> Letter:
    """The coordination's question, to whoever sent the filing."""
    return Letter(
        subject=f"Question sur votre déclaration {asked.declaration_id}{_line(asked.line)}",
        greeting="",
        paragraphs=(
            f"{asked.asked_by_name} vous pose une question sur votre déclaration {asked.declaration_id}{_line(asked.line)}.",
            asked.text,
        ),
        facts=(("Marché", asked.contract),) if asked.contract else (),
        actions=(("Répondre", f"/declarer/{asked.declaration_id}#questions"),),
        closing=("Vos heures restent comptées pendant ce temps.",),
        footer=("Répondez dans l’outil : la réponse reste avec la déclaration.",),
    )


def answer(given: QuestionAnswered) -> Letter:
    """The declarant's answer, to whoever asked."""
    return Letter(
        subject=f"Réponse sur la déclaration {given.declaration_id}{_line(given.line)}",
        greeting="",
        paragraphs=(
            f"{given.answered_by_name} répond à votre question sur la déclaration {given.declaration_id}{_line(given.line)}.",
            given.text,
        ),
        actions=(("Voir la déclaration", f"/declarer/{given.declaration_id}#questions"),),
        footer=(FREQUENCY,),
    )


@dataclass(frozen=True)
class Silent:
    """What the letter about a silence says. `contact` is name and telephone of the coordination."""

    since: date
    contracts: int
    last: datetime | None
    contact: str | None


def silence(found: Silent, not_me: str, *, reminder: bool) -> Letter:
    """« Bonjour, nous n'avons rien reçu pour le 3e trimestre sur 4 marchés. Trois possibilités… » One reminder, then the coordinator decides."""
    quarter = quarter_of(found.since)
    last = f" (dernier envoi : {wording.day(found.last.astimezone(PARIS).date(), weekday=False, year=True)})" if found.last else ""
    contracts = plural(found.contracts, "marché", "marchés")
    return Letter(
        subject=f"{'RAPPEL – ' if reminder else ''}Rien reçu pour le {quarter} : {contracts}",
        greeting="",
        paragraphs=(f"Nous n’avons rien reçu pour le {quarter} sur {contracts}{last}. Trois possibilités :",),
        actions=(
            ("Envoyer mon fichier", "/declarer/import"),
            ("Aucune heure ce trimestre", "/declarer"),
            ("Ce n’est plus moi : indiquer la bonne personne", not_me),
        ),
        closing=(f"Besoin d’aide ? {found.contact}.",) if found.contact else (),
        footer=("C’est le seul rappel." if reminder else "Un seul rappel suivra.", FREQUENCY),
    )


def silence_title(quarter_from: date, contracts: int, name: str | None = None, *, reminded: bool = False) -> str:
    whom = f" de {name}" if name else ""
    after = ", malgré un rappel : à vous de décider" if reminded else ""
    return f"Rien reçu{whom} pour le {quarter_of(quarter_from)} ({plural(contracts, 'marché', 'marchés')}){after}"


def quarter_of(day: date) -> str:
    """« 3e trimestre 2018 »."""
    return f"{ORDINALS[(day.month - 1) // 3]} trimestre {day.year}"


def period(value: Period) -> str:
    match value.grain:
        case "month":
            return f"{MONTHS[value.start.month - 1]} {value.start.year}"
        case "quarter":
            return quarter_of(value.start)
        case "semester":
            return f"{ORDINALS[(value.start.month - 1) // 6]} semestre {value.start.year}"
        case _:
            return str(value.start.year)


def _line(line: int | None) -> str:
    return f", ligne {line}" if line is not None else ""


def _lines(count: int) -> str:
    return plural(count, "ligne", "lignes")
