"""Diagnostic forms as a Word document: one form to fill in away from the network, or several side by side."""

from __future__ import annotations

from collections.abc import Sequence

from docx.document import Document
from docx.shared import Pt

from kit.documents import word
from kit.web.filters import date
from schemas.vocabulary.places import DEPARTMENTS
from services.events.diagnosing import Filled
from services.events.rules.diagnostic.answers import NOTHING, SEPARATOR, STATES
from services.events.rules.diagnostic.questions import Section


def document(found: Sequence[Filled], *, fictional: bool) -> bytes:
    """The bytes of the .docx; `found` holds at least one form, all of one year."""
    first = found[0].form
    if len(found) > 1:
        made = word.start(f"Diagnostic {first.year} : les réponses côte à côte", fictional=fictional, landscape=True)
        for section in found[0].sections:
            _side_by_side(made, section, found)
        return word.written(made)
    made = word.start(f"Fiche diagnostic {first.year}, {DEPARTMENTS[first.department]}", fictional=fictional)
    state = f"Fiche {STATES[first.state]}, attendue jusqu’au {date(first.answer_by)}."
    made.add_paragraph(f"{state} Ce document est une copie : reportez vos réponses sur la page pour qu’elles comptent.")
    for section in found[0].sections:
        made.add_heading(word.clean(section.title), 2)
        for question in section.questions:
            made.add_paragraph().add_run(word.clean(question.label)).bold = True
            if question.hint:
                made.add_paragraph().add_run(word.clean(question.hint)).italic = True
            if question.options:
                picked = found[0].answers.get(question.key, NOTHING).value.split(SEPARATOR)
                for option in question.options:
                    made.add_paragraph(word.clean(f"{'☒' if option in picked else '☐'} {option}"))
            else:
                word.said(made, found[0].shown(question.key) or "…")
    return word.written(made)


def _side_by_side(made: Document, section: Section, found: Sequence[Filled]) -> None:
    made.add_heading(word.clean(section.title), 2)
    table = made.add_table(rows=1, cols=len(found) + 1)
    table.style = "Table Grid"
    for column, text in enumerate(["Question", *(DEPARTMENTS[filled.form.department] for filled in found)]):
        table.rows[0].cells[column].paragraphs[0].add_run(text).bold = True
    word.repeat_header(table)
    for question in section.questions:
        cells = table.add_row().cells
        for column, text in enumerate([question.label, *(filled.shown(question.key) for filled in found)]):
            cells[column].text = word.clean(text)
    for row in table.rows:
        for cell in row.cells:
            for paragraph in cell.paragraphs:
                for run in paragraph.runs:
                    run.font.size = Pt(8)
