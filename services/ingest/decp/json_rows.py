"""The objects of a DECP file in JSON, one after the other: wherever its list is, whatever wraps it, one object or many, one a line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, TextIO

from services.ingest.decp.naming import field_of, is_contract, is_whole, plain
from services.ingest.decp.opening import UnreadableDecp

WRAPPERS: Final = frozenset(
    {
        "marches", "marche", "contratconcession", "contratsconcession", "contratconcessions", "contratsconcessions",
        "contratdeconcession", "contratsdeconcession", "contratsdeconcessions", "concessions", "concession", "contrats", "decp",
        "results", "records", "record", "fields", "data", "items", "features", "properties", "hits",
    }
)  # fmt: skip
"""Names around contracts and their lists: of the schemas v1.5 and v2.0.3, and of the platforms that export them."""
_AROUND_ONE: Final = WRAPPERS | {"source"}
"""Of an element of a list also `_source`, as search engines hand out their records; by itself it is a contract's field."""
LARGEST: Final = 16_000_000
"""Characters of one object; a real one has some thousand."""
_DEEPEST: Final = 4
"""Objects inside each other that are looked through for contracts under names of their own."""
_OF_A_CONTRACT: Final = 4
"""Of the things that a contract says, those by which one that holds others (an agreement and its contracts) is told from what tells of a file."""
_MOST_HELD: Final = 10_000
"""Elements kept of a list that is none of contracts."""
_READ: Final = 1 << 18
_WHY: Final = {
    "Expecting property name": "un nom entre guillemets était attendu",
    "Expecting ':'": "« : » était attendu",
    "Expecting ','": "une virgule était attendue",
    "Expecting value": "une valeur était attendue",
    "Invalid \\": "« \\ » est mal employé dans un texte",
}
"""What the decoder's sentences begin with, for people."""
_BLANK: Final = re.compile(r"[ \t\r\n\ufeff]*")


def objects_in(text: TextIO) -> Iterator[object]:
    """Everything that stands where a contract is expected, in the order of the file; something that is no object is handed on as it is.

    Raises UnreadableDecp for what is not JSON, breaks off, or has no place for contracts at all.
    """
    reader = _Reader(text)
    first: Mapping[str, Any] | None = None
    values = 0
    while reader.peek():
        if reader.peek() == ",":
            reader.skip()
            continue
        values += 1
        for found, expected in reader.values():
            if not expected and not is_contract(found) and values == 1:
                first = found if isinstance(found, Mapping) else {}
                continue
            if first is not None:
                yield first
                first = None
            yield found
    if first is not None:
        raise UnreadableDecp("Ce JSON n’a pas de liste « marches » : est-ce bien un fichier DECP ?")


class _Reader:
    """A window on the text that moves on. Numbers with a point are decimals; NaN and infinities are read, and are no amount later."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._window = ""
        self._at = 0
        self._ended = False
        self._count = 0

    def values(self) -> Iterator[tuple[Any, bool]]:
        """The objects of the value that begins here, and whether each stands in a list or under a name of WRAPPERS."""
        if self.peek() == "[":
            yield from ((found, True) for found in self._listed())
        elif self.peek() == "{":
            yield from self._object(expected=False)
        else:
            yield self._value(), False

    def peek(self) -> str:
        """The next character that is not blank; "" at the end."""
        while True:
            self._at = _BLANK.match(self._window, self._at).end()  # type: ignore[union-attr]  # the pattern always matches
            if self._at < len(self._window):
                return self._window[self._at]
            if not self._more():
                return ""

    def skip(self) -> None:
        self._at += 1

    def _listed(self) -> Iterator[object]:
        self.skip()
        while (mark := self.peek()) != "]":
            if mark == ",":
                self.skip()
                continue
            value = self._value()
            yield from unwrapped(value) if value != [] else [value]
        self.skip()

    def _object(self, *, expected: bool, depth: int = 0) -> Iterator[tuple[Any, bool]]:
        """What a wrapper holds; the object itself when it wraps nothing."""
        self.skip()
        fields: dict[str, Any] = {}
        wraps = False
        while (mark := self.peek()) != "}":
            if mark == ",":
                self.skip()
                continue
            name = self._name()
            is_wrapper = plain(name) in WRAPPERS and self.peek() in {"[", "{"} and not is_whole(fields)
            wraps |= is_wrapper
            held: list[object] = []
            for found, is_one in self._under(name, depth, is_wrapper=is_wrapper):
                if is_one:
                    wraps = True
                    yield found, True
                elif len(held) < _MOST_HELD:
                    held.append(found)
            fields[name] = held[0] if len(held) == 1 else held
        self.skip()
        if not wraps or is_whole(fields, least=_OF_A_CONTRACT):
            yield from ((found, expected) for found in _by_key(fields))

    def _under(self, name: str, depth: int, *, is_wrapper: bool) -> Iterator[tuple[Any, bool]]:
        """What stands under a name, and whether each is one of the contracts."""
        if is_wrapper and self.peek() == "[":
            yield from ((found, True) for found in self._listed())
        elif is_wrapper:
            yield from self._object(expected=True, depth=depth + 1)
        elif self.peek() in {"[", "{"} and field_of(name) is None and depth <= _DEEPEST:
            yield from self._maybe(depth)
        else:
            yield self._value(), False

    def _maybe(self, depth: int) -> Iterator[tuple[Any, bool]]:
        """What stands under a name that says nothing to us, and whether each is a contract: some wrap them in names of their own, beside the usual
        ones too. Of a list the first element tells."""
        if self.peek() == "{":
            for found, expected in self._object(expected=False, depth=depth + 1):
                yield found, expected or is_whole(found)
            return
        self.skip()
        of_contracts = None
        while (mark := self.peek()) != "]":
            if mark == ",":
                self.skip()
                continue
            value = self._value()
            inner = list(unwrapped(value)) if of_contracts is not False else [value]
            if of_contracts is None:
                of_contracts = any(map(is_whole, inner))
            yield from ((found, of_contracts) for found in inner)
        self.skip()

    def _name(self) -> str:
        name = self._value()
        if not isinstance(name, str) or self.peek() != ":":
            raise self._broken("un nom et « : » étaient attendus")
        self.skip()
        return name

    def _value(self) -> Any:
        """One whole value. Reads on while it is not complete."""
        if not self.peek():
            raise self._broken("le fichier s’arrête au milieu")
        while True:
            try:
                found, end = self._decoded()
            except json.JSONDecodeError as error:
                if self._more():
                    continue
                raise self._wrong(error) from None
            except RecursionError:
                raise self._broken("trop de niveaux") from None
            if end == len(self._window) and not isinstance(found, dict | list | str) and self._more():
                continue  # a number may go on
            self._at = end
            self._count += 1
            return found

    def _decoded(self) -> tuple[Any, int]:
        try:
            return _DECODER.raw_decode(self._window, self._at)
        except json.JSONDecodeError:
            raise
        except ValueError:  # an integer of thousands of digits
            return _PATIENT.raw_decode(self._window, self._at)

    def _more(self) -> bool:
        waiting = len(self._window) - self._at
        if waiting > LARGEST:
            raise self._broken("un enregistrement ne finit pas")
        piece = "" if self._ended else self._text.read(max(_READ, waiting))
        self._ended = not piece
        if piece:
            self._window = self._window[self._at :] + piece
            self._at = 0
        return bool(piece)

    def _wrong(self, error: json.JSONDecodeError) -> UnreadableDecp:
        """A value that breaks off where the text ends was cut; any other is written wrongly, and shown."""
        if error.msg.startswith("Unterminated string") or not self._window[error.pos :].strip():
            return self._broken("le fichier s’arrête au milieu")
        why = next((french for begins, french in _WHY.items() if error.msg.startswith(begins)), "cette écriture n’est pas du JSON")
        near = self._window[max(error.pos - 30, 0) : error.pos + 30]
        return self._broken(f"{why}, près de « {' '.join(near.split())} »")

    def _broken(self, why: str) -> UnreadableDecp:
        s = "s" if self._count > 1 else ""
        return UnreadableDecp(f"Le JSON est incorrect après {self._count} valeur{s} lue{s} : {why[:200]}. Rien n’a été enregistré.")


def _by_key(fields: dict[str, Any]) -> list[Any]:
    """The contracts of an object that names each by its number; else the object itself."""
    return list(fields.values()) if fields and all(map(is_contract, fields.values())) else [fields]


def unwrapped(value: object) -> Iterator[object]:
    """A list's element: a contract, or something that wraps one or several."""
    if isinstance(value, list):
        for one in value:
            yield from unwrapped(one)
        return
    if isinstance(value, Mapping) and not is_contract(value):
        inner = [held for name, held in value.items() if plain(name) in _AROUND_ONE and isinstance(held, dict | list)]
        if inner:
            yield from unwrapped(inner)
            return
        if any(map(is_whole, value.values())):  # « contrat », or any other name around one
            yield from (held for held in value.values() if is_whole(held))
            return
    yield value


def _nothing(_: str) -> None:
    """What NaN and the infinities say."""


_DECODER: Final = json.JSONDecoder(strict=False, parse_float=Decimal, parse_constant=_nothing)
_PATIENT: Final = json.JSONDecoder(strict=False, parse_float=Decimal, parse_int=Decimal, parse_constant=_nothing)
