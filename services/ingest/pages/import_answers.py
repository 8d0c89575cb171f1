"""The answers of the import page, field by field, added to those given before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kit import digits
from services.ingest.files import coded_sex, days
from services.ingest.files.answers import UNITS, Answers
from services.ingest.files.columns import HELPERS
from services.ingest.files.csv_text import ENCODINGS, NAMES_OF_DELIMITERS
from services.ingest.files.lacking import chosen
from services.ingest.pages.import_found import Review
from services.ingest.pages.import_given import UNSAID
from services.ingest.pages.import_too_long import minutes, several
from services.ingest.replacing import MEMBER
from services.ingest.rules.fields import BY_NAME

MODES: Final = ("all", "partial")
_FIX: Final = "fix:"
_ALL_SIMILAR: Final = "similar:"
GUESSED: Final = "guessed"
"""Member of the answers: the layout and encoding that were guessed before the author changed how the text is read."""


def answered(form: Mapping[str, str], before: Mapping[str, Any], review: Review) -> dict[str, Any]:
    """The answers as they are kept. A field that is not ours or out of its range is passed over: the page says what it still needs."""
    known = Answers.of(before)
    found = known.kept()
    found["columns"] = _columns(form, known, review)
    if form.get("hours_are") in UNITS:
        found["hours_are"] = form["hours_are"]
    if form.get("action") == "cumulated":
        found["hours_are"] = "cumulated"
    if form.get("fill_down") in {"oui", "non"}:
        found["fill_down"] = form["fill_down"] == "oui"
    for name, choices in (("sexes", coded_sex.CHOICES), ("days", days.CHOICES)):
        if form.get(name) in dict(choices):
            found[name] = form[name]
    year = digits.whole(form.get("year", ""))
    if year is not None and 2000 <= year <= 2100:
        found["year"] = year
    if form.get("action") == "reconsider":
        found |= UNSAID
    text = _text(form, found, review)
    _fix(form, found, review)
    minutes(form, found, review)
    mode = form.get("mode") if form.get("mode") in MODES else before.get("mode", "all")
    if several(form, found, review):
        mode = "partial"
    return {
        **found,
        "mode": mode,
        "known_layout": before.get("known_layout", False),
        "later": before.get("later", False),
        **(text or _kept(before, GUESSED)),
        **_kept(before, MEMBER),
    }


def _kept(before: Mapping[str, Any], member: str) -> dict[str, Any]:
    """What other answers leave as it is: the span that the file stands for (the page of differences decides it), what was guessed of its text."""
    return {member: before[member]} if before.get(member) else {}


def _text(form: Mapping[str, str], found: dict[str, Any], review: Review) -> dict[str, Any]:
    """How the text is written, where the author changed it; and what was guessed instead, by which the next such file is known."""
    facts = review.read.facts if review.read else None
    encoding, delimiter = form.get("encoding", ""), NAMES_OF_DELIMITERS.get(form.get("delimiter", ""), "")
    changed = False
    if encoding in ENCODINGS and encoding != (facts.encoding if facts else found["encoding"]):
        found["encoding"], changed = encoding, True
    if facts and facts.delimiter and delimiter and delimiter != facts.delimiter:
        found["delimiter"], changed = delimiter, True
    if not changed or review.answers.get(GUESSED) or facts is None or review.read is None:
        return {}
    return {GUESSED: {"layout": review.read.layout, "encoding": facts.encoding}}


def _columns(form: Mapping[str, str], known: Answers, review: Review) -> dict[str, str | None]:
    """Only what the author decided: a guess that is left as it is stays a guess, a question that is answered is a decision."""
    found = dict(known.columns)
    asked = [question.name for question in review.questions]
    for guess in review.columns:
        name = f"column:{guess.place}"
        value = form.get(name)
        if value is None or not (value in BY_NAME or value in HELPERS or value == ""):
            continue
        if name in asked or value != guess.choice:
            found[guess.header] = value or None
    return found | chosen(review.columns, asked, form)


def _fix(form: Mapping[str, str], found: dict[str, Any], review: Review) -> None:
    """`fix:LINE:FIELD` holds a corrected cell, the button `propose` = LINE:FIELD:CODE takes the value that a finding proposed."""
    for name, value in form.items():
        line, _, field = name.removeprefix(_FIX).partition(":")
        if (
            name.startswith(_FIX)
            and (row := digits.whole(line)) is not None
            and field.partition("@")[0] in BY_NAME
            and value.strip() != review.cell(row, field)
        ):
            _mend(form, found, review, (line, field, value.strip()))
    line, _, proposed = form.get("propose", "").partition(":")
    field, _, code = proposed.partition(":")
    if digits.whole(line) is not None and field in BY_NAME and code in (BY_NAME[field].vocabulary or {}):
        _mend(form, found, review, (line, field, code))
    for name in form:
        if name.startswith("drop:") and (row := digits.whole(name.removeprefix("drop:"))) is not None:
            found["left_out"] = sorted({*found["left_out"], row})


def _mend(form: Mapping[str, str], found: dict[str, Any], review: Review, cell: tuple[str, str, str]) -> None:
    """One cell, or, where `similar:LINE:FIELD` says so, each cell of the column that reads the same, or that is missing as it is."""
    line, field, value = cell
    read, all_alike = review.cell(int(line), field), form.get(f"{_ALL_SIMILAR}{line}:{field}") == "oui"
    if all_alike and read:
        found["similar"].setdefault(field.partition("@")[0], {})[read] = value
        return
    if field == "employer_siret" and not any(sign.isdigit() for sign in value):
        field = "employer_name"  # either says who employs
    for where in review.missing_as(int(line), cell[1]) if all_alike else (line,):
        found["fixes"].setdefault(str(where), {})[field] = value
