"""Views of published tables: every department is drawn, hidden is never zero, sentences say what the numbers say, files carry their words."""

from __future__ import annotations

import asyncio
import csv
import gzip
import io
import json
import random
import re
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from python_calamine import CalamineWorkbook
from starlette.requests import Request

from kit.errors import Refused
from schemas.vocabulary.places import DEPARTMENTS
from services.indicators import views
from services.indicators.catalogue.answers import Answer, Cell, Status
from services.indicators.catalogue.definitions import BY_ID
from services.indicators.pages import pilotage
from services.indicators.release.store import Published
from services.indicators.routes.printed import Printed
from services.indicators.views import charts, files, ink, maps, pictures, sentences
from services.indicators.views.asking import asked
from services.indicators.views.painter import NotPainted, Painter
from services.indicators.views.shelf import Kept, Shelf, answer
from services.indicators.views.view import View

TODAY = date(2026, 11, 25)
RELEASE = Published(
    "2026-1", datetime(2026, 11, 25, tzinfo=UTC), date(2026, 10, 1), 10, 2,
    ("2024", *(f"2024-Q{n}" for n in range(1, 5)), "2025", *(f"2025-Q{n}" for n in range(1, 5)), "2026", *(f"2026-Q{n}" for n in range(1, 4))),
)  # fmt: skip


def _view(indicator: str, query: list[tuple[str, str]], values: list[tuple[tuple[str, ...], str, str | None]]) -> View:
    found = asked(BY_ID[indicator], query, RELEASE, TODAY, page=True)
    cells = tuple(Cell(codes, period, None if value is None else Decimal(value), _status(value)) for codes, period, value in values)
    return View(found, Printed(RELEASE, Answer(found.question, cells)), fictional=True, site="http://observatoire.test")


def _status(value: str | None) -> Status:
    return "secret" if value is None else "ok"


def _by_department(**values: str | None) -> View:
    return _view("I01", [("period", "2025")], [((code,), "2025", values.get(f"d{code}", "1000.00")) for code in DEPARTMENTS])


@pytest.fixture
async def painter() -> AsyncIterator[Painter]:
    made = Painter()
    yield made
    await made.close()


def test_every_ring_runs_clockwise_else_d3_would_fill_the_plane() -> None:
    for feature in maps.features():
        geometry = feature["geometry"]
        polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        for outer, *_ in polygons:
            doubled = sum((x2 - x1) * (y2 + y1) for (x1, y1), (x2, y2) in pairwise(outer))
            assert doubled > 0, feature["properties"]["code"]


def test_a_hidden_department_stays_on_the_map() -> None:
    seed = random.randrange(10_000)
    print(f"seed {seed}")
    hidden = random.Random(seed).sample(sorted(DEPARTMENTS), 3)
    spec = charts.specification(_by_department(**dict.fromkeys([f"d{code}" for code in hidden])))
    shapes = spec["vconcat"][0]["hconcat"][0]["layer"][0]["data"]["values"]
    assert {shape["code"] for shape in shapes} == set(DEPARTMENTS)
    assert {shape["code"] for shape in shapes if shape["band"] == maps.HIDDEN_LABEL} == set(hidden)
    assert all(shape["band"] for shape in shapes), "a null band would be dropped by the renderer"


async def test_the_drawn_map_has_eight_shapes_none_of_which_fills_the_plane(painter: Painter) -> None:
    view = _by_department(d77=None, d75=None)
    drawn = await pictures.svg(painter, charts.specification(view), view.title)
    root = ET.fromstring(drawn)
    shapes = [element for element in root.iter("{http://www.w3.org/2000/svg}path") if element.get("aria-roledescription") == "geoshape"]
    assert len(shapes) == len(DEPARTMENTS) + len(maps.CLOSE), "the region and the inset"
    hatched = [shape for shape in shapes if shape.get("fill") == "url(#hachures)"]
    assert len(hatched) == 3, "77 once, 75 in the region and in the inset"
    for shape in shapes:
        numbers = [
            float(text) for text in shape.get("d", "").replace("M", " ").replace("L", " ").replace("Z", " ").replace(",", " ").split()
        ]
        assert min(numbers) >= -1, "a ring of the wrong winding is drawn as the whole plane, far outside of the picture"
        assert max(numbers) <= charts.WIDTHS["wide"] + 1
    assert root.find("{http://www.w3.org/2000/svg}title") is not None
    assert "Données fictives" in drawn
    assert "Source :" in drawn


async def test_the_hidden_cells_of_a_crossed_table_are_drawn(painter: Painter) -> None:
    crossed = _view(
        "I01",
        [("period", "2025"), ("by", "department,sex")],
        [(("75", "F"), "2025", None), (("75", "M"), "2025", "7.00"), (("77", "M"), "2025", "0.00")],
    )
    drawn = await pictures.svg(painter, charts.specification(crossed), crossed.title)
    assert drawn.count('fill="url(#hachures)"') == 1
    assert drawn.count(f'fill="{ink.ZERO}"') == 1
    assert "Département de travail" in drawn, "the columns are named"


def test_a_running_year_is_told_from_whole_ones() -> None:
    view = _view("I01", [("period", "2025"), ("period", "2026"), ("by", "")], [((), "2025", "7.00"), ((), "2026", "5.00")])
    assert [line.label for line in view.grid.lines] == ["2025", "2026 (en cours)"]
    assert "2026\\nen cours" in json.dumps(charts.specification(view))


async def test_a_renderer_that_died_is_started_again_and_a_bad_drawing_is_its_own_problem(painter: Painter) -> None:
    with pytest.raises(NotPainted):
        await painter.svg({"mark": 3})
    first = await painter.svg({"$schema": ink.SCHEMA, "data": {"values": [{"a": 1}]}, "mark": "point", "encoding": {"x": {"field": "a"}}})
    assert first.startswith("<svg")
    assert painter._process is not None
    painter._process.kill()
    await painter._process.wait()
    assert (await painter.png(first))[:4] == b"\x89PNG"


@pytest.mark.parametrize("shape", ["bars", "series", "lines", "tints"])
def test_no_chart_leaves_a_hidden_value_out_or_shows_it_as_zero(shape: str) -> None:
    views = {
        "bars": lambda: _view("I01", [("by", "modality")], [(("EI",), "2025", "10.00"), (("ETT",), "2025", None)]),
        "series": lambda: _view("I01", [("from", "2024"), ("to", "2025"), ("by", "")], [((), "2024", "10.00"), ((), "2025", None)]),
        "lines": lambda: _view(
            "I01", [("from", "2024"), ("to", "2025"), ("by", "sex")],
            [((sex,), year, None if (sex, year) == ("F", "2024") else "5.00") for year in ("2024", "2025") for sex in ("F", "M")],
        ),
        "tints": lambda: _view("I01", [("by", "department,sex")], [(("75", "F"), "2025", None), (("75", "M"), "2025", "7.00")]),
    }  # fmt: skip
    view = views[shape]()
    data = charts.specification(view)["vconcat"][0]["data"]["values"]
    hidden = [datum for datum in data if datum["status"] == "secret"]
    assert len(hidden) == 1
    assert hidden[0]["value"] is None
    assert hidden[0]["text"] == "s."
    assert len(data) == len(view.cells)
    assert "masquée" in sentences.of(view)


def test_the_sentence_follows_the_numbers() -> None:
    text = sentences.of(_by_department(d93="5000.00", d77="200.00"))
    assert "Seine-Saint-Denis" in text
    assert "5\u202f000" in text
    assert "44,6\u202f%" in text  # 5,000 of 11,200
    assert "Seine-et-Marne" in text
    hole = sentences.of(_by_department(d93="5000.00", d77=None))
    assert "du total" not in hole, "a share of a total with a hole would say what is in the hole"


def test_residence_by_work_tells_the_home_and_the_way_to_work_and_no_hidden_flow() -> None:
    said = {
        ("93", "93"): "900.00",
        ("75", "75"): "700.00",
        ("75", "93"): "120.00",
        ("92", "93"): None,
        ("93", "HORS"): "400.00",
        ("93", "NC"): "990.00",
    }
    crossed = _view(
        "I01", [("period", "2025"), ("by", "department,residence_department")], [(codes, "2025", value) for codes, value in said.items()]
    )
    text = sentences.of(crossed)
    assert "des habitants de «\xa0Seine-Saint-Denis\xa0» qui y travaillent : 900" in text
    assert "de «\xa0Seine-Saint-Denis\xa0» (résidence) à «\xa0Paris\xa0» (travail) : 120" in text
    assert "1 valeur est masquée" in text.replace("\u202f", " ").replace("\xa0", " ")


def _said(indicator: str, query: list[tuple[str, str]], cells: list[tuple[tuple[str, ...], str, str | None]]) -> str:
    return sentences.of(_view(indicator, query, cells)).replace("\u202f", " ").replace("\xa0", " ")


def test_what_reads_alike_is_not_ranked_and_zero_is_not_forgotten() -> None:
    query = [("period", "2025"), ("by", "department")]

    def told(**values: str | None) -> str:
        return _said("I05", query, [((code[1:],), "2025", value) for code, value in values.items()])

    tied = told(d75="12", d93="12", d94="6", d77="6")
    assert "les chiffres les plus élevés sont ceux de « Paris » et « Seine-Saint-Denis » : 12 personnes chacun" in tied
    assert "Les plus bas sont ceux de « Seine-et-Marne » et « Val-de-Marne » (6 personnes)" in tied
    assert "Le plus bas qui ne soit pas nul est celui de « Paris » (3 personnes)" in told(d93="12", d94="7", d75="3", d77="0")
    assert "aucune valeur publiée n’est supérieure à zéro" in told(d93="0", d94="0")
    hidden = told(d93="12", d94="7", d75="5", d77=None)
    assert "le plus élevé qui soit publié est celui de « Seine-Saint-Denis »" in hidden, "what is hidden may be larger"
    assert "Le plus bas qui soit publié" in hidden
    assert told(d93="12") == "Bénéficiaires, Seine-Saint-Denis, 2025 : 12 personnes.", "nothing is ranked or hidden in a table of one"
    everything = told(d93=None, d94=None)
    assert "ou permettraient de retrouver un autre chiffre" in everything, "some are hidden only to protect others"


def test_a_sentence_names_its_period_as_one_says_it() -> None:
    cells: list[tuple[tuple[str, ...], str, str | None]] = [((code,), "2025-Q4", value) for code, value in (("75", "9.00"), ("93", "4.00"))]
    assert _said("I01", [("period", "2025-Q4"), ("by", "department")], cells).startswith("Au 4e trimestre 2025, le chiffre")
    running = _view("I01", [("period", "2026"), ("by", "department")], [(("75",), "2026", "9.00"), (("93",), "2026", "4.00")])
    assert running.title == "Heures réalisées par département de travail, 2026 (janvier à septembre)"
    assert "En 2026 (janvier à septembre), le chiffre" in sentences.of(running)


def test_points_are_those_between_the_shares_that_are_read() -> None:
    query = [("from", "2024"), ("to", "2025"), ("by", "")]
    text = _said("I07", query, [((), "2024", "14.96"), ((), "2025", "15.34")])
    assert "de 15,0 % (2024) à 15,3 % (2025), soit +0,3 point" in text


def test_without_a_year_before_the_extremes_are_told() -> None:
    query = [("from", "2025-Q1"), ("to", "2025-Q3"), ("by", "")]
    text = _said("I01", query, [((), "2025-Q1", "30.00"), ((), "2025-Q2", "50.00"), ((), "2025-Q3", "40.00")])
    assert text == "Heures réalisées : de 30 h (1er trimestre 2025, le plus bas) à 50 h (2e trimestre 2025, le plus élevé)."


def test_each_split_of_an_indicator_has_a_title_of_its_own() -> None:
    titles = {by: _view("I04", [("period", "2025"), ("by", by)], []).title for by in ("buyer_kind", "sector", "mechanism")}
    assert titles["sector"] == "Heures par secteur d’activité, Île-de-France, 2025"
    assert len(set(titles.values())) == 3
    assert _view("I03", [("period", "2025"), ("by", "work_contract")], []).title.startswith("Heures par type de contrat de travail, ")


def test_only_comparable_periods_are_compared() -> None:
    query = [("from", "2024"), ("to", "2026"), ("by", "")]
    years = _view("I01", query, [((), "2024", "100.00"), ((), "2025", "110.00"), ((), "2026", "60.00")])
    assert "+10,0\u202f%" in sentences.of(years), "2026 is not over: it is compared with nothing"
    masked = _view("I01", query, [((), "2024", None), ((), "2025", "110.00"), ((), "2026", "60.00")])
    assert "un an" not in sentences.of(masked)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ([("from", "2026"), ("to", "2024")], "PERIOD"),
        ([("from", "2024"), ("to", "2025-Q1")], "PERIOD"),
        ([("from", "l'an dernier")], "PERIOD"),
        ([("from", "1995"), ("to", "1996")], "PERIOD"),
        ([("period", "2031")], "FUTURE"),
        ([("period", "2025"), ("department", "60")], "CODE"),
        ([("period", "2025"), ("by", "couleur")], "DIMENSION"),
        ([("period", "2025"), *(("department", code) for code in ("75", "77", "78", "91", "92"))], "TOO_MANY"),
        ([("period", str(year)) for year in range(2000, 2024)], "TOO_MANY"),
        ([("period", "2025'; drop table published_cells; --")], "PERIOD"),
    ],
)
def test_a_bad_question_is_named(query: list[tuple[str, str]], code: str) -> None:
    with pytest.raises(Refused) as refused:
        asked(BY_ID["I01"], query, RELEASE, TODAY, page=True)
    assert code in {error.code for error in refused.value.errors}


def test_tracking_words_do_not_break_a_shared_page_but_are_refused_in_a_file() -> None:
    query = [("period", "2025"), ("utm_source", "lettre"), ("fbclid", "x")]
    assert asked(BY_ID["I01"], query, RELEASE, TODAY, page=True).pairs == (("period", "2025"), ("by", "department"))
    with pytest.raises(Refused):
        asked(BY_ID["I01"], query, RELEASE, TODAY, page=False)


def _rows(body: bytes, delimiter: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig")), delimiter=delimiter))


def test_the_two_csv_say_the_same_each_in_its_own_way() -> None:
    view = _by_department(d93="1234.50", d77=None)
    machine, spreadsheet = files.machine_csv(view), files.spreadsheet_csv(view)
    assert not machine.startswith(b"\xef\xbb\xbf")
    assert spreadsheet.startswith(b"\xef\xbb\xbf")
    first, second = _rows(machine, ","), _rows(spreadsheet, ";")
    assert [row["valeur"] for row in first] == [row["valeur"].replace(",", ".") for row in second]
    by_code = {row["department"]: row for row in first}
    assert by_code["93"]["valeur"] == "1234.50"
    assert (by_code["77"]["valeur"], by_code["77"]["statut"]) == ("", "s.")
    assert all("Données fictives" in row["mention"] and row["arrete_au"] == "2026-09-30" for row in first)
    assert [field["name"] for field in files.table_schema(view)["fields"]] == list(first[0])


def test_persons_say_in_every_file_that_they_are_not_to_be_added() -> None:
    view = _view("I05", [("period", "2025")], [((code,), "2025", "12") for code in DEPARTMENTS])
    book = zipfile.ZipFile(io.BytesIO(files.archive(view, "<svg/>")))
    warning = "Ne pas additionner les personnes"
    for name in ("LISEZMOI.txt", "I05.csv", "I05-excel.csv", "I05.json", "metadonnees.json"):
        assert warning in book.read(name).decode("utf-8-sig"), name
    sheets = CalamineWorkbook.from_filelike(io.BytesIO(book.read("I05.xlsx")))
    assert sheets.sheet_names == ["Données", "Métadonnées", "Méthode"]
    assert any(warning in str(row[1]) for row in sheets.get_sheet_by_name("Métadonnées").to_python())
    assert {row[6] for row in sheets.get_sheet_by_name("Données").to_python()[1:]} == {12.0}
    assert "Licence Ouverte" in book.read("LICENCE.txt").decode()
    assert warning in json.dumps(charts.specification(view), ensure_ascii=False)
    assert files.archive(view, "<svg/>") == files.archive(view, "<svg/>")
    made = openpyxl.load_workbook(io.BytesIO(files.workbook(view))).properties.created
    assert made == RELEASE.published_at.replace(tzinfo=None), "the moment of making would give other bytes a second later"


def test_a_declared_code_cannot_become_a_formula() -> None:
    view = _view("I01", [("by", "modality")], [(("=HYPERLINK(1)",), "2025", "1.00")])
    assert _rows(files.spreadsheet_csv(view), ";")[0]["modality"].startswith("'=")


async def test_the_shelf_makes_an_answer_once_and_forgets_by_bytes() -> None:
    shelf, made = Shelf(most_bytes=250), []

    async def make(name: str) -> Kept:
        made.append(name)
        await asyncio.sleep(0)
        return Kept(name.encode() * 100, "text/plain")

    await asyncio.gather(*(shelf.get("a", lambda: make("a")) for _ in range(20)))
    assert made == ["a"]
    await shelf.get("b", lambda: make("b"))
    await shelf.get("a", lambda: make("a"))
    await shelf.get("c", lambda: make("c"))  # b is the least recently read
    assert shelf.bytes <= 250
    await shelf.get("a", lambda: make("a"))
    await shelf.get("b", lambda: make("b"))
    assert made == ["a", "b", "c", "b"]


async def test_a_large_text_is_kept_packed_and_given_out_whole() -> None:
    shelf, made = Shelf(), []
    table = b"2025;93;12345,67\n" * 400_000

    async def make() -> Kept:
        made.append(1)
        return Kept(table, "text/csv")

    first = await shelf.get("x", make)
    again = await shelf.get("x", make)
    assert (made, again[0].packed, again[1]) == ([1], True, first[1])
    assert 0 < shelf.bytes < len(table) // 10
    for accepted, coding in (("gzip, br", "gzip"), ("br, GZip;q=0.5", "gzip"), ("identity", None), ("gzip; q=0.0, br", None), ("", None)):
        request = Request({"type": "http", "headers": [(b"accept-encoding", accepted.encode())]})
        sent = answer(request, *again)
        assert sent.headers.get("content-encoding") == coding
        assert (gzip.decompress(sent.body) if coding else sent.body) == table
        tag = Request({"type": "http", "headers": [(b"if-none-match", sent.headers["etag"].encode())]})
        assert answer(tag, *again).status_code == 304


async def test_what_cannot_be_packed_small_enough_is_made_again() -> None:
    shelf, made = Shelf(), []

    async def make() -> Kept:
        made.append(1)
        return Kept(random.Random(1).randbytes(5 * 1024 * 1024), "application/zip")

    for _ in range(2):
        await shelf.get("x", make)
    assert (made, shelf.bytes) == ([1, 1], 0)


async def test_what_could_not_be_made_is_not_kept() -> None:
    shelf, tries = Shelf(), []

    async def fails() -> Kept:
        tries.append(1)
        raise Refused

    for _ in range(2):
        with pytest.raises(Refused):
            await shelf.get("x", fails)
    assert len(tries) == 2


async def test_a_page_that_says_more_than_the_release_is_made_again_after_its_time() -> None:
    now = [0.0]
    shelf, made = Shelf(clock=lambda: now[0]), []

    async def make() -> Kept:
        made.append(1)
        return Kept(b"x", "text/plain", (), now[0] + 60)

    for at in (0.0, 59.0, 61.0):
        now[0] = at
        await shelf.get("x", make)
    assert len(made) == 2


@pytest.mark.parametrize(
    ("year", "day", "said"),
    [
        ("2026", date(2026, 11, 26), "de janvier à octobre"),
        ("2026", date(2026, 2, 3), "janvier"),
        ("2026", date(2026, 1, 31), ""),
        ("2025", date(2026, 11, 26), ""),
    ],
)
def test_the_working_page_names_the_months_that_it_compares(year: str, day: date, said: str) -> None:
    assert pilotage._compared_until(year, day) == said


def test_a_percent_sign_stays_with_its_number() -> None:
    """An ordinary space lets the line break between the two."""
    loose = re.compile(r"[}\d] %(?![}\w])")
    for template in (Path(views.__file__).parents[1] / "templates").glob("*.html"):
        assert not loose.search(template.read_text(encoding="utf-8")), template.name
    for indicator in BY_ID.values():
        assert not loose.search(f"{indicator.definition} {indicator.formula}"), indicator.id
