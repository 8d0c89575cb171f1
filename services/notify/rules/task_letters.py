"""Letters about what people are asked for: polls, diagnostics, actions. `actions` of a letter are paths here; the gateway is put before them."""

from __future__ import annotations

from datetime import date
from typing import Final

from kit.web.filters import plural
from schemas.indicators import EditionAbandoned, EditionReviewOpened
from schemas.meetings import ActionDue, Addressee, Diagnostic, DiagnosticReviewed, Poll, PollOption
from services.notify.rules import wording
from services.notify.rules.letters import Letter

QUESTION: Final = "Une question ? Répondez à ce courriel : l’équipe du réseau le lit."


def poll(found: Poll, to: Addressee, *, reminder: bool) -> Letter:
    """Dates to choose from; a reminder says that it is one and goes to nobody who has answered."""
    until = wording.day(found.answer_by, year=True)
    asked = "Nous n’avons pas encore votre réponse. " if reminder else ""
    return Letter(
        subject=f"{'RAPPEL – ' if reminder else ''}Quelles dates vous conviennent ? {found.title}",
        greeting="",
        paragraphs=(
            (
                f"{asked}{_count(found.options)} {'vous est proposée' if len(found.options) < 2 else 'vous sont proposées'} pour {_quoted(found.title)}."
                " Pour chacune : oui, si nécessaire, ou non."
            ),
            *((found.words,) if found.words else ()),
        ),
        items=tuple(_option(option) for option in found.options),
        actions=(("Donner mes disponibilités", to.path or found.page),),
        closing=(f"Réponse souhaitée jusqu’au {until}. Vous pouvez aussi proposer une autre date.",),
        footer=(f"Contact : {found.contact}",) if found.contact else (QUESTION,),
    )


def poll_title(found: Poll, *, reminder: bool) -> str:
    return f"{'Rappel : s' if reminder else 'S'}ondage de dates, {found.title}, réponse jusqu’au {wording.day(found.answer_by)}"


def diagnostic(found: Diagnostic, *, reminder: bool) -> Letter:
    """The yearly form: pre-filled, shared by whoever coordinates the department."""
    until = (f"Elle est attendue jusqu’au {wording.day(found.answer_by, year=True)}.",) if found.answer_by else ()
    done = f" Elle est remplie à {found.progress} %." if found.progress else ""
    return Letter(
        subject=f"{'RAPPEL – ' if reminder else ''}Fiche diagnostic {found.year} : {wording.department(found.department)}",
        greeting="",
        paragraphs=(
            (
                f"La fiche diagnostic {found.year} de votre département est à remplir. Les chiffres connus y sont déjà ;"
                f" chaque réponse est enregistrée à mesure, et vous pouvez être plusieurs à écrire.{done}"
            ),
        ),
        actions=(("Remplir la fiche", found.page),),
        closing=until,
        footer=(QUESTION,),
    )


def diagnostic_title(found: Diagnostic, *, reminder: bool) -> str:
    until = f", jusqu’au {wording.day(found.answer_by)}" if found.answer_by else ""
    return f"{'Rappel : f' if reminder else 'F'}iche diagnostic {found.year} à remplir{until}"


def diagnostic_submitted_title(found: Diagnostic) -> str:
    return f"Fiche diagnostic {found.year} transmise : {wording.department(found.department)}, à relire"


def diagnostic_reviewed(found: DiagnosticReviewed) -> Letter:
    return Letter(
        subject=f"Fiche diagnostic {found.year} relue : {wording.department(found.department)}",
        greeting="",
        paragraphs=("L’équipe du réseau a relu votre fiche.", *((found.comment,) if found.comment else ())),
        actions=(("Ouvrir la fiche", found.page),),
        footer=(QUESTION,),
    )


def edition_title(found: EditionReviewOpened, department: str) -> str:
    """One line of the inbox and of the digest."""
    return f"Édition {found.edition} à relire jusqu’au {wording.day(found.deadline, year=True)} : {wording.department(department)}"


def edition(found: EditionReviewOpened, department: str) -> Letter:
    """The coordination reads its sheet before an edition is published."""
    again = " Le projet a changé depuis la dernière relecture." if found.draft > 1 and not found.reminder else ""
    again = " Nous n’avons pas encore votre réponse." if found.reminder else again
    return Letter(
        subject=f"{'Rappel – à' if found.reminder else 'À'} relire : édition {found.edition}, fiche {wording.department(department)}",
        greeting="",
        paragraphs=(
            (
                f"Le projet de l’édition {found.edition}, « {found.title} » ({found.year}), est à relire.{again}"
                " Lisez la fiche de votre département, commentez un chiffre s’il vous surprend, ou dites que rien n’est à signaler."
            ),
        ),
        actions=(("Relire ma fiche", found.path),),
        closing=(f"Réponse souhaitée jusqu’au {wording.day(found.deadline, year=True)}. Rien n’est publié avant.",),
        footer=(QUESTION,),
    )


def edition_abandoned_title(found: EditionAbandoned) -> str:
    return f"Édition {found.edition} abandonnée : rien à relire"


def edition_abandoned(found: EditionAbandoned, department: str) -> Letter:
    """What a coordination was asked to read will not be published."""
    return Letter(
        subject=f"Abandonnée : édition {found.edition}, fiche {wording.department(department)}",
        greeting="",
        paragraphs=(
            f"L’édition {found.edition}, « {found.title} » ({found.year}), ne sera pas publiée : vous n’avez plus rien à relire.",
            f"Motif : {found.reason}",
        ),
        actions=(("Voir vos remarques", found.path),),
        footer=(QUESTION,),
    )


def action_title(found: ActionDue, today: date) -> str:
    """One line of the inbox and of the morning's digest: how late, or when."""
    where = f" ({found.roadmap})" if found.roadmap else ""
    if found.due < today:
        late = plural((today - found.due).days, "jour", "jours")
        return f"Action en retard de {late} : {found.title}{where}"
    return f"Action attendue pour le {wording.day(found.due, year=True)} : {found.title}{where}"


def _count(options: tuple[PollOption, ...]) -> str:
    return plural(len(options), "date", "dates")


def _option(option: PollOption) -> str:
    begins, ends = option.starts_at, option.ends_at
    when = f"{wording.day(begins.date(), year=True)}, de {wording.clock(begins)} à {wording.clock(ends)}"
    return f"{when}, {option.place}" if option.place else when


def _quoted(title: str) -> str:
    return title if "«" in title else f"« {title} »"
