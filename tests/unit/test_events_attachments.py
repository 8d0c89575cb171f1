"""What a file handed in beside a meeting is, told by its content."""

from __future__ import annotations

import io
import random
import zipfile

import pytest
from docx import Document
from openpyxl import Workbook

from kit.errors import Refused
from services.events.rules import attachments
from tests.fixtures.profile import Profile

PDF = b"%PDF-1.7\n1 0 obj\n"


def docx() -> bytes:
    made = io.BytesIO()
    Document().save(made)
    return made.getvalue()


def xlsx() -> bytes:
    made = io.BytesIO()
    Workbook().save(made)
    return made.getvalue()


def packed(**entries: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/"), content)
    return made.getvalue()


def presentation() -> bytes:
    said = f'<Override PartName="/ppt/presentation.xml" ContentType="{attachments.MEDIA["pptx"]}.main+xml"/>'
    return packed(**{"[Content_Types].xml": said, "ppt__presentation.xml": "<p/>"})


@pytest.mark.parametrize(
    ("name", "data", "kept"),
    [
        ("Ordre du jour.PDF", PDF, "Ordre du jour.pdf"),
        ("notes.docx", docx(), "notes.docx"),
        ("heures.xlsx", xlsx(), "heures.xlsx"),
        ("diapositives.pptx", presentation(), "diapositives.pptx"),
        ("texte.odt", packed(mimetype=attachments.MEDIA["odt"]), "texte.odt"),
        ("photo.jpeg", b"\xff\xd8\xff\xe0JFIF", "photo.jpg"),
        ("plan.png", b"\x89PNG\r\n\x1a\n", "plan.png"),
        ("sans fin", PDF, "sans fin.pdf"),
    ],
    ids=["pdf", "docx", "xlsx", "pptx", "odt", "jpeg", "png", "without ending"],  # an archive's bytes hold the time: no good name of a test
)
def test_a_file_is_kept_under_its_own_kind(name: str, data: bytes, kept: str) -> None:
    found = attachments.read(name, data)
    assert found.name == kept
    assert found.media_type == attachments.MEDIA[kept.rsplit(".", 1)[1]]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Temp\\été & <b>.pdf", "été & b.pdf"),
        ('a"; filename="x.exe.pdf', "a filename x.exe.pdf"),
        ("a\r\nSet-Cookie: b.pdf", "a Set-Cookie b.pdf"),
        ("\u202efdp.exe", None),
        ("...pdf", "document.pdf"),
        ("x" * 300 + ".pdf", "x" * 100 + ".pdf"),
        ("", "document.pdf"),
    ],
)
def test_a_hostile_name_loses_what_is_dangerous(name: str, kept: str | None) -> None:
    if kept is None:
        with pytest.raises(Refused):
            attachments.read(name, PDF)
    else:
        assert attachments.read(name, PDF).name == kept


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("rien.pdf", b"", "n’est pas vide"),
        ("faux.pdf", b"MZ\x90\x00", "n’est pas reconnu"),
        ("faux.png", PDF, "le contenu est celui d’un fichier .pdf"),
        ("page.html", b"<script>alert(1)</script>", "n’est pas reconnu"),
        ("dessin.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "n’est pas reconnu"),
        ("macros.docx", packed(**{"[Content_Types].xml": "x", "word__vbaProject.bin": "x"}), "contient des macros"),
        ("archive.zip", packed(a="b"), "n’est pas reconnu"),
        ("coupé.docx", docx()[:900], "abîmé"),
        ("gros.pdf", PDF + b"\0" * attachments.LARGEST, "dépasse 20 Mo"),
    ],
    ids=["empty", "program", "pdf as png", "html", "svg", "macros", "archive", "cut off", "too large"],
)
def test_what_is_refused_is_refused_with_one_plain_sentence(name: str, data: bytes, said: str) -> None:
    with pytest.raises(Refused) as refused:
        attachments.read(name, data)
    assert said in refused.value.errors[0].message
    assert len(refused.value.errors) == 1
    assert refused.value.status == (413 if "Mo" in said else 422)


def test_a_damaged_document_is_refused_or_read_and_nothing_else(seed: int, profile: Profile) -> None:
    """Bytes changed or cut anywhere: in the list of the archive, in what is compressed, in its sums."""
    draw, whole, refused = random.Random(seed), docx(), 0
    for _ in range(profile.pick("damaged documents", short=1_000, long=20_000)):
        damaged = bytearray(whole)
        for _ in range(draw.choice((1, 2, 8))):
            damaged[draw.randrange(len(damaged))] = draw.randrange(256)
        if draw.random() < 0.2:
            del damaged[draw.randrange(1, len(damaged)) :]
        try:
            assert attachments.read("notes.docx", bytes(damaged)).name == "notes.docx"
        except Refused:
            refused += 1
    assert refused
