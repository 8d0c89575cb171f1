"""A file that somebody hands in beside a meeting: what it is, told by its content, and under which name it is kept."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from kit.archives import DAMAGED
from kit.errors import LineError, Refused

LARGEST: Final = 20 * 1024 * 1024
LONGEST_NAME: Final = 100
_LISTED: Final = 5_000
_HEAD: Final = 1024 * 1024
_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
MEDIA: Final[Mapping[str, str]] = {
    "pdf": "application/pdf",
    "docx": f"{_OFFICE}.wordprocessingml.document",
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    "pptx": f"{_OFFICE}.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "png": "image/png",
    "jpg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
}
ACCEPT: Final = ",".join(f".{ending}" for ending in (*MEDIA, "jpeg"))
KINDS: Final = "PDF, Word (.docx), Excel (.xlsx), PowerPoint (.pptx), OpenDocument (.odt, .ods, .odp) ou image (.png, .jpg, .gif, .webp)"
_STARTS: Final[tuple[tuple[str, Callable[[bytes], bool]], ...]] = (
    ("pdf", lambda data: b"%PDF-" in data[:1024]),
    ("png", lambda data: data.startswith(b"\x89PNG\r\n\x1a\n")),
    ("jpg", lambda data: data.startswith(b"\xff\xd8\xff")),
    ("gif", lambda data: data[:6] in {b"GIF87a", b"GIF89a"}),
    ("webp", lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP"),
)


@dataclass(frozen=True)
class Attachment:
    """`name` is safe to show and to save; its ending is that of the content."""

    name: str
    media_type: str
    data: bytes


def read(name: str, data: bytes) -> Attachment:
    """The file as it is kept. Raises Refused with one plain sentence: nothing chosen, too large, of another kind, with macros."""
    if not data:
        raise _refused("MISSING", name, "Choisissez un fichier qui n’est pas vide.")
    if len(data) > LARGEST:
        raise _refused("TOO_LARGE", name, f"Ce fichier dépasse {LARGEST // 1024**2} Mo. Réduisez ses images, ou donnez un lien.")
    ending = next((found for found, starts in _STARTS if starts(data)), None) or _packed(name, data)
    if ending is None:
        raise _refused("KIND", name, f"Ce contenu n’est pas reconnu. Envoyez un fichier {KINDS}.")
    said = _ending(name)
    if said and said != ending:
        raise _refused(
            "KIND", name, f"Le nom finit par « .{said} », mais le contenu est celui d’un fichier .{ending}. Vérifiez le fichier."
        )
    return Attachment(f"{_stem(name)}.{ending}", MEDIA[ending], data)


def _packed(name: str, data: bytes) -> str | None:
    """Office and OpenDocument files are archives that say what they are; nothing but that is unpacked."""
    if not data.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if len(names) > _LISTED:
                return None
            if any(entry.rsplit("/", 1)[-1].lower() in {"vbaproject.bin", "vbadata.xml"} for entry in names):
                raise _refused("MACROS", name, "Ce fichier contient des macros. Enregistrez-le sans macros (.docx, .xlsx, .pptx).")
            return _declared(archive, names)
    except DAMAGED:
        raise _refused("DAMAGED", name, "Ce fichier est abîmé ou protégé par un mot de passe.") from None


def _declared(archive: zipfile.ZipFile, names: list[str]) -> str | None:
    for entry in ("mimetype", "[Content_Types].xml"):
        if entry in names:
            with archive.open(entry) as stream:
                said = stream.read(_HEAD).decode("utf-8", "replace")
            return next((ending for ending, media in MEDIA.items() if said.strip() == media or f"{media}.main+xml" in said), None)
    return None


def _ending(name: str) -> str:
    ending = name.rsplit(".", 1)[1].strip().lower() if "." in name else ""
    return "jpg" if ending in {"jpeg", "jpe"} else ending if ending.isalnum() and len(ending) <= 8 else ""


def _stem(name: str) -> str:
    """Letters of any script, digits and a few signs; no folder, no control or direction mark, no leading dot."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    stem = last.rsplit(".", 1)[0] if _ending(last) else last
    kept = "".join(letter if letter.isalnum() or letter in " -_.,()’'&+" else " " for letter in stem)
    return " ".join(kept.split()).strip(" .")[:LONGEST_NAME].strip(" .") or "document"


def _refused(code: str, name: str, message: str) -> Refused:
    error = LineError(column="file", code=code, value=name[:80], message=message)
    return Refused([error], code="PAPER_REFUSED", title="Ce fichier ne peut pas être ajouté", status=413 if code == "TOO_LARGE" else 422)
