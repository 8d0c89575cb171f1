"""One line being read: takes its fields as text and keeps what there is to say about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar, TypeVarTuple

from kit.errors import LineError, Severity
from kit.invisible import visible
from services.ingest.persons import masked
from services.ingest.rules.declared import RawLine
from services.ingest.rules.establishments import is_shortened
from services.ingest.rules.fields import BY_NAME, IDENTITY
from services.ingest.rules.texts import FORMULA, NotFinite, WrongType, is_blank, is_cell_error, is_unsafe, shown, text_of

T = TypeVar("T")
Facts = TypeVarTuple("Facts")
_IDENTITY: Final = frozenset(IDENTITY)
_LONGEST: Final = {name: field.longest for name, field in BY_NAME.items()}
_SHORT: Final = min(_LONGEST.values())
_REMEMBERED: Final = 1 << 16
_HOURS: Final = frozenset({"hours", "hours_training"})
_TYPED: Final = frozenset({"qpv", "other_publics"})
"""Fields that JSON may give as a truth value or a list: their own readers take them as they are."""

_NUMBERED: Final = frozenset({"contract", "worker_id", "source_line", "work_contract_reference"})
"""Fields in which two numbers that have the same left would be one contract or one person."""
_NOT_WORKED_OUT: Final = (
    "la cellule contient une formule, et pas sa valeur : ouvrez le classeur dans votre tableur, enregistrez-le, puis renvoyez-le"
)


class Memory:
    """What a check has learnt from the rows before: most cells of a file repeat, and so do the persons, the employers and the months.

    `plain` are short texts that were found readable; `remembered` what a part of a row was read as, where nothing was to be said of it.
    """

    __slots__ = ("fine", "plain", "remembered")

    def __init__(self) -> None:
        self.plain: set[str] = set()
        self.remembered: dict[tuple[object, ...], Any] = {}
        self.fine: set[tuple[object, ...]] = set()
        """Combinations that a rule has nothing to say about."""


class Row:
    """A line under examination. A field that has been complained about once reads as blank and is not complained about again."""

    __slots__ = ("blocked", "columns", "errors", "failed", "given", "line", "memory", "ours", "texts", "values")

    def __init__(self, raw: RawLine, errors: list[LineError], memory: Memory) -> None:
        self.memory = memory
        plain = memory.plain
        self.line = raw.line
        self.values = raw.values
        self.columns = raw.columns
        self.given = raw.given
        self.errors = errors
        self.failed: set[str] = set()
        self.blocked = False
        self.ours = raw.values.keys() <= _LONGEST.keys()
        """Whether every field is of the format."""
        fresh = _not_of(raw.values, plain) if self.ours else [name for name in raw.values if name in _LONGEST]
        self.texts: dict[str, str] = dict(raw.values) if self.ours else {}  # type: ignore[arg-type]  # what is plain is text, the rest is read now
        for name in fresh:
            self._take(name, raw.values[name])

    def _take(self, name: str, value: object) -> None:
        """Read a cell that no row before had: its text without blanks around, or nothing."""
        text = visible(value).strip() if type(value) is str else "" if value is None else self._typed(name, value)
        if not text or not self._readable(name, text):
            self.texts.pop(name, None)
            return
        self.texts[name] = text
        plain = self.memory.plain
        if len(text) <= _SHORT and name not in _IDENTITY and len(plain) < _REMEMBERED:
            plain.add(text)

    def text(self, name: str) -> str:
        """The field as text; empty when it is blank or could not be read, which was said."""
        return self.texts.get(name, "")

    def once(self, what: str, names: tuple[str, ...], read: Callable[[Row], T]) -> T:
        """`read(self)`, or what it gave for an earlier row with the same texts in these fields, the only ones that it may look at. Only
        what was read without a word is remembered: a remark names its line."""
        if self.failed:
            return read(self)
        key = (what, *map(self.texts.get, names))
        known: dict[tuple[object, ...], T] = self.memory.remembered
        if key in known:
            return known[key]
        said = len(self.errors)
        found = read(self)
        if len(self.errors) == said and not self.failed and len(known) < _REMEMBERED:
            known[key] = found
        return found

    def silent(self, key: tuple[object, ...], rule: Callable[[Row, *Facts], None], *facts: *Facts) -> None:
        """Apply a rule to the row and these facts, unless it had nothing to say about the same combination before."""
        fine = self.memory.fine
        if key in fine:
            return
        said = len(self.errors)
        rule(self, *facts)
        if len(self.errors) == said and len(fine) < _REMEMBERED:
            fine.add(key)

    def read(self, name: str, reader: Callable[[str], T], code: str) -> T | None:
        """The field through a reader that raises ValueError with a sentence; None when blank or refused."""
        return self._read(name, reader, code, self.refuse)

    def doubt(self, name: str, reader: Callable[[str], T], code: str) -> T | None:
        """The same of a field that no line needs: what cannot be read is looked at and left out, the hours count (never a reason to refuse hours)."""
        return self._read(name, reader, code, self._leave_out)

    def _read(self, name: str, reader: Callable[[str], T], code: str, otherwise: Callable[[str, str, str], None]) -> T | None:
        text = self.texts.get(name)
        if not text:
            return None
        try:
            return reader(text)
        except ValueError as error:
            otherwise(name, code, str(error))
            return None

    def _leave_out(self, name: str, code: str, sentence: str) -> None:
        more = "Sans correction, la ligne compte, et ce champ reste non communiqué."
        self.say(name, code, "check", f"nous avons lu « {self.seen(name)} » ; {sentence}. {more}", example=BY_NAME[name].example or None)

    def refuse(self, name: str, code: str, sentence: str, *, example: str | None = None) -> None:
        """Say that the field's value cannot be taken; from now on it reads as blank."""
        self.failed.add(name)
        self.texts.pop(name, None)
        self.say(
            name, code, "blocking", f"nous avons lu « {self.seen(name)} » ; {sentence}.", example=example or BY_NAME[name].example or None
        )

    def miss(self, name: str, sentence: str) -> None:
        """Say that a field of the minimum is missing, unless its value was already complained about."""
        if name not in self.failed:
            self.say(name, "MISSING_FIELD", "blocking", sentence, example=BY_NAME[name].example or None)

    def say(self, name: str, code: str, severity: Severity, message: str, *, example: str | None = None) -> None:
        """Keep one thing to look at. `message` follows « Ligne 42, « Heures » : »; of a table, a field without a column is called by its label."""
        if severity == "blocking":
            self.blocked = True
        column = self.columns.get(name, name)
        seen = self.seen(name)
        named = BY_NAME[name].label if self.columns and name not in self.columns and name in BY_NAME else column
        whole = f"Ligne {self.line}, « {named} » : {message}"
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

    def _typed(self, name: str, value: object) -> str:
        if name in _TYPED and isinstance(value, bool | list):
            return ""
        try:
            return text_of(value)
        except WrongType:
            self.refuse(name, "WRONG_TYPE", "un texte ou un nombre est attendu à cet endroit")
        except NotFinite:
            self.refuse(name, "V09" if name in _HOURS else "WRONG_TYPE", "ce n’est pas un nombre fini")
        return ""

    def _readable(self, name: str, text: str) -> bool:
        """False for a blank, silently, and for what no field can hold, which is said."""
        if len(text) > _SHORT and len(text) > _LONGEST[name]:
            self.refuse(name, "TOO_LONG", f"{_LONGEST[name]} caractères au plus")
            return False
        if not text.isprintable() and is_unsafe(text):
            self.refuse(name, "UNREADABLE_TEXT", "le texte contient des caractères illisibles (octet nul ou caractère de contrôle)")
            return False
        if text[0] == "#" and is_cell_error(text):
            self.refuse(name, "CELL_ERROR", _NOT_WORKED_OUT if text.startswith(FORMULA) else "la cellule est en erreur dans votre tableur")
            return False
        if name in _NUMBERED and is_shortened(text):
            self.refuse(
                name,
                "CELL_ERROR",
                "le tableur a abrégé ce numéro, et ses derniers chiffres sont perdus : mettez la colonne au format « Texte », et renvoyez le fichier",
            )
            return False
        return name in _IDENTITY or not is_blank(text)


def _not_of(values: Mapping[str, object], plain: set[str]) -> Iterable[str]:
    """The fields whose cell was not found readable before: most cells of a file repeat. A list in JSON never was."""
    try:
        return [name for name, value in values.items() if value not in plain]
    except TypeError:
        return list(values)
