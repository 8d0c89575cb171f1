# ruff: noqa: F811  fixtures are taken by their name
"""What an edition gives to take home: a tagged panorama, a sheet of two pages for each department, the same in Word; read back."""

from __future__ import annotations

import io
import itertools
import os
from pathlib import Path
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from pypdf import PdfReader

from kit.web import filters
from schemas.vocabulary.places import DEPARTMENTS
from services.indicators.panorama import documents
from services.indicators.tasks.documents_composed import compose
from tests.integration.editions_house import FIRST, House, begun, house, planned, through  # noqa: F401  fixtures
from tests.reading import plain

KEPT = os.environ.get("MACS_TEST_DOCUMENTS")
"""A folder that keeps what was composed, to be looked at."""


def keep(name: str, body: bytes) -> None:
    if KEPT:
        (Path(KEPT) / name).write_bytes(body)


def text_of(reader: PdfReader) -> str:
    return plain(" ".join(page.extract_text() for page in reader.pages))


def tagged(reader: PdfReader) -> list[str]:
    """The kinds of structure elements, in their order. Fails for a PDF that a screen reader cannot follow."""
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert str(root["/Lang"]).startswith("fr")
    assert "pdfuaid:part" in root["/Metadata"].get_object().get_data().decode(errors="replace")
    found: list[str] = []

    def walk(node: Any) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for one in node:
                walk(one)
        elif isinstance(node, dict):
            if "/S" in node:
                found.append(str(node["/S"]))
                if node["/S"] == "/Figure":
                    assert len(str(node["/Alt"])) > 20, "a picture without words"
            walk(node.get("/K", []))

    walk(root["/StructTreeRoot"]["/K"])
    return found


ANALYSIS = "La part des femmes reste proche d’une sur cinq."


async def test_the_documents_of_an_edition(begun: House) -> None:
    number = FIRST
    body = {"text": f"{ANALYSIS}\nElle varie peu."}
    assert (await begun.client.put(f"/api/v1/editions/{number}/studies/femmes", json=body, headers={"Authorization": "Bearer team"})).status_code == 200  # fmt: skip
    assert (await begun.client.put(f"/api/v1/editions/{number}/studies/licornes", json=body, headers={"Authorization": "Bearer team"})).status_code == 404  # fmt: skip
    await through(begun, number)
    assert await compose(begun.runtime, number) == documents.names(), "composed ahead of the first reader"
    assert await compose(begun.runtime, number) == []
    hours = await _value(begun, "I01/2025/department/93")
    address = f"/editions/{number}"
    answer = await begun.get(f"{address}/panorama.pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    keep("panorama.pdf", answer.content)
    reader = PdfReader(io.BytesIO(answer.content))
    _read_panorama(reader, number, hours)
    again = await begun.get(f"{address}/panorama.pdf")
    assert again.content == answer.content

    sheet = await begun.get(f"{address}/departements/93.pdf")
    keep("fiche-93.pdf", sheet.content)
    alone = PdfReader(io.BytesIO(sheet.content))
    assert len(alone.pages) == 2
    assert all("Seine-Saint-Denis (93)" in page.extract_text()[:120] for page in alone.pages), "a page is passed on alone"
    assert {"/H1", "/H2", "/Table", "/Figure"} <= set(tagged(alone))
    assert plain(hours) in text_of(alone)
    await _read_word(begun, address, hours)
    await _read_study(begun, address)
    await _not_there(begun, address)


async def test_a_document_without_data_is_not_made_and_its_page_says_so(house: House) -> None:
    await house.pool.execute("update facts set department = '75' where department = '77'")
    await house.counted_anew()
    number = await planned(house)
    address = f"/pilotage/editions/{number}/documents"
    for name in ("departements/77.pdf", "departements/77.docx"):
        answer = await house.client.get(f"{address}/{name}", headers={"Authorization": "Bearer team", "Accept": "text/html"})
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert "Aucune heure n’est déclarée pour Seine-et-Marne (77) en 2025" in answer.text
        assert f"/editions/{number}" in answer.text
    assert (await house.get(f"{address}/departements/77.pdf", "team")).json()["code"] == "NO_DATA"
    assert (await house.get(f"{address}/departements/75.pdf", "team")).status_code == 200


async def _value(house: House, ref: str) -> str:
    indicator, period, split, code = ref.split("/")
    body = (await house.get(f"/api/v1/indicators/{indicator}?period={period}&{split}={code}")).json()
    return filters.number(body["cells"][0]["value"], 0)


def _read_panorama(reader: PdfReader, number: str, hours: str) -> None:
    assert reader.metadata is not None
    assert reader.metadata.title == "Panorama 2025"
    kinds = tagged(reader)
    assert {"/H1", "/H2", "/H3", "/Table", "/TH", "/Figure", "/Link"} <= set(kinds)
    assert kinds.count("/Figure") >= 9 * 3
    text = text_of(reader)
    for words in (f"Édition {number}", "Données arrêtées au 23 novembre 2026", "Données fictives", "Licence Ouverte", "À citer", "Il porte sur trop peu", "Les heures de stage n’y sont pas", "7 départements sur 8", hours):  # fmt: skip
        assert plain(words) in text, words
    # A cover, two pages each for the region and the eight departments, then the markets and how to read it.
    pages = [page.extract_text() for page in reader.pages]
    begins = {name: next(at for at, text in enumerate(pages) if at and f"{name} ({code})\n" in text[:120]) for code, name in list(DEPARTMENTS.items())[1:]}  # fmt: skip
    order = sorted(begins.values())
    assert [later - earlier for earlier, later in itertools.pairwise(order)] == [2] * 6
    assert len(pages) <= 1 + 2 * 9 + 4


async def _read_word(house: House, address: str, hours: str) -> None:
    answer = await house.get(f"{address}/departements/93.docx")
    assert answer.status_code == 200
    keep("fiche-93.docx", answer.content)
    found = docx.Document(io.BytesIO(answer.content))
    assert found.core_properties.title == "Seine-Saint-Denis (93), 2025"
    assert [found.paragraphs[0].text, found.paragraphs[0].style and found.paragraphs[0].style.name] == [
        found.core_properties.title,
        "Heading 1",
    ]
    headings = [paragraph.text for paragraph in found.paragraphs if paragraph.style is not None and paragraph.style.name == "Heading 2"]
    assert headings[:2] == ["Trois phrases prêtes à reprendre", "Chiffres clés"]
    ready = [paragraph.text for paragraph in found.paragraphs if paragraph.style is not None and paragraph.style.name == "List Bullet"]
    assert len(ready) == 3
    assert hours in ready[0]
    assert "en Seine-Saint-Denis" in ready[0]
    assert ready[0].startswith("En 2025 (dès avril), "), "the house has no hours before May"
    assert found.tables[0].cell(1, 1).text.startswith(hours)
    hidden = [cell for table in found.tables for row in table.rows for cell in row.cells if cell.text == "s."]
    assert hidden
    assert {cell.paragraphs[0].alignment for cell in hidden} == {WD_ALIGN_PARAGRAPH.RIGHT}, "in the column of figures"
    assert found.tables[0].cell(4, 3).text.startswith("1\u202f607 heures")
    assert found.tables[0].cell(4, 3).paragraphs[0].alignment is None, "words, though they begin with a number"
    assert len(found.inline_shapes) == 3
    assert all(len(shape._inline.docPr.get("descr")) > 20 for shape in found.inline_shapes)
    assert found.sections[0].header.paragraphs[0].text == "Données fictives", "on every page"


async def _read_study(house: House, address: str) -> None:
    """The page and the PDF of a theme: the edition's tables, the analysis, and nothing that a later release could change."""
    page = await house.get(f"{address}/etudes/femmes")
    assert page.status_code == 200
    for words in (ANALYSIS, "Part des femmes par département", "Étude thématique de l’édition 2026-1", "release=2026-1", "À citer"):
        assert words in page.text, words
    answer = await house.get(f"{address}/etudes/femmes.pdf")
    keep("etude-femmes.pdf", answer.content)
    reader = PdfReader(io.BytesIO(answer.content))
    assert {"/H1", "/H2", "/Table", "/Figure"} <= set(tagged(reader))
    text = text_of(reader)
    for words in (ANALYSIS, "Part des femmes par département", "Paris", "Édition 2026-1", "À citer"):
        assert words in text, words
    assert "/editions/2026-1/etudes/femmes.pdf" in (await house.get("/etudes")).text
    assert (await house.get("/etudes/femmes")).headers["location"] == "/editions/2026-1/etudes/femmes"
    late = await house.send("/pilotage/editions/2026-1/etudes/femmes", {"text": "Autre chose."})
    assert (late.status_code, "déjà publiée" in late.text) == (409, True)
    assert ANALYSIS in (await house.get("/pilotage/editions/2026-1", "team")).text


async def _not_there(house: House, address: str) -> None:
    """No data, no file: a page says so."""
    for path in (
        "/editions/2026-9/panorama.pdf",
        f"{address}/departements/60.pdf",
        f"{address}/departements/93.odt",
        "/editions/2026-9",
        f"{address}/etudes/licornes",
        f"{address}/etudes/licornes.pdf",
    ):
        answer = await house.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"].startswith(("application/problem+json", "text/html"))
    page = await house.client.get("/editions/2026-9/panorama.pdf", headers={"Accept": "text/html"})
    assert (page.status_code, "n’est pas publiée" in page.text) == (404, True)


async def test_a_draft_is_read_as_a_sheet_by_its_own_coordination(begun: House) -> None:
    number = FIRST
    address = f"/pilotage/editions/{number}"
    for hidden in ("relecture", "documents/departements/93.pdf"):
        assert (await begun.get(f"{address}/{hidden}", "coordinator93")).status_code == 404, "the team may still compose another"
    await begun.done(f"/api/v1/editions/{number}/review", {"deadline": "2026-12-14"})
    page = await begun.get(f"{address}/relecture", "coordinator93")
    assert page.status_code == 200
    assert "Seine-Saint-Denis" in page.text
    assert "chiffre=I01/2025/department/93" in page.text
    assert (await begun.get(f"{address}/relecture?departement=94", "coordinator93")).status_code == 403
    sent = await begun.send(f"{address}/relecture/93/remarques", {"figure": "I01/2025/department/93", "kind": "OBJECTION", "text": "Trop haut."}, "coordinator93")  # fmt: skip
    assert sent.status_code == 303
    stopped = await begun.send(f"{address}/relecture/93/relu", {}, "coordinator93")
    assert (stopped.status_code, "attend sa réponse" in stopped.text) == (409, True)
    desk = await begun.get(address, "team")
    assert "Trop haut." in desk.text
    assert "a une remarque sans réponse" in desk.text
    early = await begun.send(f"{address}/valider", {"minutes": "Comité"})
    assert (early.status_code, "pas prête" in early.text) == (409, True)
    sheet = await begun.get(f"{address}/documents/departements/93.pdf", "coordinator93")
    assert "ne pas diffuser" in text_of(PdfReader(io.BytesIO(sheet.content)))
    assert (await begun.get(f"{address}/documents/departements/94.pdf", "coordinator93")).status_code == 403
    assert (await begun.get(f"{address}/documents/panorama.pdf", "coordinator93")).status_code == 403
    assert (await begun.get("/editions")).text.count("Aucune édition n’est encore publiée") == 1
    begun.clock.now = begun.clock.now.replace(month=12, day=15)
    over = plain((await begun.get(f"{address}/relecture", "coordinator93")).text)
    assert "La relecture s’est terminée le 14 décembre 2026. L’équipe du réseau peut prolonger l’échéance." in over
    assert "Répondez avant" not in over
    assert "seule la coordination du département peut commenter" not in over
