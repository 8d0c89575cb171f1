"""Diagnostic forms as a workbook: questions down, departments across."""

from __future__ import annotations

import io
from collections.abc import Sequence

import xlsxwriter

from kit.web.filters import date
from schemas.vocabulary.places import DEPARTMENTS
from services.events.diagnosing import Filled
from services.events.rules.diagnostic.answers import NOTHING, STATES


def workbook(found: Sequence[Filled], *, fictional: bool) -> bytes:
    """The bytes of the .xlsx; `found` holds at least one form, all of one year.

    What people typed is written as text cells, never as formulas or links: « =CMD() » stays seven letters. Cells that a later export to CSV
    would turn into a formula get the apostrophe that spreadsheets use for text.
    """
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, options) as book:
        book.set_properties({"title": f"Fiches diagnostic {found[0].form.year}", "author": "MACS"})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        part = book.add_format({"bold": True, "bg_color": "#E4EEF8"})
        text = book.add_format({"text_wrap": True, "valign": "top"})
        whole, decimal = (book.add_format({"num_format": digits, "valign": "top"}) for digits in ("#,##0", "#,##0.00"))
        sheet = book.add_worksheet(f"Diagnostic {found[0].form.year}")
        sheet.write_row(0, 0, ["Question", *(DEPARTMENTS[filled.form.department] for filled in found)], bold)
        sheet.write_row(1, 0, ["État", *(f"{STATES[filled.form.state]}, {filled.progress} %" for filled in found)], text)
        row = 2
        for section in found[0].sections:
            sheet.merge_range(row, 0, row, len(found), section.title, part)
            for question in section.questions:
                row += 1
                sheet.write_string(row, 0, question.label, bold)
                for column, filled in enumerate(found, 1):
                    value = filled.answers.get(question.key, NOTHING).value
                    if question.kind == "NUMBER" and value:
                        sheet.write_number(row, column, float(value), decimal if "." in value else whole)
                    else:
                        sheet.write_string(row, column, safe(filled.shown(question.key)), text)
            row += 1
        sheet.write_string(
            row + 1, 0, f"{'Données fictives. ' if fictional else ''}Attendu jusqu’au {date(found[0].form.answer_by)}.", text
        )
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, len(found), 70 if len(found) == 1 else 28)
        sheet.freeze_panes(1, 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
    return file.getvalue()


def safe(text: str) -> str:
    """An apostrophe before what a spreadsheet would take for a formula once the sheet is saved as CSV (CWE-1236)."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
