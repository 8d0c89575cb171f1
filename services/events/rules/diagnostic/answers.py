"""What an answer may be, how it is written, and what two people who wrote at once are shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from kit.errors import LineError, Refused
from kit.typography import THIN
from kit.web.filters import number
from services.events.rules.diagnostic.questions import Question, Sections, all_of

LONGEST: Final = {"TEXT": 4_000, "LINE": 300}
STATES: Final = {"TO_FILL": "à remplir", "SUBMITTED": "transmise", "REVIEWED": "relue"}
TONES: Final = {"TO_FILL": "wait", "SUBMITTED": "plain", "REVIEWED": "good"}
SEPARATOR: Final = "\n"
"""Between the choices of one answer; no choice contains it."""
_NUMBER: Final = re.compile(r"-?\d{1,12}(?:[.,]\d{1,4})?", re.ASCII)
_BETWEEN_DIGITS: Final = re.compile(r"(?<=\d)[\s\u00a0\u202f](?=\d)")


@dataclass(frozen=True)
class Answer:
    """An answer at a revision; 0 is what was filled in beforehand and nobody has touched."""

    value: str
    revision: int
    by: str
    by_name: str
    at: datetime | None
    editor: UUID | None = None
    """The opened page that it came from: one page never contradicts itself."""

    @property
    def prefilled(self) -> bool:
        return self.revision == 0


NOTHING: Final = Answer("", 0, "", "", None)


def read(question: Question, typed: str) -> str:
    """The value as it is kept: numbers with a point, choices one a line in the order of the form. Raises Refused."""
    value = typed.strip()
    match question.kind:
        case "NUMBER":
            return _number(question, value)
        case "CHOICE" | "CHOICES":
            return _choices(question, value)
    longest = LONGEST.get(question.kind, LONGEST["TEXT"])
    value = value.replace("\r\n", "\n") if question.kind == "TEXT" else " ".join(value.split())
    if len(value) > longest:
        raise _refused(question, value, "TEXT", f"{number(longest)} caractères au plus ; ce texte en compte {number(len(value))}.", None)
    return value


def shown(question: Question, value: str) -> str:
    """The value as people read it."""
    if not value:
        return ""
    if question.kind == "NUMBER":
        return number(value)
    return value.replace(SEPARATOR, ", ") if question.kind in {"CHOICE", "CHOICES"} else value


def typed_again(question: Question, value: str) -> str:
    """The value as it stands in its field: a number with a comma and without the spaces between thousands."""
    return number(value).replace(THIN, "").replace("−", "-") if question.kind == "NUMBER" and value else value


def progress(sections: Sections, answers: Mapping[str, Answer]) -> int:
    """Questions answered, whole per cent rounded down: 100 only when nothing is missing."""
    asked = all_of(sections)
    answered = sum(1 for key in asked if answers.get(key, NOTHING).value)
    return answered * 100 // len(asked) if asked else 100


def missing(sections: Sections, answers: Mapping[str, Answer]) -> int:
    """How many questions have no answer."""
    return sum(1 for key in all_of(sections) if not answers.get(key, NOTHING).value)


def _number(question: Question, value: str) -> str:
    plain = _BETWEEN_DIGITS.sub("", value).replace("−", "-")
    if not plain:
        return ""
    if not _NUMBER.fullmatch(plain):
        raise _refused(question, value, "NUMBER", "Un nombre est attendu.", "12480,5")
    found = Decimal(plain.replace(",", "."))
    if found < 0:
        raise _refused(question, value, "NUMBER", "Un nombre positif est attendu.", "12480,5")
    return f"{found.normalize():f}"


def _choices(question: Question, value: str) -> str:
    chosen = {part.strip() for part in value.split(SEPARATOR) if part.strip()}
    unknown = sorted(chosen - set(question.options))
    if unknown:
        raise _refused(question, unknown[0], "UNKNOWN_CHOICE", f"« {unknown[0][:80]} » n’est pas un choix proposé.", question.options[0])
    if question.kind == "CHOICE" and len(chosen) > 1:
        raise _refused(question, value, "ONE_CHOICE", "Un seul choix est possible.", question.options[0])
    return SEPARATOR.join(option for option in question.options if option in chosen)


def _refused(question: Question, value: str, code: str, message: str, example: str | None) -> Refused:
    error = LineError(column=f"a.{question.key}", code=code, value=value[:200], message=f"{question.label} : {message}", example=example)
    return Refused([error], code="ANSWER_REFUSED", title="Cette réponse ne peut pas être enregistrée")
