"""The bytes and the text of a DECP file, whatever it is packed in and however its characters are written; a piece at a time."""

from __future__ import annotations

import codecs
import io
import re
import zipfile
from collections.abc import Generator, Iterable, Iterator
from gzip import GzipFile
from pathlib import Path
from typing import IO, Final

from kit.archives import DAMAGED

PIECE: Final = 1 << 20
BROKEN: Final = "Le fichier compressé est incorrect ou incomplet. Téléchargez-le à nouveau, ou décompressez-le avant de l’envoyer."
MOST_UNPACKED: Final = 4_000_000_000
"""Bytes that a packed file may unfold to: ten times what may be sent unpacked."""
_JSON: Final = (".json", ".ndjson", ".jsonl", ".geojson")
_BESIDE: Final = re.compile(r"(?i)^__MACOSX/|(?:^|/)\.|(?:^|/)(?:readme|lisez|licen[cs]e)|\.(?:md|pdf|html?|xsd|docx?)$")
"""Files of an archive that tell of its data and are none."""
_GZIP, _ZIP, _OLE = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_OTHERS: Final = (
    (b"BZh", "un fichier .bz2"), (b"\xfd7zXZ", "un fichier .xz"), (b"7z\xbc\xaf", "une archive .7z"), (b"Rar!", "une archive .rar"),
    (b"\x28\xb5\x2f\xfd", "un fichier .zst"), (_ZIP, "un classeur ou une archive dans une archive"), (_GZIP, "un fichier .gz dans une archive"),
    (_OLE, "un classeur dans une archive"), (b"PAR1", "un fichier Parquet"), (b"%PDF", "un PDF"),
)  # fmt: skip
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WIDE: Final = re.compile(rb"[\xc3-\xef][\x80-\xbf]")
"""A character of two bytes or more in UTF-8, as French and its punctuation have them."""
_ABOVE: Final = bytes(range(128, 256))


class UnreadableDecp(ValueError):
    """Not a DECP file, or one that breaks off; the sentence is in French and for people."""


def pieces_of(path: Path) -> Generator[bytes, None, None]:
    """The file's bytes, unpacked where it is a gzip, or a zip with one file in it. Raises UnreadableDecp."""
    with path.open("rb") as file:
        head = file.read(4)
        file.seek(0)
        try:
            if head.startswith(_GZIP):
                yield from _bounded(_read_through(GzipFile(fileobj=file)))
            elif head == _ZIP:
                with zipfile.ZipFile(file) as archive:
                    yield from _bounded(_unpacked(archive))
            else:
                while piece := file.read(PIECE):
                    yield piece
        except UnreadableDecp:
            raise
        except DAMAGED:
            raise UnreadableDecp(BROKEN) from None


def is_workbook(path: Path) -> bool:
    """Whether the file is an .xlsx, .ods or .xls workbook. Raises UnreadableDecp for a zip that cannot be opened."""
    with path.open("rb") as file:
        head = file.read(len(_OLE))
    if head == _OLE or not head.startswith(_ZIP):
        return head == _OLE
    try:
        with zipfile.ZipFile(path) as archive:
            return not {"[Content_Types].xml", "content.xml"}.isdisjoint(archive.namelist())
    except DAMAGED:
        raise UnreadableDecp(BROKEN) from None


def _unpacked(archive: zipfile.ZipFile) -> Iterator[bytes]:
    """The one file of an archive, or its JSON files one after the other, as those of several years are."""
    names = [entry.filename for entry in archive.infolist() if not entry.is_dir() and not _BESIDE.search(entry.filename)]
    if not names:
        raise UnreadableDecp("L’archive ne contient pas de fichier de données.")
    if len(names) > 1 and not all(name.lower().endswith(_JSON) for name in names):
        raise UnreadableDecp(f"L’archive contient {len(names)} fichiers : envoyez-les un par un.")
    for name in names:
        with archive.open(name) as inner:
            yield from _read_through(inner)
        if len(names) > 1:
            yield b"\n"


def _read_through(unpacked: IO[bytes] | GzipFile) -> Iterator[bytes]:
    while piece := unpacked.read(PIECE):
        yield piece


def _bounded(pieces: Iterable[bytes]) -> Iterator[bytes]:
    seen = 0
    for piece in pieces:
        seen += len(piece)
        if seen > MOST_UNPACKED:
            raise UnreadableDecp(f"Le fichier se déplie en plus de {MOST_UNPACKED // 1_000_000_000} Go : il est refusé par sécurité.")
        yield piece


def refuse_others(path: Path) -> None:
    """Raises UnreadableDecp for what we cannot open, with its name: packed otherwise, packed twice, a PDF, a page of the web."""
    pieces = pieces_of(path)
    head = next(pieces, b"")[:512]
    pieces.close()
    if other := next((name for begins, name in _OTHERS if head.startswith(begins)), None):
        raise UnreadableDecp(
            f"C’est {other}, que nous ne lisons pas. Envoyez le JSON, le XML ou le CSV, compressé en .zip ou en .gz si vous voulez, ou le classeur tel quel."
        )
    if re.match(rb"(?i)(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html)", head):
        raise UnreadableDecp(
            "C’est une page web et non un fichier de données : le téléchargement a peut-être échoué. Rien n’a été enregistré."
        )


def text_of(path: Path) -> io.TextIOWrapper:
    """The file's characters. What is none in its encoding becomes U+FFFD, which is flagged later: nobody guesses what it was."""
    encoding = encoding_of(path)
    return io.TextIOWrapper(io.BufferedReader(_Pieces(path), PIECE), encoding=encoding, errors="replace", newline="")


def encoding_of(path: Path) -> str:
    """Said by a mark, by zeros at every second place (UTF-16), by the whole text being UTF-8; else Windows-1252, or UTF-8 with a few broken
    characters where most of those above ASCII are right."""
    pieces = pieces_of(path)
    head = next(pieces, b"")
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if head[:4].count(0) >= 2:
        return "utf-16-le" if head[1:2] == b"\0" else "utf-16-be"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(head)
        for piece in pieces:
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return _broken_utf8_or_windows(path)
    finally:
        pieces.close()
    return "utf-8"


def _broken_utf8_or_windows(path: Path) -> str:
    wide = others = 0
    for piece in pieces_of(path):
        found = len(_WIDE.findall(piece))
        wide += found
        others += len(piece) - len(piece.translate(None, _ABOVE)) - 2 * found
    return "utf-8" if wide > others else "cp1252"


class _Pieces(io.RawIOBase):
    """The pieces as a stream."""

    def __init__(self, path: Path) -> None:
        self._pieces = pieces_of(path)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, target: memoryview) -> int:  # type: ignore[override]  # the buffer that BufferedReader hands over
        if not self._rest:
            self._rest = memoryview(next(self._pieces, b""))
        count = min(len(target), len(self._rest))
        target[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def close(self) -> None:
        self._pieces.close()
        super().close()
