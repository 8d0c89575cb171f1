"""Hours that a file gives in minutes: said by the title, alone or beside whole hours; a sixtieth is counted and the source is kept."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

import openpyxl
import pytest
import xlwt  # type: ignore[import-untyped]

from services.ingest.files.annotating import annotated
from services.ingest.files.answers import Answers
from services.ingest.files.reading import look
from services.ingest.rules.durations import centihours_of, hours_of_minutes
from tests.tables_of_hours import checked, codes, csv, values, workbook

HEADER: Final = ("N° marché", "Mois", "Matricule", "Employeur")
ODS: Final = Path(__file__).parents[1] / "files" / "formats" / "heures.ods"
ROWS: Final[Sequence[Sequence[Any]]] = (
    (*HEADER, "Durée (minutes)"), ("2026-001", "2026-03", "A1", "X", 9100), ("2026-001", "2026-03", "A2", "X", 24_720), ("2026-001", "2026-03", "A3", "X", 452.5),
)  # fmt: skip


def table(title: str, *cells: str) -> bytes:
    return csv((*HEADER, title), *(("2026-001", "2026-03", f"A{place}", "X", cell) for place, cell in enumerate(cells)))


@pytest.mark.parametrize(
    "title",
    ["Durée (minutes)", "Temps (min)", "Nb minutes", "Nombre de minutes travaillées", "Heures (en min.)", "MINUTES", "Temps de travail (mn)", "Total minutes"],
)  # fmt: skip
def test_a_title_of_minutes_is_proposed_divided_by_sixty_and_asked_once(title: str) -> None:
    found = look(table(title, "9100", "450", "1 200"))
    [question] = found.questions
    assert (question.name, question.proposed, question.choices[0]) == (
        "column:4",
        "minutes",
        ("minutes", "Heures réalisées, en minutes (÷ 60)"),
    )
    assert values(found, "hours") == [("9100 min",), ("450 min",), ("1 200 min",)], "the source is kept, with its unit"
    assert [value.centihours for value in checked(found).values] == [151_67, 7_50, 20_00]
    [told] = [notice.message for notice in found.notices if notice.code == "MINUTES_READ"]
    assert told == f"Colonne lue comme des minutes, divisées par 60 : « {title} » ; ligne 2 : 9100 min font 151,67 h."


def test_what_is_no_number_under_a_title_of_minutes_is_told_on_its_line() -> None:
    """The column was left out, and « Heures réalisées » said to be missing, where most of its cells could not be read."""
    found = checked(look(table("Durée (minutes)", "environ 30", "-45", "1e400", "99999999999999999999", "1h30")))
    assert {error.line for error in found.errors if error.column == "hours" or "Durée" in (error.column or "")} >= {2, 3, 4, 5}
    assert [value.centihours for value in found.values] == [1_50]


@pytest.mark.parametrize("title", ["Montant min", "Âge min.", "Heures minimum", "Commentaire minutes", "Effectif min"])
def test_other_titles_with_those_letters_are_no_minutes(title: str) -> None:
    found = look(csv((*HEADER, "Heures réalisées", title), ("2026-001", "2026-03", "A1", "X", "7", "90")))
    assert not {"MINUTES_READ", "HOURS_AND_MINUTES"} & set(codes(found))
    assert values(found, "hours") == [("7",)]


def test_the_answer_is_remembered_and_may_be_another() -> None:
    data = table("Durée (minutes)", "91", "45")
    layout = Answers(columns={"Durée (minutes)": "minutes"}).layout()
    known = look(data, Answers.of(layout))
    assert not known.questions
    assert [value.centihours for value in checked(known).values] == [1_52, 75]
    hours = look(data, Answers(columns={"Durée (minutes)": "hours"}))
    assert [value.centihours for value in checked(hours).values] == [91_00, 45_00]
    said = look(table("Durée", "9100", "450"), Answers(columns={"Durée": "minutes"}))
    assert [value.centihours for value in checked(said).values] == [151_67, 7_50], "a title that says nothing, by its author's word"


def test_hours_and_minutes_in_two_columns_are_one_time() -> None:
    found = look(csv((*HEADER, "Heures", "Minutes"), *((*("2026-001", "2026-03"), f"A{n}", "X", h, m) for n, (h, m) in enumerate([("151", "40"), ("7", "5"), ("", "30"), ("12", "")]))))  # fmt: skip
    assert [value.centihours for value in checked(found).values] == [151_67, 7_08, 50, 12_00]
    assert "HOURS_AND_MINUTES" in codes(found)
    assert "UNKNOWN_FIELD" not in codes(found), "the second column is read"


def test_minutes_beside_their_hours_are_left_out() -> None:
    found = look(csv((*HEADER, "Heures réalisées", "Minutes"), ("2026-001", "2026-03", "A1", "X", "7,5", "450")))
    assert [value.centihours for value in checked(found).values] == [7_50]
    [left] = [notice for notice in found.notices if notice.column == "Minutes"]
    assert left.message == "La colonne « Minutes » n’est pas importée : les heures de la période ont leur colonne."


def test_months_under_a_title_of_minutes_are_minutes() -> None:
    data = workbook(
        ("Suivi", [[*HEADER[:1], *HEADER[2:], "Temps (min)", ""], ["", "", "", "01/2026", "02/2026"], ["2026-001", "A1", "X", 9100, 450]])
    )
    assert [(str(value.period), value.centihours) for value in checked(look(data)).values] == [("2026-01", 151_67), ("2026-02", 7_50)]


def test_days_in_minutes_or_on_the_clock_are_rounded_once() -> None:
    for cell, title in (("445", "Temps (min)"), ("7:25", "Heures réalisées")):
        rows = [("2026-001", f"{day:02}/03/2026", "A1", "X", cell) for day in range(2, 22)]
        found = look(
            csv((HEADER[0], "Date", *HEADER[2:], title), *rows), Answers(days="sum", columns={title: "minutes"} if cell == "445" else {})
        )
        assert [value.centihours for value in checked(found).values] == [148_33], "20 × 7 h 25 min are 148 h 20 min"


def ods(rows: Sequence[Sequence[Any]]) -> bytes:
    def cell(value: Any) -> str:
        if isinstance(value, str):
            return f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'
        return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'

    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    buffer = io.BytesIO()
    with zipfile.ZipFile(ODS) as source, zipfile.ZipFile(buffer, "w") as target:
        for entry in source.infolist():
            text = source.read(entry)
            if entry.filename == "content.xml":
                first, last = text.index(b"<table:table-row"), text.rindex(b"</table:table-row>") + len(b"</table:table-row>")
                text = text[:first] + lines.encode() + text[last:]
            target.writestr(entry, text)
    return buffer.getvalue()


def xls(rows: Sequence[Sequence[Any]]) -> bytes:
    book, buffer = xlwt.Workbook(), io.BytesIO()
    sheet = book.add_sheet("Suivi")
    for number, row in enumerate(rows):
        for place, value in enumerate(row):
            sheet.write(number, place, value)
    book.save(buffer)
    return buffer.getvalue()


def text(sign: str, encoding: str) -> Callable[[Sequence[Sequence[Any]]], bytes]:
    return lambda rows: "\r\n".join(sign.join(str(cell).replace(".", ",") for cell in row) for row in rows).encode(encoding)


def test_five_formats_have_one_verdict() -> None:
    said = set()
    for make in (lambda rows: workbook(("Suivi", rows)), ods, xls, text(";", "cp1252"), text("\t", "utf-8")):
        found = look(make(ROWS))
        read = checked(found)
        said.add((
            tuple(value.centihours for value in read.values), tuple((error.line, error.code, error.message) for error in read.errors), tuple(codes(found)),
        ))  # fmt: skip
    [(counted, errors, _)] = said
    assert counted == (151_67, 7_54)
    [(line, code, message)] = errors
    assert (line, code) == (3, "V08")
    assert "24720 min font 412 heures pour une personne" in message


def test_the_annotated_workbook_marks_the_cell_of_minutes_and_leaves_it_as_it_was() -> None:
    data = workbook(("Suivi", ROWS))
    found = look(data)
    sheet = openpyxl.load_workbook(io.BytesIO(annotated(data, found, checked(found).errors)))["Suivi"]
    assert (sheet["E3"].value, sheet["E3"].comment is not None) == (24_720, True)
    assert sheet["E2"].comment is None


def test_what_says_minutes_is_not_offered_as_minutes_once_more() -> None:
    assert centihours_of("9 100 min") == 151_67
    with pytest.raises(ValueError, match="déjà des minutes"):
        hours_of_minutes("24720 min")
