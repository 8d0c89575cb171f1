"""The contracts of a DECP file in XML, as objects of the same shape as JSON gives; read as a stream, without entities of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final
from xml.parsers import expat

from services.ingest.decp.naming import plain
from services.ingest.decp.opening import UnreadableDecp

ROWS: Final = frozenset({"marche", "contratconcession", "concession"})
_CUT: Final = frozenset(
    expat.errors.codes[said]
    for said in (expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN, expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION)
)
_ENCODING: Final = frozenset(
    expat.errors.codes[said] for said in (expat.errors.XML_ERROR_UNKNOWN_ENCODING, expat.errors.XML_ERROR_INCORRECT_ENCODING)
)
_DEEPEST: Final = 40
_LONGEST: Final = 1_000_000


def objects_in(pieces: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Each contract or concession. Raises UnreadableDecp for what is not XML, breaks off, declares a document type or has no contract."""
    tree = _Tree()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = tree.open
    parser.EndElementHandler = tree.close
    parser.CharacterDataHandler = tree.text
    parser.StartDoctypeDeclHandler = _refuse
    try:
        for piece in pieces:
            parser.Parse(piece, False)
            yield from tree.taken()
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        if isinstance(error, UnreadableDecp):
            raise
        raise UnreadableDecp(f"{_where(parser, error)} Rien n’a été enregistré.") from None
    yield from tree.taken()
    if not tree.seen:
        raise UnreadableDecp("Ce XML n’a pas d’élément « marche » : est-ce bien un fichier DECP ?")


def _where(parser: expat.XMLParserType, error: Exception) -> str:
    code = error.code if isinstance(error, expat.ExpatError) else None
    place = f"ligne {parser.CurrentLineNumber}, caractère {parser.CurrentColumnNumber + 1}"
    if code in _CUT:
        return f"Le XML s’arrête au milieu ({place}) : le fichier a été coupé."
    if code is None or code in _ENCODING:
        return "L’encodage que ce XML annonce n’est pas le sien, ou n’est pas connu."
    return f"Le XML est incorrect : {place}."


def _refuse(*_: object) -> None:
    raise UnreadableDecp("Le XML déclare un type de document (DOCTYPE) : il est refusé par sécurité.")


class _Tree:
    """Elements become objects as they close: repeated children a list, an element without children its text."""

    def __init__(self) -> None:
        self._stack: list[tuple[str, dict[str, Any], list[str]]] = []
        self._done: list[dict[str, Any]] = []
        self._inside = 0
        self.seen = False

    def taken(self) -> list[dict[str, Any]]:
        done, self._done = self._done, []
        return done

    def open(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if len(self._stack) >= _DEEPEST:
            raise UnreadableDecp("Le XML a trop de niveaux.")
        self._inside += bool(self._inside or plain(name) in ROWS)
        self._stack.append((name, dict(attributes), []))

    def text(self, text: str) -> None:
        if self._inside:
            parts = self._stack[-1][2]
            parts.append(text)
            if sum(map(len, parts)) > _LONGEST:
                raise UnreadableDecp("Un texte du XML ne finit pas.")

    def close(self, _: str) -> None:
        name, children, texts = self._stack.pop()
        if not self._inside:
            return
        self._inside -= 1
        if not self._inside:
            self._done.append(children)
            self.seen = True
            return
        value: Any = children or "".join(texts).strip()
        parent = self._stack[-1][1]
        if name not in parent:
            parent[name] = value
        elif isinstance(parent[name], list):
            parent[name].append(value)
        else:
            parent[name] = [parent[name], value]
