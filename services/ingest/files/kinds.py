"""Files that are no table, by what they are, and what to send instead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_AS_WORKBOOK: Final = "ouvrez-le dans votre tableur, puis « Enregistrer sous », « Classeur Excel (.xlsx) », et envoyez ce classeur"
NO_WORKBOOK: Final = (
    "Ce fichier n’est pas un classeur .xlsx, .xls ou .ods. Dans votre tableur : Enregistrer sous, Classeur Excel (.xlsx), ou CSV UTF-8."
)
NO_TEXT: Final = "Ce fichier n’est ni un classeur .xlsx ni un texte CSV. Enregistrez-le sous l’un de ces formats."
_PAGE: Final = f"Ce fichier est une page web, même si son nom finit par .xls : {_AS_WORKBOOK}."
_LETTER: Final = "C’est un document de texte : copiez son tableau dans un tableur, et envoyez ce classeur."
_ARCHIVE: Final = "C’est une archive : décompressez-la, puis envoyez le fichier d’heures qu’elle contient."
_PICTURE: Final = "Une image ne se lit pas comme un tableau : envoyez le classeur, ou le CSV, dont elle est faite."
_BYTES: Final = (
    (b"%PDF", "Un PDF ne se lit pas comme un tableau : envoyez le classeur, ou le CSV, dont il est fait."),
    (b"\x89PNG", _PICTURE), (b"\xff\xd8\xff", _PICTURE), (b"GIF8", _PICTURE),
    (b"\x1f\x8b", _ARCHIVE), (b"7z\xbc\xaf", _ARCHIVE), (b"Rar!", _ARCHIVE),
)  # fmt: skip
_TEXTS: Final = (
    (re.compile(r"(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|meta|table|style)\b", re.DOTALL | re.IGNORECASE), _PAGE),
    (re.compile(r"mime-version:", re.IGNORECASE), _PAGE),
    (re.compile(r"<\?xml|<\w+:?\w*\s+xmlns", re.IGNORECASE), f"Ce fichier est un tableau au format XML : {_AS_WORKBOOK}."),
    (re.compile(r"\{\\rtf"), _LETTER),
    (re.compile(r"[\[{]\s*[\[{\"\]}]"), "Ce fichier est du JSON : un programme l’envoie à l’interface (« POST /api/v1/declarations ») ; ici, envoyez un classeur ou un CSV."),
    (re.compile(r"(?:(?:from|to|cc|subject|date|message-id|return-path|received|delivered-to|x-[\w-]+):[^\n]*\n(?:[ \t][^\n]*\n)*){2}", re.IGNORECASE), "C’est un courriel : enregistrez sa pièce jointe, et envoyez-la."),
)  # fmt: skip


def of_bytes(data: bytes) -> str | None:
    """What to do with a file that is no text; None where its beginning does not say."""
    return next((said for mark, said in _BYTES if data.startswith(mark)), None)


def of_text(text: str) -> str | None:
    """The same of a text that is no table."""
    head = text[:2_000].lstrip("\ufeff \t\r\n")
    return next((said for begins, said in _TEXTS if begins.match(head)), None)


def of_archive(names: Sequence[str]) -> str:
    """The same of an archive that is no workbook, by the names in it."""
    if "xl/workbook.bin" in names:
        return f"C’est un classeur binaire (.xlsb), que nous ne lisons pas : {_AS_WORKBOOK}."
    if any(name.startswith("Index/") and name.endswith(".iwa") for name in names) or "Index.zip" in names:
        return "C’est un classeur Numbers : « Fichier », « Exporter vers », « Excel », et envoyez ce classeur."
    if "word/document.xml" in names or "content.xml" in names:
        return _LETTER
    return NO_WORKBOOK if "[Content_Types].xml" in names or not names else _ARCHIVE
