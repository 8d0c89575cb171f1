"""OpenDocument spreadsheets as a free spreadsheet writes them, with their styles and their errors: for the tests of files."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

_ODS: Final = Path(__file__).parent / "files" / "formats" / "heures.ods"
_SPACES: Final = b"".join(
    b'xmlns:%s="%s" ' % (name, address)
    for name, address in (
        (b"calcext", b"urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"),
        (b"number", b"urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0"),
        (b"style", b"urn:oasis:names:tc:opendocument:xmlns:style:1.0"),
    )
)
_CODE: Final = re.compile(r'(?:"([^"]*)")?([#,0 .\\-]+?)(%)?(?:\s*"([^"]*)")?(?:;.*)?')
"""Of the formats that the tests use: a text, places, a sign or a text."""


def document(rows: Sequence[Sequence[str] | str], styles: str = "", columns: str = "") -> bytes:
    """A document of one sheet; a row is its cells' XML, or its own."""
    lines = "".join(row if isinstance(row, str) else f"<table:table-row>{''.join(row)}</table:table-row>" for row in rows)
    buffer = io.BytesIO()
    with zipfile.ZipFile(_ODS) as source, zipfile.ZipFile(buffer, "w") as target:
        for entry in source.infolist():
            text = source.read(entry)
            if entry.filename == "content.xml":
                first, last = text.index(b"<table:table-row"), text.rindex(b"</table:table-row>") + len(b"</table:table-row>")
                text = text[:first] + columns.encode() + lines.encode() + text[last:]
                text = text.replace(b"<office:automatic-styles/>", f"<office:automatic-styles>{styles}</office:automatic-styles>".encode())
                text = text.replace(b"xmlns:manifest=", _SPACES + b"xmlns:manifest=", 1)
            target.writestr(entry, text)
    return buffer.getvalue()


def cell(value: str | tuple[float, str]) -> str:
    """A text, an error (it begins with #), or a number in a format; a format of dates or of hours makes it one."""
    if isinstance(value, str) and value.startswith("#"):
        return (f'<table:table-cell table:formula="of:=[.Z1]/0" office:value-type="string" office:string-value="" calcext:value-type="error">'
                f"<text:p>{value}</text:p></table:table-cell>")  # fmt: skip
    if isinstance(value, str):
        return f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'
    number, code = value
    kind = f'office:value-type="float" office:value="{number}"'
    if "%" in code.replace('"%"', "").replace('" %"', ""):
        kind = f'office:value-type="percentage" office:value="{number}"'
    elif "€" in code:
        kind = f'office:value-type="currency" office:currency="EUR" office:value="{number}"'
    elif "[h]" in code:
        hours, part = divmod(round(number * 24 * 60), 60)
        kind = f'office:value-type="time" office:time-value="PT{hours:02d}H{part:02d}M00S"'
    elif "yyyy" in code:
        kind = 'office:value-type="date" office:date-value="2026-03-31"'
    return f'<table:table-cell table:style-name="{_named(code)}" {kind}><text:p>{number}</text:p></table:table-cell>'


def styles_of(rows: Sequence[Sequence[str | tuple[float, str]]]) -> str:
    """The styles that the formats of these cells are."""
    codes = dict.fromkeys(value[1] for cells in rows for value in cells if isinstance(value, tuple))
    return "".join(_style(code) for code in codes)


def _named(code: str) -> str:
    return f"ce{sum(place * ord(sign) for place, sign in enumerate(code, start=1))}"


def _style(code: str) -> str:
    found = _CODE.fullmatch(code)
    if found is None:
        return f'<style:style style:name="{_named(code)}" style:family="table-cell"/>'
    before, places, share, after = found.groups()
    zeros = places.replace("-", "").replace(" ", "").partition(".")[0].replace("#", "").replace(",", "")
    position = len(places.replace("\\", "").rpartition("-")[2]) if "-" in places else 0
    embedded = f'<number:embedded-text number:position="{position}">-</number:embedded-text>' if position else ""
    decimals = 2 if "." in places else 0
    number = f'<number:number number:decimal-places="{decimals}" number:min-integer-digits="{len(zeros) if " " not in places else 1}">{embedded}</number:number>'
    kind = "percentage" if share else "number"
    texts = [f"<number:text>{escape(text)}</number:text>" if text else "" for text in (before, f" {after.strip()}" if after else share)]
    data = f'<number:{kind}-style style:name="N{_named(code)}">{texts[0]}{number}{texts[1]}</number:{kind}-style>'
    return f'{data}<style:style style:name="{_named(code)}" style:family="table-cell" style:data-style-name="N{_named(code)}"/>'
