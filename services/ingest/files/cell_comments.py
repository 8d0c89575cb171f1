"""Comments on cells and the shapes that show them (ECMA-376 part 1, 18.7, and the VML drawing that every version of Excel wants beside it)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from services.ingest.files.marks import AUTHOR, SheetMarks
from services.ingest.files.sheet_xml import Unusual, letters, xml_text

_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_FIRST_SHAPE: Final = 1025
_SHAPE_TYPE: Final = "_x0000_tMacs"
_NAMESPACES: Final = 'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel"'
_TYPE: Final = (
    f'<v:shapetype {_NAMESPACES} id="{_SHAPE_TYPE}" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
    '<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_DRAWING: Final = f'<xml {_NAMESPACES}><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout></xml>'
Texts = Mapping[tuple[int, int], str]
"""(row, column) → what the comment says."""


def texts_of(marks: SheetMarks) -> dict[tuple[int, int], str]:
    return {(row, place): mark.text for row, cells in sorted(marks.cells.items()) for place, mark in sorted(cells.items())}


def comments_part(known: bytes | None, texts: Texts) -> tuple[bytes, Texts]:
    """The comments with ours added, and those that need a shape: where a cell has a comment, ours stands below it in the same one."""
    part = known.decode() if known is not None else f'<comments xmlns="{_MAIN}"><authors></authors><commentList></commentList></comments>'
    found = re.search(r"<(\w+:)?comments[\s>]", part)
    if found is None or "<!" in part:
        raise Unusual("comments")
    prefix = found[1] or ""
    part, author = _with_author(part, prefix)
    commented = set(re.findall(rf"""<{prefix}comment\s[^>]*?\bref\s*=\s*["']([A-Z]+\d+)["']""", part))
    fresh = {at: text for at, text in texts.items() if _reference(at) not in commented}
    for at in texts.keys() - fresh.keys():
        part = _appended(part, prefix, _reference(at), texts[at])
    said = "".join(
        f'<{prefix}comment ref="{_reference(at)}" authorId="{author}"><{prefix}text><{prefix}r><{prefix}t xml:space="preserve">{xml_text(text)}'
        f"</{prefix}t></{prefix}r></{prefix}text></{prefix}comment>"
        for at, text in fresh.items()
    )
    end = part.rfind(f"</{prefix}commentList>")
    if end < 0:
        raise Unusual("a list of comments without an end")
    return (part[:end] + said + part[end:]).encode(), fresh


def _with_author(part: str, prefix: str) -> tuple[str, int]:
    part = re.sub(rf"<{prefix}authors\s*/>", f"<{prefix}authors></{prefix}authors>", part, count=1)
    end = part.find(f"</{prefix}authors>")
    if end < 0:
        raise Unusual("comments without authors")
    number = len(re.findall(rf"<{prefix}author[\s>/]", part[:end]))
    return f"{part[:end]}<{prefix}author>{AUTHOR}</{prefix}author>{part[end:]}", number


def _appended(part: str, prefix: str, reference: str, text: str) -> str:
    start = re.search(rf"""<{prefix}comment\s[^>]*?\bref\s*=\s*["']{reference}["']""", part)
    end = part.find(f"</{prefix}text>", start.end()) if start else -1
    if end < 0:
        raise Unusual("a comment without a text")
    return f'{part[:end]}<{prefix}r><{prefix}t xml:space="preserve">\n{xml_text(text)}</{prefix}t></{prefix}r>{part[end:]}'


def drawing_part(known: bytes | None, fresh: Texts) -> bytes:
    """The shapes with those of the new comments behind them."""
    part = known.decode() if known is not None else _DRAWING
    end = part.rfind("</xml>")
    if end < 0:
        raise Unusual("a drawing without an end")
    names = "" if _NAMESPACES in part[:end] else f" {_NAMESPACES}"
    first = max([_FIRST_SHAPE - 1, *map(int, re.findall(r"_x0000_s(\d+)", part))]) + 1
    shapes = "".join(_shape(first + number, *at, names) for number, at in enumerate(fresh))
    return (part[:end] + _TYPE + shapes + part[end:]).encode()


def _shape(number: int, row: int, column: int, names: str) -> str:
    """Hidden until the cell is pointed at: five columns wide, seven rows high."""
    return (
        f'<v:shape{names} id="_x0000_s{number}" type="#{_SHAPE_TYPE}" style="position:absolute;visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto">'
        '<v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
        '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
        f'<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{column},15,{max(row - 2, 0)},10,{column + 5},15,{row + 6},4'
        f"</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>{row - 1}</x:Row><x:Column>{column - 1}</x:Column></x:ClientData></v:shape>"
    )


def _reference(at: tuple[int, int]) -> str:
    return f"{letters(at[1])}{at[0]}"
