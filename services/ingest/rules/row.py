"""One line being read: takes its fields as text and keeps what there is to say about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from kit.errors import LineError, Severity
from services.ingest.persons import masked
from services.ingest.rules.declared import RawLine
from services.ingest.rules.fields import BY_NAME
from services.ingest.rules.texts import NotFinite, WrongType, is_blank, is_cell_error, is_unsafe, shown, text_of

T = TypeVar("T")
_IDENTITY: Final = frozenset({"birth_name", "first_name", "birth_date"})
_LONGEST: Final = {name: field.longest for name, field in BY_NAME.items()}
_HOURS: Final = frozenset({"hours", "hours_training"})


class Row:
    """A line under examination. A field that has been complained about once reads as blank and is not complained about again."""

    __slots__ = ("blocked", "columns", "errors", "failed", "line", "values")

    def __init__(self, raw: RawLine, errors: list[LineError]) -> None:
        self.line = raw.line
        self.values = raw.values
        self.columns = raw.columns
        self.errors = errors
        self.failed: set[str] = set()
        self.blocked = False

    def text(self, name: str) -> str:
        """The field as text; empty when it is blank or cannot be read, which is then said."""
        value = self.values.get(name)
        if value is None or value == "":
            return ""
        if type(value) is str:
            text = value.strip()
        else:
            try:
                text = text_of(value)
            except WrongType:
                return self.refuse(name, "WRONG_TYPE", "un texte ou un nombre est attendu à cet endroit")
            except NotFinite:
                code = "V09" if name in _HOURS else "WRONG_TYPE"
                return self.refuse(name, code, "ce n’est pas un nombre fini")
        if len(text) > _LONGEST[name]:
            return self.refuse(name, "TOO_LONG", f"{_LONGEST[name]} caractères au plus")
        if is_unsafe(text):
            return self.refuse(name, "UNREADABLE_TEXT", "le texte contient des caractères illisibles (octet nul ou caractère de contrôle)")
        if text[:1] == "#" and is_cell_error(text):
            return self.refuse(name, "CELL_ERROR", "la cellule est en erreur dans votre tableur")
        return "" if is_blank(text) and name not in _IDENTITY else text

    def read(self, name: str, reader: Callable[[str], T], code: str, otherwise: T | None = None) -> T | None:
        """The field through a reader that raises ValueError with a sentence; blank gives `otherwise`."""
        text = self.text(name)
        if not text:
            return otherwise
        try:
            return reader(text)
        except ValueError as error:
            self.refuse(name, code, str(error))
            return otherwise

    def refuse(self, name: str, code: str, sentence: str, *, example: str | None = None) -> str:
        """Say that the field's value cannot be taken. Gives the empty text, so that a reader goes on as with a blank."""
        self.failed.add(name)
        self.say(name, code, "blocking", f"nous avons lu « {self.seen(name)} » ; {sentence}.", example=example or BY_NAME[name].example or None)
        return ""

    def miss(self, name: str, sentence: str) -> None:
        """Say that a field of the minimum is missing, unless its value was already complained about."""
        if name not in self.failed:
            self.say(name, "MISSING_FIELD", "blocking", sentence, example=BY_NAME[name].example or None)

    def say(self, name: str, code: str, severity: Severity, message: str, *, example: str | None = None) -> None:
        """Keep one thing to look at. `message` follows « Ligne 42, « Heures » : »."""
        if severity == "blocking":
            self.blocked = True
        column = self.columns.get(name, name)
        seen = self.seen(name)
        whole = f"Ligne {self.line}, « {column} » : {message}"
        self.errors.append(
            LineError(line=self.line, column=column, code=code, severity=severity, value=seen or None, message=whole, example=example)
        )

    def seen(self, name: str) -> str:
        """The value as it may be repeated: identity masked, control characters replaced, cut at 80 characters."""
        value = self.values.get(name)
        if value is None:
            return ""
        text = shown(value)
        return masked(text) if name in _IDENTITY else text
