"""What the author said about a file: which column is what, what the hours are, and corrected cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

from services.ingest.rules.fields import without_year

Unit = Literal["", "period", "quarter", "cumulated", "example"]
UNITS: Final = ("", "period", "quarter", "cumulated", "example")
UNDECIDED: Final = ("", "example")
"""Nothing was said yet, or « je ne sais pas (montrez-moi un exemple) »: the question stands."""


def carried_over(columns: Mapping[str, str | None], titles: Iterable[str]) -> dict[str, str | None]:
    """What was said of the columns of an earlier file, under the titles of this one, which may be written otherwise or be of another year. Of a column
    that this one has not, nothing."""
    now = {without_year(title): title for title in titles}
    return {now[without_year(title)]: field for title, field in columns.items() if without_year(title) in now}


@dataclass(frozen=True)
class Answers:
    """Empty where nothing was asked yet. `hours_are`: of the period, of the quarter whose month the row says, or cumulated since the
    beginning; `fill_down`: a contract written
    once stands for the rows below it (None: not asked); `year`: of months without one; `fixes`: line → field (or `hours@2026-03` where a row has
    several periods) → value; `similar`:
    field → value as read → value, for every line; `left_out`: lines that the author drops; `aside`: lines of several persons, to be completed
    later."""

    columns: Mapping[str, str | None] = field(default_factory=dict)
    hours_are: Unit = ""
    fill_down: bool | None = None
    year: int | None = None
    fixes: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    similar: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    left_out: frozenset[int] = frozenset()
    aside: frozenset[int] = frozenset()
    sexes: str = ""
    """What 1 and 2 mean in a column « Sexe » (`coded_sex.CHOICES`); empty: not asked."""
    days: str = ""
    """Whether lines of days or weeks are added up by month (`days.CHOICES`); empty: not asked."""
    encoding: str = ""
    delimiter: str = ""
    """Of a text file, where the author changed what was guessed."""

    def kept(self) -> dict[str, Any]:
        """As JSON."""
        return {
            **asdict(self),
            "fixes": {str(line): dict(fixed) for line, fixed in self.fixes.items()},
            "left_out": sorted(self.left_out),
            "aside": sorted(self.aside),
        }

    def layout(self) -> dict[str, Any]:
        """What the next file of this layout should not be asked again: everything but its year, its cells and how its text is written."""
        decided = "" if self.hours_are in UNDECIDED else self.hours_are
        return {"columns": dict(self.columns), "hours_are": decided, "fill_down": self.fill_down, "sexes": self.sexes, "days": self.days}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Answers:
        """From JSON as `kept` or `layout` wrote it."""
        return cls(
            columns=dict(kept.get("columns") or {}),
            hours_are=kept.get("hours_are") if kept.get("hours_are") in UNITS else "",  # type: ignore[arg-type]
            fill_down=kept.get("fill_down"),
            year=kept.get("year"),
            fixes={int(line): dict(fixed) for line, fixed in (kept.get("fixes") or {}).items()},
            similar={name: dict(values) for name, values in (kept.get("similar") or {}).items()},
            left_out=frozenset(kept.get("left_out") or ()),
            aside=frozenset(kept.get("aside") or ()),
            sexes=str(kept.get("sexes") or ""),
            days=str(kept.get("days") or ""),
            encoding=str(kept.get("encoding") or ""),
            delimiter=str(kept.get("delimiter") or ""),
        )

    def fixed(self, line: int, values: dict[str, str]) -> dict[str, str]:
        """A line's cells with the author's corrections: the same object where there are none."""
        if not self.similar and line not in self.fixes:
            return values
        found = {name: self.similar.get(name, {}).get(cell, cell) for name, cell in values.items()}
        for name, value in self.fixes.get(line, {}).items():
            field, _, period = name.partition("@")
            if not period or found.get("period") == period:
                found[field] = value
        return found
