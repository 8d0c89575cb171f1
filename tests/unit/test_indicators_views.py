"""Views of published tables: every department is drawn, hidden is never zero, sentences say what the numbers say, files carry their words."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from kit.errors import Refused
from schemas.vocabulary.places import DEPARTMENTS
from services.indicators.catalogue.definitions import BY_ID
from services.indicators.pages import charts as page_charts
from services.indicators.pages.indicator import shown
from services.indicators.pages.tables import Tables
from services.indicators.release.store import PrintedCell
from services.indicators.views import charts, files, ink, maps, pictures, sentences
from services.indicators.views.asking import asked
from services.indicators.views.datasets import DataSet
from services.indicators.views.painter import NotPainted, Painter
from services.indicators.views.view import standing
from tests.views_of_indicators import RELEASE, TODAY, by_department, view_of


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
    spec = charts.specification(by_department(**dict.fromkeys([f"d{code}" for code in hidden])))
    shapes = spec["vconcat"][0]["hconcat"][0]["layer"][0]["data"]["values"]
    assert {shape["code"] for shape in shapes} == set(DEPARTMENTS)
    assert {shape["code"] for shape in shapes if shape["band"] == maps.HIDDEN_LABEL} == set(hidden)
    assert all(shape["band"] for shape in shapes), "a null band would be dropped by the renderer"


def test_a_map_of_nothing_has_no_bands_of_something() -> None:
    """« 0,0 % à 1,0 % » stood beside a region without a single value."""
    nothing = json.dumps(charts.specification(by_department(**{f"d{code}": None for code in DEPARTMENTS})), ensure_ascii=False)
    assert '"domain": ["s. : donnée masquée"]' in nothing
    some = json.dumps(charts.specification(by_department(d93=None)), ensure_ascii=False)
    assert len(json.loads(re.search(r'"domain": (\[[^]]+\])', some)[1])) == 5  # type: ignore[index]


def test_a_zero_is_a_figure_on_the_map() -> None:
    """It was drawn as « aucune donnée » beside a table that printed 0."""
    spec = charts.specification(by_department(d93="0.00", d77=None))
    shapes = {shape["code"]: shape for shape in spec["vconcat"][0]["hconcat"][0]["layer"][0]["data"]["values"]}
    assert shapes["93"]["band"] == maps.ZERO_LABEL
    assert "aucune donnée" not in json.dumps(spec, ensure_ascii=False)
    assert '"zéro", "s. : donnée masquée"]' in json.dumps(spec, ensure_ascii=False)
    told: dict[tuple[str, str, str, tuple[str, ...]], PrintedCell] = {
        ("I01", "2025", "department", (code,)): PrintedCell((code,), "0.00" if code == "93" else "12.50", "ok")
        for code in DEPARTMENTS
        if code != "77"
    }
    drawn = page_charts.choropleth(Tables(RELEASE, told, {}), "I01", "2025")
    assert {area.department.code: area.style for area in drawn.areas}["93"] == "band-zero"
    assert [band.label for band in drawn.legend][4:] == ["zéro", "aucune donnée"]


async def test_the_drawn_map_has_eight_shapes_none_of_which_fills_the_plane(painter: Painter) -> None:
    view = by_department(d77=None, d75=None)
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


def test_a_period_of_nothing_keeps_its_row() -> None:
    """A theme's series of nothing but zeros said « Aucune valeur » under a sentence that said 0 h; one zero among others was left out."""
    quarters = [("from", "2025-Q1"), ("to", "2025-Q3"), ("by", ""), ("programme", "JOP2024")]
    for values in (("0.00", "0.00", "0.00"), ("12.00", "0.00", "3.00")):
        series = view_of("I01", quarters, [((), f"2025-Q{number}", value) for number, value in enumerate(values, 1)])
        rows = shown(series)["rows"]
        assert len(rows) == 3
        assert [str(cells[0]).partition(",")[0] for _, _, cells in rows] == [value.partition(".")[0] for value in values]
    nothing = view_of("I01", [("period", "2025"), ("by", "public")], [((code,), "2025", "0.00") for code in ("BRSA", "DELD")])
    assert len(shown(nothing)["rows"]) == 2, "rows without anything are left out beside others only"


async def test_the_hidden_cells_of_a_crossed_table_are_drawn(painter: Painter) -> None:
    crossed = view_of(
        "I01",
        [("period", "2025"), ("by", "department,sex")],
        [(("75", "F"), "2025", None), (("75", "M"), "2025", "7.00"), (("77", "M"), "2025", "0.00")],
    )
    drawn = await pictures.svg(painter, charts.specification(crossed), crossed.title)
    assert drawn.count('fill="url(#hachures)"') == 1
    assert drawn.count(f'fill="{ink.ZERO}"') == 1
    assert "Département de travail" in drawn, "the columns are named"


def test_a_running_year_is_told_from_whole_ones() -> None:
    view = view_of("I01", [("period", "2025"), ("period", "2026"), ("by", "")], [((), "2025", "7.00"), ((), "2026", "5.00")])
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
        "bars": lambda: view_of("I01", [("by", "modality")], [(("EI",), "2025", "10.00"), (("ETT",), "2025", None)]),
        "series": lambda: view_of("I01", [("from", "2024"), ("to", "2025"), ("by", "")], [((), "2024", "10.00"), ((), "2025", None)]),
        "lines": lambda: view_of(
            "I01", [("from", "2024"), ("to", "2025"), ("by", "sex")],
            [((sex,), year, None if (sex, year) == ("F", "2024") else "5.00") for year in ("2024", "2025") for sex in ("F", "M")],
        ),
        "tints": lambda: view_of("I01", [("by", "department,sex")], [(("75", "F"), "2025", None), (("75", "M"), "2025", "7.00")]),
    }  # fmt: skip
    view = views[shape]()
    data = charts.specification(view)["vconcat"][0]["data"]["values"]
    hidden = [datum for datum in data if datum["status"] == "secret"]
    assert len(hidden) == 1
    assert hidden[0]["value"] is None
    assert hidden[0]["text"] == "s."
    assert len(data) == len(view.cells)
    assert "masquée" in sentences.of(view)


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


@pytest.mark.parametrize("name", ["departement", "par", "publication", "sexe", "quarter_"])
def test_a_name_that_nothing_reads_is_refused_on_a_page_too(name: str) -> None:
    """Else the region's figures would be read as those of the 93."""
    for page in (True, False):
        with pytest.raises(Refused) as refused:
            asked(BY_ID["I01"], [("period", "2025"), (name, "93")], RELEASE, TODAY, page=page)
        [error] = refused.value.errors
        assert (error.column, error.value, error.code) == (name, "93", "PARAMETER")
        assert "period, by, department" in error.message
        assert error.example == ("department" if name == "departement" else "sex" if name == "sexe" else error.example)


@pytest.mark.parametrize("name", ["release", "from", "to", "width", "annee"])
def test_of_two_values_none_is_passed_over(name: str) -> None:
    with pytest.raises(Refused) as refused:
        asked(BY_ID["I01"], [(name, "2024"), (name, "2025")], RELEASE, TODAY, page=True)
    assert [error.column for error in refused.value.errors] == [name]


def test_a_range_and_a_period_are_not_asked_together() -> None:
    for page in (True, False):
        with pytest.raises(Refused) as refused:
            asked(BY_ID["I01"], [("from", "2024"), ("to", "2025"), ("period", "2026"), ("by", "")], RELEASE, TODAY, page=page)
        assert [error.column for error in refused.value.errors] == ["period"], "« period » was passed over"


def test_a_filter_of_another_indicator_is_refused_and_an_empty_field_is_not() -> None:
    with pytest.raises(Refused):
        asked(BY_ID["I13"], [("period", "2025"), ("sex", "F")], RELEASE, TODAY, page=True)
    empty = asked(BY_ID["I01"], [("period", "2025"), ("department", ""), ("by", "sex")], RELEASE, TODAY, page=True)
    assert empty.pairs == (("period", "2025"), ("by", "sex"))


def test_tracking_words_do_not_break_a_shared_page_but_are_refused_in_a_file() -> None:
    query = [("period", "2025"), ("utm_source", "lettre"), ("fbclid", "x")]
    assert asked(BY_ID["I01"], query, RELEASE, TODAY, page=True).pairs == (("period", "2025"), ("by", "department"))
    with pytest.raises(Refused):
        asked(BY_ID["I01"], query, RELEASE, TODAY, page=False)


def _rows(body: bytes, delimiter: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig")), delimiter=delimiter))


def test_the_two_csv_say_the_same_each_in_its_own_way() -> None:
    view = by_department(d93="1234.50", d77=None)
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


def test_an_edition_is_final_up_to_its_year() -> None:
    """« Année en cours · Définitif » stood over figures that nobody had signed off."""
    signed = replace(RELEASE, final=True, edition="2026-1", edition_year=2025)
    mixed = "définitif jusqu’à 2025, provisoire ensuite"
    said = {period: standing(signed, period) for period in ("2024", "2025-Q4", "2026", "2026-Q1")}
    assert said == {"2024": "définitif", "2025-Q4": "définitif", "2026": "provisoire", "2026-Q1": "provisoire"}
    assert standing(signed) == mixed
    assert standing(replace(RELEASE, edition_year=2025), "2024") == "provisoire", "signed off as provisional"
    assert standing(replace(signed, edition_year=2026)) == "définitif"
    view = view_of("I01", [("from", "2025"), ("to", "2026"), ("by", "")], [((), "2025", "1.00"), ((), "2026", "1.00")])
    view = replace(view, printed=replace(view.printed, release=signed))
    assert mixed in view.citation
    assert mixed.capitalize() in view.notes
    data = DataSet(BY_ID["I01"], signed, [(year, "", "", "", "1.00", "ok", None) for year in ("2025", "2026")], fictional=True, site="")
    assert [record[-1].split(" ; ")[1] for record in data.records()] == ["définitif", "provisoire"]


@pytest.mark.parametrize(
    ("indicator", "by", "code", "may_be"), [("I01", "public", "BRSA", False), ("I01", "public", "AAH", True), ("I07", "department", "93", True), ("I01", "department", "93", False)]
)  # fmt: skip
def test_a_note_says_never_zero_where_it_never_is(indicator: str, by: str, code: str, may_be: bool) -> None:
    [said] = [
        note for note in view_of(indicator, [("period", "2025"), ("by", by)], [((code,), "2025", None)]).notes if note.startswith("s. =")
    ]
    assert said.endswith(" jamais zéro, hors parts et critères sensibles" if may_be else " jamais zéro")


def test_persons_say_in_every_file_that_they_are_not_to_be_added() -> None:
    view = view_of("I05", [("period", "2025")], [((code,), "2025", "12") for code in DEPARTMENTS])
    book = zipfile.ZipFile(io.BytesIO(files.archive(view, "<svg/>")))
    said = book.read("LISEZMOI.txt").decode()
    assert {name for name in book.namelist() if f"\n{name} : " not in said} == {"LISEZMOI.txt"}, "each file is named"
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
    view = view_of("I01", [("by", "modality")], [(("=HYPERLINK(1)",), "2025", "1.00")])
    assert _rows(files.spreadsheet_csv(view), ";")[0]["modality"].startswith("'=")


def test_labels_have_room_in_a_wider_font_than_they_were_measured_in() -> None:
    """As a picture on a page a chart falls back on a font of the reader's: « Hors territoire » lost its first letter."""
    view = view_of("I01", [("period", "2025"), ("by", "ept")], [(("NC",), "2025", "9.00")])
    made = charts.specification(view)
    longest = max(len(line) for datum in made["vconcat"][0]["data"]["values"] for line in datum["name"].split("\n"))
    measured = 6.0  # a letter, in pixels, as the renderer measures them
    assert made["padding"]["left"] >= 0.15 * measured * longest


def test_a_long_word_is_not_broken_in_two() -> None:
    view = view_of("I03", [("period", "2025"), ("by", "work_contract")], [(("ALTERNANCE_PRO",), "2025", "9.00")])
    (row,) = charts.bars(view, 340)["data"]["values"]
    assert row["name"].split("\n") == ["Contrat de", "professionnalisation"]


def test_every_mark_says_all_that_tells_it_from_the_others() -> None:
    """Of lines the words were the same at each period, of tints in each column."""
    over_time = [("from", "2024"), ("to", "2025"), ("by", "sex")]
    lines = view_of("I01", over_time, [((sex,), year, "7.00") for year in ("2024", "2025") for sex in ("F", "M")])
    crossed = view_of(
        "I01",
        [("period", "2025"), ("by", "department,sex")],
        [((code, sex), "2025", "7.00") for code in ("75", "93") for sex in ("F", "M")],
    )
    for view in (lines, crossed):
        said = re.findall(r'"said": "([^"]+)"', json.dumps(charts.specification(view), ensure_ascii=False))
        assert len(said) == len(set(said)) == 4, said
    assert '"aria": false' in json.dumps(charts.specification(by_department())), "where a number stands on the map is not read"
