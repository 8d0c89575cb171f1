"""The questions of a year: sections of typed questions as data, editable by the team until the form of that year is sent."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from kit.errors import LineError, Refused
from schemas.vocabulary.buyers import SECTORS

KINDS: Final = {
    "TEXT": "Texte", "LINE": "Une ligne", "NUMBER": "Nombre", "CHOICE": "Un choix", "CHOICES": "Plusieurs choix",
}  # fmt: skip
PREFILLS: Final = {
    "": "Rien", "structure": "Structure porteuse", "coordinator": "Coordination", "contracts": "Marchés de l’année d’avant",
    "hours": "Heures de l’année d’avant", "persons": "Bénéficiaires de l’année d’avant", "women": "Femmes de l’année d’avant",
    "fte": "ETP de l’année d’avant",
}  # fmt: skip
"""What a question may be filled in with beforehand: the annuaire's answer, or the observatory's figures of year − 1."""
MOST_SECTIONS: Final = 20
MOST_QUESTIONS: Final = 80
LONGEST_LABEL: Final = 300
EVENT_TRADE: Final = "evenement_filiere"
EVENT_PLACE: Final = "evenement_lieu"
WISHED_ACTIONS: Final = "actions_souhaitees"
"""Questions with these keys fill in the form of a department's event or of an action."""
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,59}", re.ASCII)


@dataclass(frozen=True)
class Question:
    """`key` never changes from year to year, so that last year's answer is found again."""

    key: str
    label: str
    kind: str = "TEXT"
    hint: str = ""
    options: tuple[str, ...] = ()
    prefill: str = ""


@dataclass(frozen=True)
class Section:
    title: str
    questions: tuple[Question, ...]


Sections = tuple[Section, ...]

_DIFFICULTIES: Final = (
    "Recours aux ETT", "Reprise du personnel", "Bailleurs sociaux", "Mobilité", "Garde d’enfants", "Maîtrise du français", "Numérique",
    "Suivi des heures par les entreprises", "Manque de candidats", "Autre",
)  # fmt: skip
_PUBLICS: Final = (
    "Jeunes de moins de 26 ans", "Seniors", "Femmes", "Bénéficiaires du RSA", "Personnes en situation de handicap", "Habitants des QPV",
    "Réfugiés", "Sortants de détention", "Autre",
)  # fmt: skip
_FORMATS: Final = (
    "Rencontre entreprises × ESS", "Visite d’une structure", "Atelier pour acheteurs", "Forum de recrutement", "Petit-déjeuner", "Autre",
)  # fmt: skip

FIRST: Final[Sections] = (
    Section("Structure porteuse et moyens", (
        Question("structure", "Structure porteuse", "LINE", prefill="structure"),
        Question("etp_facilitateurs", "Facilitateurs (ETP)", "NUMBER", "Équivalents temps plein consacrés aux clauses, par exemple 2,5"),
        Question("moyens", "Ce qui a changé dans l’équipe", "TEXT"),
    )),
    Section("Acheteurs et bailleurs", (
        Question("acheteurs_actifs", "Acheteurs actifs", "TEXT", "Un par ligne"),
        Question("bailleurs_actifs", "Bailleurs sociaux actifs", "TEXT", "Un par ligne"),
        Question("a_approcher", "Acheteurs et bailleurs à approcher", "TEXT", "Avec, si possible, la raison ou l’échéance"),
    )),
    Section("Volumes de l’année d’avant", (
        Question("marches", "Marchés avec clause", "NUMBER", prefill="contracts"),
        Question("heures", "Heures réalisées", "NUMBER", prefill="hours"),
        Question("beneficiaires", "Bénéficiaires", "NUMBER", prefill="persons"),
        Question("femmes", "Dont femmes", "NUMBER", prefill="women"),
        Question("volumes_commentaire", "Ce que ces chiffres ne disent pas", "TEXT"),
    )),
    Section("Publics", (
        Question("publics", "Publics difficiles à toucher", "CHOICES", options=_PUBLICS),
        Question("publics_precision", "Précisions", "TEXT"),
    )),
    Section("Offre des SIAE, EA et ESAT", (
        Question("offre_presente", "Filières où l’offre suffit", "CHOICES", options=tuple(SECTORS.values())),
        Question("offre_absente", "Filières où l’offre manque", "CHOICES", options=tuple(SECTORS.values())),
        Question("offre_precision", "Précisions", "TEXT"),
    )),
    Section("Difficultés", (
        Question("difficultes", "Difficultés rencontrées", "CHOICES", options=_DIFFICULTIES),
        Question("difficultes_precision", "Un cas concret", "TEXT"),
    )),
    Section("Actions et événements souhaités", (
        Question(WISHED_ACTIONS, "Actions souhaitées", "TEXT", "Une par ligne"),
        Question("evenement_formats", "Formats d’événement", "CHOICES", options=_FORMATS),
        Question(EVENT_TRADE, "Filière d’un événement départemental", "LINE", "Par exemple : métiers du paysage"),
        Question(EVENT_PLACE, "Lieu possible", "LINE"),
    )),
    Section("Contacts et commentaires", (
        Question("contacts", "Contacts", "TEXT", "Qui appeler pour quoi", prefill="coordinator"),
        Question("commentaires", "Commentaires libres", "TEXT"),
    )),
)  # fmt: skip
"""The first year's questions, after what the network's form is said to ask (handbook 3.5: a proposal, to be confirmed with users)."""


def all_of(sections: Sections) -> dict[str, Question]:
    """Every question by its key, in order."""
    return {question.key: question for section in sections for question in section.questions}


def check(sections: Sections) -> None:
    """Raises Refused with everything that is wrong with a version of the questions."""
    errors = [*_counts(sections), *_keys(sections)]
    for row, section in enumerate(sections):
        if not section.title.strip() or len(section.title) > LONGEST_LABEL:
            errors.append(_error(f"s.{row}.title", section.title, "TEXT", "Donnez un titre à la partie.", "Publics"))
        for column, question in enumerate(section.questions):
            errors += _question(f"s.{row}.q.{column}", question)
    if errors:
        raise Refused(errors, code="QUESTIONS_REFUSED", title="Les questions ne peuvent pas être enregistrées telles quelles")


def with_keys(sections: Sections) -> Sections:
    """New questions get a key from their label; a key that is there stays."""
    taken = {question.key for section in sections for question in section.questions if question.key}
    found = []
    for section in sections:
        questions = []
        for question in section.questions:
            key = question.key or _fresh(question.label, taken)
            taken.add(key)
            questions.append(replace(question, key=key))
        found.append(Section(section.title, tuple(questions)))
    return tuple(found)


def as_json(sections: Sections) -> list[dict[str, Any]]:
    return [
        {
            "title": section.title,
            "questions": [
                {"key": q.key, "label": q.label, "kind": q.kind, "hint": q.hint, "options": list(q.options), "prefill": q.prefill}
                for q in section.questions
            ],
        }
        for section in sections
    ]


def from_json(found: Sequence[dict[str, Any]]) -> Sections:
    return tuple(
        Section(entry["title"], tuple(Question(**{**q, "options": tuple(q["options"])}) for q in entry["questions"])) for entry in found
    )


def _counts(sections: Sections) -> Iterator[LineError]:
    asked = sum(len(section.questions) for section in sections)
    if not asked:
        yield _error("", "", "EMPTY", "Gardez au moins une question.", None)
    if len(sections) > MOST_SECTIONS or asked > MOST_QUESTIONS:
        yield _error("", str(asked), "TOO_MANY", f"{MOST_SECTIONS} parties et {MOST_QUESTIONS} questions au plus.", None)


def _keys(sections: Sections) -> Iterator[LineError]:
    seen: set[str] = set()
    for section in sections:
        for question in section.questions:
            if not _KEY.fullmatch(question.key) or question.key in seen:
                yield _error("", question.key[:60], "KEY", "Chaque question a un identifiant à elle : a–z, 0–9 et _.", "offre_absente")
            seen.add(question.key)


def _question(name: str, question: Question) -> Iterator[LineError]:
    if not question.label.strip() or len(question.label) > LONGEST_LABEL:
        yield _error(f"{name}.label", question.label[:80], "TEXT", "Écrivez la question.", "Acheteurs actifs")
    if len(question.hint) > LONGEST_LABEL:
        yield _error(f"{name}.hint", question.hint[:80], "TEXT", f"{LONGEST_LABEL} caractères au plus.", None)
    if question.kind not in KINDS:
        yield _error(f"{name}.kind", question.kind, "UNKNOWN_CODE", f"Type attendu : {', '.join(KINDS.values())}.", "TEXT")
    if question.prefill not in PREFILLS:
        yield _error(f"{name}.prefill", question.prefill, "UNKNOWN_CODE", "Ce préremplissage n’existe pas.", "hours")
    offered = [option for option in question.options if option.strip()]
    if question.kind in {"CHOICE", "CHOICES"} and (len(offered) < 2 or len(set(offered)) != len(offered) or len(offered) > 40):
        yield _error(f"{name}.options", "", "OPTIONS", "Donnez de 2 à 40 choix, tous différents, un par ligne.", None)
    if any(len(option) > LONGEST_LABEL for option in offered):
        yield _error(f"{name}.options", "", "TEXT", f"Un choix compte {LONGEST_LABEL} caractères au plus.", None)


def _fresh(label: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40]
    stem = stem if stem[:1].isalpha() else f"q_{stem}".rstrip("_")
    found, number = stem, 2
    while found in taken:
        found, number = f"{stem}_{number}", number + 1
    return found


def _error(column: str, value: str, code: str, message: str, example: str | None) -> LineError:
    return LineError(column=column, code=code, value=value, message=message, example=example)
