"""Published tables as pages read them: one question to the database, then any cell by its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from kit.postgres import Pool
from kit.typography import NBSP, THIN
from kit.web import filters
from schemas.vocabulary.publics import SENSITIVE
from services.indicators.catalogue.definitions import BY_ID
from services.indicators.release import store
from services.indicators.release.disclosure import RULES, Rules
from services.indicators.release.store import PrintedCell, Published

ABSENT: Final = PrintedCell((), None, "nc")
KEPT: Final = Markup(
    ' <abbr class="secret" title="Non mis à jour : la correction porterait sur trop peu de personnes ou d’entreprises">*'
    '<span class="visually-hidden"> (non mis à jour)</span></abbr>'
)


@dataclass(frozen=True)
class Tables:
    """The cells of some periods of a release."""

    release: Published
    cells: dict[tuple[str, str, str, tuple[str, ...]], PrintedCell]
    shares: dict[str, str]

    def cell(self, indicator: str, period: str, split: str = "", *codes: str) -> PrintedCell:
        return self.cells.get((indicator, period, split, codes), ABSENT)

    def value(self, indicator: str, period: str, split: str = "", *codes: str) -> Decimal | None:
        found = self.cell(indicator, period, split, *codes).value
        return None if found is None else Decimal(found)

    def shown(self, indicator: str, period: str, split: str = "", *codes: str) -> Markup:
        return shown(indicator, self.cell(indicator, period, split, *codes))

    def column(self, indicator: str, period: str, split: str) -> dict[str, PrintedCell]:
        """Code → cell of a table with one split."""
        return {key[3][0]: cell for key, cell in self.cells.items() if key[:3] == (indicator, period, split)}

    def is_upper_bound(self, period: str) -> bool:
        """Whether some persons may have been counted twice."""
        return Decimal(self.shares.get(period, "1")) < 1


async def read(pool: Pool, release: Published, wanted: Mapping[str, Sequence[str]]) -> Tables:
    """The tables of each period that a page prints (period → splits), and nothing more: a release has some 35,000 cells."""
    pairs = [(period, split) for period, splits in wanted.items() for split in splits]
    rows = await pool.fetch(
        """
        select c.indicator, c.period, c.split, c.code_1, c.code_2, c.value, c.status, c.since
        from unnest($2::text[], $3::text[]) as w(period, split)
        join published_cells c on c.release = $1 and c.period = w.period and c.split = w.split
        """,
        release.release,
        [period for period, _ in pairs],
        [split for _, split in pairs],
    )
    cells = {}
    for row in rows:
        width = row["split"].count(",") + 1 if row["split"] else 0
        codes = (row["code_1"], row["code_2"])[:width]
        cells[row["indicator"], row["period"], row["split"], codes] = PrintedCell(codes, row["value"], row["status"], row["since"])
    return Tables(release, cells, await store.joinable_shares(pool, release.release))


def shown(indicator: str, cell: PrintedCell, *, unit: bool = False, sensitive: bool = False) -> Markup:
    """A cell as a reader sees it: « s. » when it is protected, a dash when it does not exist, hours without decimals, * when kept."""
    if cell.status == "secret":
        return secret(indicator, sensitive=sensitive or not SENSITIVE.isdisjoint(cell.codes))
    if cell.value is None:
        return Markup('<span class="soft">–</span>')
    text = Markup.escape(written(indicator, cell.value, unit=unit))
    return text + KEPT if cell.since else text


def secret(indicator: str, *, sensitive: bool = False) -> Markup:
    """« s. » with the rules that its kind of figure is held to. Which of them hid it is not said: that would tell what is behind."""
    return _SECRET.format(why=f"Donnée masquée : {rule_of(indicator, sensitive=sensitive)}")


def rule_of(indicator: str, *, sensitive: bool = False, rules: Rules = RULES) -> str:
    """The rules in force for one figure, in words."""
    persons = f"moins de {rules.persons_needed(sensitive=sensitive)} personnes{' (critère sensible)' if sensitive else ''}"
    if BY_ID[indicator].counts_persons or BY_ID[indicator].unit == "personnes":
        return f"{persons}, ou masquée pour en protéger une autre"
    largest = int(rules.largest_share * 100)
    return f"{persons}, moins de {rules.min_employers} employeurs, un employeur à plus de {largest}{THIN}%, ou masquée pour en protéger une autre"


_SECRET: Final = Markup('<abbr class="secret" title="{why}">s.<span class="visually-hidden"> (donnée masquée)</span></abbr>')


def written(indicator: str, value: str | Decimal, *, unit: bool = False) -> str:
    """12 480 h, 15,1 %, 264 ETP. Shares always carry their sign."""
    kind = BY_ID[indicator].unit
    text = filters.number(value, 1 if kind == "%" else 0)
    return f"{text}{THIN if kind == '%' else NBSP}{kind}" if unit or kind == "%" else text
