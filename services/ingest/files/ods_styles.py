"""The styles of an OpenDocument spreadsheet: how each shows a number, in the words that `shown_units.py` has for a workbook's formats."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

from services.ingest.files.shown_units import AS_IT_IS, MONEY, PERCENT, Shown, said_by

_DATA: Final = re.compile(
    rb"<number:(number|percentage|currency)-style\s[^>]*?\bstyle:name\s*=\s*[\"']([^\"']*)[\"'][^>]*(?<!/)>(.*?)</number:\1-style>",
    re.DOTALL,
)
_CELL_STYLE: Final = re.compile(rb"""<style:style\s([^>"]*(?:"[^"]*"[^>"]*)*)>""")
_SAYS: Final = re.compile(rb"\bstyle:(name|parent-style-name|data-style-name)\s*=\s*[\"']([^\"']*)[\"']")
_PART: Final = re.compile(rb"<number:text>([^<]*)</number:text>|<number:number(?=[\s/>])([^>]*)>")
_PLACES: Final = re.compile(rb"\bnumber:min-integer-digits\s*=\s*[\"'](\d{1,2})[\"']")
_NO_ZEROS: Final = re.compile(rb"\bnumber:decimal-places\s*=\s*[\"'][1-9]|\bnumber:grouping\s*=\s*[\"']true")
_EMBEDDED: Final = re.compile(rb"<number:embedded-text\s[^>]*\bnumber:position\s*=\s*[\"'](\d{1,2})[\"'][^>]*>([^<]*)<")
_POSITIVE: Final = re.compile(rb"<style:map\s[^>]*\bstyle:apply-style-name\s*=\s*[\"']([^\"']*)[\"']")


class Styles:
    """Of both parts that have some: the common ones of `styles.xml`, and a document's own before its sheets."""

    def __init__(self, common: bytes, own: bytes) -> None:
        data = _shown(common)
        self._of = dict(_cell_styles(common, data))
        self._of.update(_cell_styles(own, {**data, **_shown(own)}))

    def of(self, name: bytes) -> Shown:
        """How a cell's style shows its number; its parents' word where it has none."""
        for _ in range(len(self._of)):
            parent, shown = self._of.get(name, (b"", AS_IT_IS))
            if shown is not None:
                return shown
            name = parent
        return AS_IT_IS


def _cell_styles(part: bytes, data: dict[bytes, Shown]) -> list[tuple[bytes, tuple[bytes, Shown | None]]]:
    """Each style with its parent, and what it says itself (None where it says nothing)."""
    found = []
    for tag in _CELL_STYLE.findall(part):
        said = dict(_SAYS.findall(tag))
        own = data.get(said[b"data-style-name"], AS_IT_IS) if b"data-style-name" in said else None
        found.append((said.get(b"name", b""), (said.get(b"parent-style-name", b""), own)))
    return found


def _shown(part: bytes) -> dict[bytes, Shown]:
    formats = {name: (kind, content) for kind, name, content in _DATA.findall(part)}
    found = {}
    for name, said in formats.items():
        positive = _POSITIVE.search(said[1])  # a format with one of negative numbers is that one, and names the other
        found[name] = _of_format(*formats.get(positive[1] if positive else name, said))
    return found


def _of_format(kind: bytes, content: bytes) -> Shown:
    if kind == b"percentage":
        return PERCENT
    if kind == b"currency":
        return MONEY
    before, after, mask = "", "", ""
    for text, number in _PART.findall(content):
        if number:
            mask = _mask(number, content)
        elif mask:
            after += unescape(text.decode("utf-8", "replace"))
        else:
            before += unescape(text.decode("utf-8", "replace"))
    return said_by(before, after, mask) if mask else AS_IT_IS


def _mask(number: bytes, content: bytes) -> str:
    """The places of zeros, with the texts between them; « # » for a number of no fixed places."""
    places = _PLACES.search(number)
    if places is None or _NO_ZEROS.search(number):
        return "#"
    mask = list("0" * int(places[1]))
    for position, text in _EMBEDDED.findall(content):
        mask.insert(max(len(mask) - int(position), 0) if mask else 0, text.decode("utf-8", "replace"))
    return "".join(mask) or "#"
