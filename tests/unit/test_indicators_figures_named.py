"""A figure in words is that figure alone: what a corrigendum, a comment or a list of revisions says can be taken for no other."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from services.indicators import app  # noqa: F401  the service as a whole first
from services.indicators.catalogue.dimensions import BY_NAME
from services.indicators.pages import revisions
from services.indicators.panorama import figures
from services.indicators.release.revisions import Revised
from services.indicators.release.tables import DIMENSIONS
from tests.reading import plain


def test_no_two_figures_have_one_name() -> None:
    """Who works in Paris and who lives there, « non communiqué » of the public and of the sex, « autre » of the buyer and of the contract."""
    places = [((), ()), *(((name,), (code,)) for name in DIMENSIONS for code in BY_NAME[name].codes)]
    places += [(("department", name), ("93", code)) for name in DIMENSIONS[1:] for code in BY_NAME[name].codes]
    names = Counter(figures.named(figures.ref_of("I01", "2025", ",".join(split), *codes)) for split, codes in places)
    assert [name for name, times in names.items() if times > 1] == []
    assert figures.named("I01/2025/department/75") == "Heures réalisées, Paris, 2025"
    assert figures.named("I01/2025/residence_department/75") == "Heures réalisées, résidence : Paris, 2025"


def test_a_revision_of_less_than_is_written_usually_is_written_with_its_decimals() -> None:
    one = Revised("I18", "2025-Q2", "residence_department", ("75",), Decimal("20.34"), Decimal("19.84"))
    assert [plain(cell) for cell in revisions.row(one)] == [
        "Équivalents temps plein", "résidence : Paris", "2e trimestre 2025", "20,34", "19,84", "−0,50", "−2,5 %",
    ]  # fmt: skip
    large = Revised("I01", "2025", "department", ("93",), Decimal("147988.75"), Decimal("147566.37"))
    assert [plain(cell) for cell in revisions.row(large)][3:] == ["147 989", "147 566", "−422", "−0,3 %"]
