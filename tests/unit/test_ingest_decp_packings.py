"""What a file of procurement data comes packed in, and what we cannot open, by its name."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest

from services.ingest.decp.streams import UnreadableDecp
from tests.unit.decp_contract import BUYER, V1, read

TEXT = json.dumps({"marches": [V1, V1]}, ensure_ascii=False)
TABLE = f"id;acheteur_id\nA;{BUYER}\nB;{BUYER}"


def zipped(files: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def test_the_files_of_an_archive_are_read_one_after_the_other(tmp_path: Path) -> None:
    """Those of several years come so; what tells of them is no data."""
    beside: dict[str, str | bytes] = {
        "LISEZMOI.txt": "x",
        "licence.txt": "x",
        "notice.pdf": b"%PDF",
        "__MACOSX/._a.json": b"\0",
        "dossier/.DS_Store": b"\0",
    }
    assert len(read(tmp_path, zipped({"decp.json": TEXT}))) == 2
    assert len(read(tmp_path, zipped({"dossier/decp.json": TEXT, **beside}))) == 2
    assert [row.decp_id for row in read(tmp_path, zipped({"2023.json": TEXT, "2024.json": "\ufeff" + TEXT}))] == ["2019-045"] * 4


def test_a_packed_table_that_breaks_off_is_told_as_an_unpacked_one(tmp_path: Path) -> None:
    for content in (f"{TABLE}\nC".encode(), zipped({"decp.csv": f"{TABLE}\nC"}), gzip.compress(f"{TABLE}\nC".encode())):
        assert [row.reason for row in read(tmp_path, content)] == [None, None, "ROW_CUT"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (zipped({"a.csv": TABLE, "b.csv": TABLE}), "contient 2 fichiers : envoyez-les un par un"), (zipped({"LISEZMOI.md": "x"}), "pas de fichier de données"),
        (bz2.compress(TEXT.encode()), "un fichier .bz2"), (zipped({"a.gz": gzip.compress(TEXT.encode())}), "un fichier .gz dans une archive"),
        (gzip.compress(zipped({"a.json": TEXT})), "un classeur ou une archive dans une archive"), (b"PAR1\x15\x04", "un fichier Parquet"), (b"%PDF-1.7", "un PDF"),
        (zipped({"marches.xls": b"\xd0\xcf\x11\xe0"}), "un classeur dans une archive.*ou le classeur tel quel"),
        (b"\n<!DOCTYPE html><html><body>404</body></html>", "une page web"), (b"\xef\xbb\xbf<HTML>", "une page web"),
    ],
    ids=lambda one: one if isinstance(one, str) else "file",  # what is packed carries its time: two workers would collect other tests
)  # fmt: skip
def test_what_cannot_be_opened_is_named(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(UnreadableDecp, match=says):
        read(tmp_path, content)


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    other = bytearray(zipped({"decp.json": TEXT}, zipfile.ZIP_LZMA))
    other[60:64] = b"\xff" * 4  # within what is packed: the library of this method has an error of its own
    for broken in (zipped({"decp.json": TEXT})[:150], gzip.compress(TEXT.encode())[:-20], bytes(other)):
        with pytest.raises(UnreadableDecp):
            read(tmp_path, broken)
