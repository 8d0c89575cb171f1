"""The three sentences for a director: each complete when it stands alone, and saying what the figures beside it are."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from services.indicators import app  # noqa: F401  the service as a whole first: its pages and its documents know each other
from services.indicators.pages.request import MASKED
from services.indicators.panorama.figures import Figure, ref_of
from services.indicators.panorama.sentences import ready
from services.indicators.panorama.sheet import KEYS, Key, Row, Sheet, Table
from services.indicators.panorama.typeset import NOTES
from services.indicators.release.disclosure import NOT_NIL, Contributors, hides_hours
from services.indicators.rules.reviews import KEPT
from services.indicators.views.files import HIDDEN_TEXT
from tests.reading import plain

VALUES = {
    "I01": ("12 480 h", "12480"), "I05": ("150", "150"), "I07": ("22,00 %", "22"), "I18": ("7,77", "7.77"),
    "I15": ("30 000 h", "30000"), "I16": ("91,00 %", "91"), "I10": ("12", "12"), "I05G": ("0", "0"),
}  # fmt: skip


def figure(indicator: str, value: str, number: str | None, period: str = "2025") -> Figure:
    status = "secret" if value == "s." else "ok"
    return Figure(ref_of(indicator, period, "department", "93"), value, status, None if number is None else Decimal(number))


def a_sheet(**said: tuple[str, str | None]) -> Sheet:
    """The sheet of the 93, without an earlier year. `said`: (as printed, number) in place of the usual."""
    values = {**VALUES, **said}
    keys = tuple(Key(label, figure(name, *values[name]), "20,50 %" if name == "I07" else "", "") for name, label in KEYS)
    publics = Table("public", "Public", ("Public", "Heures", "Personnes"), (Row("Bénéficiaire du RSA", (figure("I01", "6 240", "6240"),)),))
    return Sheet(
        "93", "Seine-Saint-Denis", "de la Seine-Saint-Denis", "2025", keys, Table("quarters", "", (), ()), (publics,), (2, 8), None,
        figure("I01", "100 000 h", "100000"), upper_bound=True, full_time=1607,
    )  # fmt: skip


def test_each_sentence_names_its_year_and_its_place() -> None:
    for sentence in ready(a_sheet()):
        assert "2025" in sentence
        assert "en Seine-Saint-Denis" in sentence


def test_hours_of_groups_were_not_made_by_the_persons_declared_one_by_one() -> None:
    alone, beside, hidden = (plain(ready(a_sheet(I05G=said))[1]) for said in (("0", "0"), ("340", "340"), ("s.", None)))
    assert "par au plus 150 personnes, dont 22,00 % de femmes (région : 20,50 %)." in alone
    assert "en groupe" not in alone
    assert "par au plus 150 personnes déclarées individuellement, dont" in beside
    assert "et par au moins 340 personnes déclarées en groupe" in beside
    assert "et par d’autres personnes déclarées en groupe" in hidden


def test_a_public_that_nothing_is_compared_with_is_not_said_to_be_the_largest() -> None:
    """« Les publics qui réalisent le plus d’heures, parmi ceux dont le chiffre est publié » was said of one."""
    one = a_sheet()
    [table] = one.tables
    hidden = replace(table, rows=(*table.rows, Row("Demandeur d’emploi", (figure("I01", "s.", None),))))
    two = replace(table, rows=(*table.rows, Row("Demandeur d’emploi", (figure("I01", "3 120", "3120"),))))
    said = {name: plain(ready(replace(one, tables=(found,)))[2]) for name, found in {"one": table, "hidden": hidden, "two": two}.items()}
    assert said["one"] == "Un seul public a des heures en Seine-Saint-Denis en 2025 : « Bénéficiaire du RSA » (50,0 % des heures)."
    assert said["hidden"].startswith(
        "Un seul public a un chiffre publié en Seine-Saint-Denis en 2025 : « Bénéficiaire du RSA » (50,0 % des heures)"
    )
    assert said["two"].startswith(
        "Les publics qui réalisent le plus d’heures en Seine-Saint-Denis en 2025 : « Bénéficiaire du RSA » (50,0 % des heures)"
    )


def test_a_year_in_which_declarations_begin_is_told_as_such() -> None:
    """A sentence stands alone in a note: « en 2025, 12 480 heures » would be the whole year's."""
    sentences = [plain(one) for one in ready(replace(a_sheet(), part="dès octobre"))]
    assert sentences[0].startswith("En 2025 (dès octobre), 12 480 heures d’insertion")
    assert sentences[1].startswith("Les heures réalisées en 2025 (dès octobre) en Seine-Saint-Denis représentent")
    assert all("(dès octobre)" in one for one in sentences)


def test_what_may_be_zero_is_not_said_to_be_none() -> None:
    """Nobody with a sensitive criterion is hidden too: « il n’est pas nul » beside it was untrue."""
    assert hides_hours(Contributors(), sensitive=True)
    hiding = a_sheet(**dict.fromkeys(VALUES, ("s.", None)))
    for text in (MASKED, HIDDEN_TEXT, NOTES, *ready(hiding)):
        if "nul" in text:
            assert NOT_NIL in text
    assert sum("nul" in text for text in (MASKED, HIDDEN_TEXT, NOTES, *ready(hiding))) == 4


def test_a_figure_that_is_an_older_release_s_says_so_in_words() -> None:
    kept = a_sheet(I01=(f"12 480 h{KEPT}", "12480"))
    before = replace(kept, before=figure("I01", f"11 000 h{KEPT}", "11000", "2024"))
    for sheet in (kept, before):
        sentences = [plain(one) for one in ready(sheet)]
        assert not any(KEPT in one for one in sentences), sentences
        assert sentences[0].startswith("En 2025, 12 480 heures d’insertion")
        assert "chiffre d’une publication antérieure" in sentences[0]
        assert "chiffre d’une publication antérieure" not in sentences[1], "its own figures are of this release"
    evolution = plain(ready(before)[2])
    assert evolution.startswith("Par rapport à 2024 (11 000 h), les heures réalisées en 2025 en Seine-Saint-Denis ont augmenté de 13,5 %")
    assert "chiffre d’une publication antérieure" in evolution
