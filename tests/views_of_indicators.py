"""Views of a release with the values that a test gives: for the tests of charts, sentences, files and pages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from schemas.vocabulary.places import DEPARTMENTS
from services.indicators.catalogue.answers import Answer, Cell, Status
from services.indicators.catalogue.definitions import BY_ID
from services.indicators.release.store import Published
from services.indicators.routes.printed import Printed
from services.indicators.views.asking import asked
from services.indicators.views.view import View

TODAY = date(2026, 11, 25)


RELEASE = Published(
    "2026-1", datetime(2026, 11, 25, tzinfo=UTC), date(2026, 10, 1), 10, 2,
    ("2024", *(f"2024-Q{n}" for n in range(1, 5)), "2025", *(f"2025-Q{n}" for n in range(1, 5)), "2026", *(f"2026-Q{n}" for n in range(1, 4))),
)  # fmt: skip


def view_of(indicator: str, query: list[tuple[str, str]], values: list[tuple[tuple[str, ...], str, str | None]]) -> View:
    found = asked(BY_ID[indicator], query, RELEASE, TODAY, page=True)
    cells = tuple(Cell(codes, period, None if value is None else Decimal(value), _status(value)) for codes, period, value in values)
    return View(found, Printed(RELEASE, Answer(found.question, cells)), fictional=True, site="http://observatoire.test")


def _status(value: str | None) -> Status:
    return "secret" if value is None else "ok"


def by_department(**values: str | None) -> View:
    return view_of("I01", [("period", "2025")], [((code,), "2025", values.get(f"d{code}", "1000.00")) for code in DEPARTMENTS])
