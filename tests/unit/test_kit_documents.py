"""Documents: tagged, in French, with what they were given; a template that is wrong says so."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from kit.documents.typeset import NotTypeset, pdf

FILES = Path(__file__).parents[1] / "files" / "documents"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 20"><rect width="100" height="20" fill="teal"/></svg>'
DATA: dict[str, Any] = {"number": "D-2018-000456", "rows": [["93", "12 480,50"], ["75", "1,00"]], "svg": SVG, "fictional": True}


async def test_a_document_is_tagged_titled_and_holds_its_data() -> None:
    reader = PdfReader(io.BytesIO(await pdf(FILES / "sample.typ", DATA)))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "fr"
    assert reader.metadata is not None
    assert reader.metadata.title == "Reçu"
    text = reader.pages[0].extract_text()
    assert "D-2018-000456" in text
    assert "12 480,50" in text
    assert "Données fictives" in text


async def test_the_spaces_of_punctuation_do_not_break() -> None:
    printed = PdfReader(io.BytesIO(await pdf(FILES / "sample.typ", {**DATA, "number": "« A » : b"}))).pages[0].extract_text()
    assert "Reçu «\u00a0A\u00a0»\u00a0: b" in printed
    assert "Données fictives\u00a0: démonstration" in printed


async def test_markup_in_the_data_is_text() -> None:
    reader = PdfReader(io.BytesIO(await pdf(FILES / "sample.typ", {**DATA, "number": "#panic() *x* @y"})))
    assert "#panic() *x* @y" in reader.pages[0].extract_text()


async def test_a_template_without_its_data_says_what_is_missing() -> None:
    with pytest.raises(NotTypeset, match="number"):
        await pdf(FILES / "sample.typ", {"fictional": False})


async def test_it_does_not_wait_for_ever() -> None:
    with pytest.raises(NotTypeset, match="no document after"):
        await pdf(FILES / "sample.typ", DATA, seconds=0.01)
