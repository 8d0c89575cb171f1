"""The workbook with everything that a declarant has handed in: written as it is read, so that its size costs no memory."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

import xlsxwriter

from kit.web import filters
from schemas.periods import Period
from schemas.zones import PARIS
from services.ingest.pages.receipt_document import SOURCE
from services.ingest.pages.report_document import FICTIONAL
from services.ingest.pages.wording import period_of_filing, state_today
from services.ingest.rules.fields import BY_NAME
from services.ingest.rules.times import french_period
from services.ingest.store.export import MOST_LINES
from services.ingest.store.reading import Today

FILINGS: Final = (
    "Numéro", "Période", "Reçue le", "État", "Version", "Lignes", "De côté", "Heures", "Comptées aujourd’hui", "Gardées à côté", "Remplacées depuis",
    "Marchés", "Départements",
)  # fmt: skip
"""« De côté » are rows to complete; the three after the hours say what became of them (decision 0210), for the filings whose lines are in the workbook."""
LINES: Final = (
    "Déclaration", "Ligne", "Marché", "Objet", "Période", "Début", "Employeur", "SIRET", "Modalité", "Contrat de travail", "Heures",
    "Dont formation", "Département", "Personnes", "Dont femmes", "Groupe", "Sexe", "Naissance", "Critère", "QPV", "Sort",
)  # fmt: skip
CONTRACTS: Final = ("Période", "Marché", "Objet", "Heures prévues", "Heures déclarées", "Heures comptées")
_ROW: Final = 3


class Export:
    """Three sheets, filled in the order in which `add` gets the lines."""

    def __init__(
        self, filings: Sequence[Mapping[str, Any]], stands: Mapping[str, Today], *, whole: bool, today: date, fictional: bool
    ) -> None:
        self._buffer = io.BytesIO()
        self._book = xlsxwriter.Workbook(self._buffer, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        self._head = self._book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        self._title = self._book.add_format({"bold": True, "font_size": 14})
        self._hours = self._book.add_format({"num_format": "#,##0.00"})
        self._day = self._book.add_format({"num_format": "dd/mm/yyyy"})
        self._time = self._book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        self._note = f"Au {filters.date(today)}. {SOURCE}." + (f" {FICTIONAL}." if fictional else "")
        self._filings(filings, stands)
        limit = (
            "" if whole else f" Les déclarations les plus récentes, {filters.number(MOST_LINES)} lignes au plus : exportez année par année."
        )
        self._sheet = self._opened("Lignes", "Les lignes qui valent aujourd’hui", LINES, self._note + limit)
        self._at = _ROW
        self._sums: dict[tuple[date, str, str], list[Any]] = {}

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        for row in rows:
            self._line(row, json.loads(row["content"]))

    def close(self) -> bytes:
        sheet = self._opened("Marchés", "Heures par marché et par période", CONTRACTS, self._note)
        for at, ((_, period, contract), (name, planned, declared, counted)) in enumerate(sorted(self._sums.items()), start=_ROW):
            _write(sheet, at, (period, contract, name))
            for column, value in ((3, planned), (4, declared / 100), (5, counted / 100)):
                if value is not None:
                    sheet.write_number(at, column, value, self._hours)
        self._book.close()
        return self._buffer.getvalue()

    def _opened(self, name: str, title: str, headers: Sequence[str], note: str) -> Any:
        sheet = self._book.add_worksheet(name)
        sheet.set_column(0, len(headers) - 1, 16)
        sheet.freeze_panes(_ROW, 1)
        sheet.write_string(0, 0, title, self._title)
        sheet.write_string(1, 0, note)
        for column, header in enumerate(headers):
            sheet.write_string(_ROW - 1, column, header, self._head)
        return sheet

    def _filings(self, filings: Sequence[Mapping[str, Any]], stands: Mapping[str, Today]) -> None:
        sheet = self._opened("Déclarations", "Vos déclarations, de la plus récente à la plus ancienne", FILINGS, self._note)
        for at, filing in enumerate(filings, start=_ROW):
            received: datetime = filing["received_at"].astimezone(PARIS).replace(tzinfo=None)
            _write(sheet, at, (filing["number"], period_of_filing(filing["period"], filing["lines"])))
            sheet.write_datetime(at, 2, received, self._time)
            today = stands.get(filing["number"])
            label, _ = state_today(filing["state"], today if filing["counted_at"] else None)
            _write(sheet, at, (label, filing["revision"], filing["lines"], filing["parked"]), 3)
            shares = [share.centihours for share in (today.counting, today.beside, today.replaced)] if today else []
            for column, centihours in enumerate((filing["centihours"], *shares), start=7):
                sheet.write_number(at, column, centihours / 100, self._hours)
            _write(sheet, at, (filing["contracts"], ", ".join(filing["departments"])), 11)

    def _line(self, row: Mapping[str, Any], said: Mapping[str, Any]) -> None:
        sheet, at, period = self._sheet, self._at, Period.model_validate(said["period"])
        person, group = said.get("person") or {}, said.get("group") or {}
        words = french_period(period)
        _write(sheet, at, (row["number"], row["line"], row["contract"], row["object"], words))
        sheet.write_datetime(at, 5, period.start, self._day)
        _write(
            sheet, at, (said.get("employer_name"), said.get("employer_siret"), _label("modality", said), _label("work_contract", said)), 6
        )
        sheet.write_number(at, 10, row["centihours"] / 100, self._hours)
        if said.get("centihours_training") is not None:
            sheet.write_number(at, 11, said["centihours_training"] / 100, self._hours)
        _write(sheet, at, (row["department"], group.get("persons") or (1 if person else None), group.get("women"), group.get("label")), 12)
        qpv = None if person.get("qpv") is None else "oui" if person["qpv"] else "non"
        fate = "Comptée" if row["announced"] else "Rapprochement"
        _write(sheet, at, (_label("sex", person), person.get("birth"), _label("public", person), qpv, fate), 16)
        self._at += 1
        sums = self._sums.setdefault((period.start, words, row["contract"]), [row["object"], row["hours_committed"], 0, 0])
        sums[2] += row["centihours"]
        sums[3] += row["centihours"] if row["announced"] else 0


def _label(name: str, said: Mapping[str, Any]) -> str | None:
    code = said.get(name)
    return None if code in {None, "NC"} else (BY_NAME[name].vocabulary or {}).get(str(code), str(code))


def _write(sheet: Any, row: int, values: Sequence[str | int | None], first: int = 0) -> None:
    """Texts stay texts, whatever they begin with."""
    for column, value in enumerate(values, start=first):
        if isinstance(value, int):
            sheet.write_number(row, column, value)
        elif value:
            sheet.write_string(row, column, value)
