"""A Word document in French with real headings, so that it can be read aloud, navigated and edited."""

from __future__ import annotations

import io
import re
from typing import Any, Final

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from kit.typography import unbroken

_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_FONT: Final = "Calibri"
_INK: Final = RGBColor(0x14, 0x37, 0x5E)


def start(title: str, *, fictional: bool, landscape: bool = False) -> Document:
    """An A4 document with its title as « Titre 1 » and, in a demonstration, the banner on every page."""
    found = docx.Document()
    section = found.sections[0]
    section.page_width, section.page_height = (Cm(29.7), Cm(21)) if landscape else (Cm(21), Cm(29.7))
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(1.8)
    _style(found)
    found.core_properties.title, found.core_properties.language, found.core_properties.author = title, "fr-FR", "MACS"
    if fictional:
        section.header.paragraphs[0].text = "Données fictives"
    found.add_heading(clean(title), 1)
    return found


def _style(document: Document) -> None:
    styles: Any = document.styles
    styles["Normal"].font.name, styles["Normal"].font.size = _FONT, Pt(11)
    for level in (1, 2):
        heading = styles[f"Heading {level}"]
        heading.font.name, heading.font.color.rgb = _FONT, _INK
        for attribute in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):  # the template's own font, which wins over a named one
            heading.element.rPr.rFonts.attrib.pop(qn(f"w:{attribute}"), None)
    styles.element.find("/".join(map(qn, ("w:docDefaults", "w:rPrDefault", "w:rPr", "w:lang")))).set(qn("w:val"), "fr-FR")


def said(document: Document, text: str) -> None:
    """A text as it was typed: one paragraph a line."""
    for line in text.split("\n"):
        document.add_paragraph(clean(line))


def repeat_header(table: Any) -> None:
    """The first row is the table's header: repeated on every page, read as such by screen readers."""
    properties = table.rows[0]._tr.get_or_add_trPr()  # noqa: SLF001  python-docx has no public way
    header = OxmlElement("w:tblHeader")
    header.set(qn("w:val"), "true")
    properties.append(header)


def clean(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)


def written(document: Document) -> bytes:
    """The bytes of the file, the spaces of its punctuation made unbreakable."""
    for text in document.element.body.iter(qn("w:t")):
        text.text = unbroken(text.text or "")
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()
