"""Templates written with plain spaces, compiled with those of `kit.typography`.

What a template says itself is changed when it is compiled; what it prints passes one filter, which the compiler writes in. Only where people
read: never inside a tag (attributes, addresses), a comment, or an element whose text a machine or a person takes as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from jinja2 import Environment
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from kit.typography import unbroken
from kit.web import filters

AS_IT_IS: Final = frozenset({"code", "kbd", "option", "pre", "samp", "script", "style", "textarea"})
_OPENS: Final = re.compile(r"<(?:!--|!|/?[a-zA-Z][\w-]*|/?\Z)")  # the last one: a tag whose name is printed
_IN_TAG: Final = re.compile(r"[\"'>]")

_OPENING: Final = frozenset({"lparen", "lbracket", "lbrace"})
_CLOSING: Final = frozenset({"rparen", "rbracket", "rbrace"})


class Typography(Extension):
    """For an environment that escapes by itself: the filter leaves what is HTML already (a macro's answer) alone."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.filters["unbroken"] = shown

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        reader = Reader()
        for token in stream:
            if token.type == "data":
                yield Token(token.lineno, "data", reader.read(token.value))
            elif token.type == "variable_begin":
                yield token
                yield from _printed(stream, token.lineno, filtered=reader.reads_text)
            else:
                yield token


def _printed(stream: TokenStream, line: int, *, filtered: bool) -> Iterator[Token]:
    """What stands between {{ and }}, given to the filter where it may hold a plain space before a sign."""
    inner, end = [], None
    for token in stream:
        if token.type == "variable_end":
            end = token
            break
        inner.append(token)
    if filtered and not _is_figure(inner):
        inner = [Token(line, "lparen", "("), *inner, Token(line, "rparen", ")"), Token(line, "pipe", "|"), Token(line, "name", "unbroken")]
    yield from inner
    if end is not None:  # else the parser says what is missing
        yield end


def _is_figure(inner: list[Token]) -> bool:
    """Whether it ends with one of the house's filters, alone: those write figures, days and periods with their own spaces."""
    depth, last = 0, -1
    for place, token in enumerate(inner):
        depth += (token.type in _OPENING) - (token.type in _CLOSING)
        if depth == 0 and (token.type == "tilde" or token.test_any("name:if", "name:or", "name:and")):
            return False
        if depth == 0 and token.type == "pipe":
            last = place
    return last >= 0 and inner[last + 1].value in filters.ALL


def shown(value: object) -> object:
    """What is printed: a text with its spaces made unbreakable, anything else (numbers, HTML, what is undefined) itself."""
    return unbroken(value) if type(value) is str else value


class Reader:
    """Where in the HTML a piece of a template stands. Pieces come in the order of the file; a tag may go on in the next one."""

    def __init__(self) -> None:
        self._inside = ""  # nothing: text; else what ends the place: « > » of a tag, a quotation mark in it, « --> », « </code »
        self._element = ""  # whose tag is open

    @property
    def reads_text(self) -> bool:
        return not self._inside

    def read(self, piece: str) -> str:
        """The piece, what people read of it made unbreakable."""
        return "".join(self._parts(piece))

    def _parts(self, piece: str) -> Iterator[str]:
        at = 0
        while at < len(piece):
            if self.reads_text:
                opening = _OPENS.search(piece, at)
                yield unbroken(piece[at : opening.start() if opening else None])
                if opening is None:
                    return
                self._open(opening[0])
                yield opening[0]
                at = opening.end()
            else:
                end = self._end(piece, at)
                yield piece[at:end]
                at = end

    def _open(self, begun: str) -> None:
        self._inside = "-->" if begun == "<!--" else ">"
        self._element = begun[1:].lower()

    def _end(self, piece: str, at: int) -> int:
        """Where this place ends in the piece, its length when it goes on; after it the next place is known."""
        wanted = _IN_TAG if self._inside == ">" else re.compile(re.escape(self._inside), re.IGNORECASE)
        found = wanted.search(piece, at)
        if found is None:
            return len(piece)
        if found[0] in "\"'":
            self._inside = ">" if self._inside == found[0] else found[0]
        elif found[0] == ">":
            self._inside = f"</{self._element}" if self._element in AS_IT_IS else ""
        elif found[0] == "-->":
            self._inside = ""
        else:
            self._inside, self._element = ">", ""
        return found.end()
