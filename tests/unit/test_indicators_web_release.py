# ruff: noqa: F811  fixtures are taken by their name
"""A release built from facts: what it prints is right, what it hides stays hidden in every table that says the same thing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

import pytest

from schemas.vocabulary.places import DEPARTMENTS
from schemas.vocabulary.publics import SENSITIVE
from services.indicators.catalogue.answers import answer
from services.indicators.catalogue.definitions import BY_ID
from services.indicators.catalogue.questions import of_parameters
from services.indicators.catalogue.territories import departments_of_territory, territory_of
from services.indicators.release.build import build, measure
from services.indicators.release.memory import Remembered
from services.indicators.release.printed import Cell
from services.indicators.release.tables import Key
from services.indicators.replica.columnar import Columnar
from tests.unit.built_release import TODAY, built, contract, lines_of, load, of, replica  # noqa: F401  fixtures

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("release")]


def _in(line: dict[str, object], period: str) -> bool:
    start, months = line["period_start"], line["period_months"]
    assert isinstance(start, date)
    assert isinstance(months, int)
    if not period.startswith(str(start.year)) or (start.year == 2026 and start.month + months - 1 > 9):
        return False
    if "-S" in period:
        return (start.month + 5) // 6 == int(period[-1])
    return "-" not in period or (months <= 3 and (start.month + 2) // 3 == int(period[-1]))


@pytest.mark.parametrize("seed", range(1))
async def test_what_is_printed_is_right_and_small_cells_are_not_printed(replica: Columnar, seed: int) -> None:
    lines = lines_of(seed)
    release = await built(replica, lines)
    hours, persons = of(release, "I01"), of(release, "I05")
    assert release.figures_until == date(2026, 10, 1)
    assert set(release.periods) == {
        "2025",
        "2026",
        "2025-S1",
        "2025-S2",
        "2026-S1",
        *(f"2025-Q{n}" for n in range(1, 5)),
        *(f"2026-Q{n}" for n in range(1, 4)),
    }
    inside = {period: [line for line in lines if _in(line, period)] for period in release.periods}
    for key, cell in hours.items():
        here = [line for line in inside[key[0]] if all(line.get(name, "NC") == code for name, code in key[1])]
        by_employer: dict[object, int] = defaultdict(int)
        for line in here:
            by_employer[line["employer"]] += int(str(line["centihours"]))
        total, people = sum(by_employer.values()), len({line["who"] for line in here})
        sensitive = any(code in SENSITIVE for _, code in key[1])
        if total and (people < (11 if sensitive else 5) or len(by_employer) < 3 or max(by_employer.values()) > 0.85 * total):
            assert cell.status == "secret", key
        if cell.status == "ok":
            assert cell.value == Decimal(total) / 100, key
        if key in persons and persons[key].status == "ok":
            assert persons[key].value == people, key
            assert people == 0 or people >= (11 if sensitive else 5), key


async def test_one_employer_alone_hides_everything(replica: Columnar) -> None:
    lines = [{**line, "employer": "E1"} for line in lines_of(0, 300)]
    release = await built(replica, lines)
    hours = of(release, "I01").values()
    assert all(cell.status == "secret" or not cell.value for cell in hours)
    assert any("2025" in reason for reason in release.not_ready)


@pytest.mark.parametrize("seed", range(1))
async def test_what_says_the_same_is_hidden_together(replica: Columnar, seed: int) -> None:
    release = await built(replica, lines_of(seed))
    hours, persons = of(release, "I01"), of(release, "I05")
    for indicator in ("I02", "I18"):
        for key, cell in of(release, indicator).items():
            assert (cell.status == "secret") is (hours[key].status == "secret"), (indicator, key)
    for key, cell in of(release, "I18").items():
        if cell.value is not None:
            assert cell.value == (Decimal(str(hours[key].value)) / 1607).quantize(Decimal("0.01"), ROUND_HALF_UP)
    for key, cell in of(release, "I06").items():
        whole = key[0], tuple(code for code in key[1] if code[0] != "sex")
        assert cell.status == "nc" or (cell.status == "secret") is ("secret" in {persons[key].status, persons[whole].status}), key
    for key, cell in of(release, "I07").items():
        with_women = (key[0], (*key[1], ("sex", "F")))
        if persons[key].status == "secret" or (with_women in persons and persons[with_women].status == "secret"):
            assert cell.status == "secret", key


async def test_large_totals_stay_visible_and_nobody_there_is_no_secret(replica: Columnar) -> None:
    release = await built(replica, lines_of(0))
    hours = of(release, "I01")
    assert hours["2025", ()].status == "ok"
    assert hours["2025", (("department", "93"),)].status == "ok"
    assert hours["2025", (("department", "78"),)].value == 0
    assert hours["2025", (("department", "78"), ("public", "AAH"))].status == "ok", "nobody worked there at all"
    assert hours["2025", (("department", "93"), ("public", "ASE"))].status == "secret", "that nobody has a sensitive criterion is a secret"


async def test_a_territory_is_printed_and_hangs_together_with_its_department(replica: Columnar) -> None:
    release = await built(replica, lines_of(0))
    hours = of(release, "I01")
    own = territory_of()["93066"]
    assert hours["2025", (("ept", own),)].status == "ok"
    assert of(release, "I05")["2025", (("ept", own),)].status == "ok"
    crossed = {codes for period, codes in hours if period == "2025" and {name for name, _ in codes} == {"department", "ept"}}
    places = {(dict(codes)["department"], dict(codes)["ept"]) for codes in crossed}
    around = departments_of_territory()
    assert places == {(code, siren) for siren in around for code in around[siren]} | {(code, "NC") for code in DEPARTMENTS}
    of_93 = [hours["2025", codes] for codes in crossed if ("department", "93") in codes]
    if all(cell.value is not None for cell in of_93):
        assert sum(cell.value or 0 for cell in of_93) == hours["2025", (("department", "93"),)].value


async def test_contracts_are_counted_as_the_catalogue_counts_them(replica: Columnar) -> None:
    """Without a clause none is; one that is notified runs from its first day only; the divisor is that of the period."""
    contracts = [
        contract(1), contract(2, department="75", ends_on=date(2025, 11, 30)), contract(3, clause="f", procured="t"),
        contract(4, starts_on=date(2026, 4, 1), notified_on=date(2025, 12, 1)),
    ]  # fmt: skip
    await load(replica, lines_of(2), contracts, [("full_time_hours", "2026-01-01", "1600")])

    async def asked(name: str, period: str, department: str | None) -> Decimal | None:
        more = [("department", department)] if department else []
        question = of_parameters(BY_ID[name], [("period", period), *more], date(2026, 10, 1))
        return (await replica.ask(lambda connection: answer(connection, question)))[0].cells[0].value

    measured, _ = await replica.ask(lambda connection: measure(connection, TODAY, [], {}))
    release = build(measured, TODAY)
    shown = 0
    for name in ("I10", "I12", "I15", "I16", "I18"):
        for (period, codes), cell in of(release, name).items():
            if cell.status == "secret" or any(axis != "department" for axis, _ in codes):
                continue
            expected = await asked(name, period, codes[0][1] if codes else None)
            # The working face knows all of 2026, the release what is over of it.
            if name != "I18" or period != "2026":
                assert cell.value == expected, (name, period, codes)
            shown += cell.value is not None
    assert shown > 100
    assert of(release, "I10")["2025", ()].value == 2
    hours = of(release, "I01")["2026-Q1", ()].value or Decimal(0)
    assert of(release, "I18")["2026-Q1", ()].value == (hours / 1600).quantize(Decimal("0.01"), ROUND_HALF_UP)


async def test_a_release_of_nothing_is_empty(replica: Columnar) -> None:
    release = await built(replica, [])
    assert release.cells == ()
    assert release.periods == ()


async def test_a_share_of_a_hidden_number_of_persons_is_not_told(replica: Columnar) -> None:
    """One person of three is known by the structure's token only: 0,6667 would say that there are three."""
    few = [{**line, "joinable": "f" if line["who"] == "P0" else "t"} for line in lines_of(0, 900) if line["who"] in {"P0", "P1", "P2"}]
    release = await built(replica, few)
    hidden = {period for (period, codes), cell in of(release, "I05").items() if not codes and cell.status == "secret"}
    assert {"2025", "2026"} <= hidden
    assert hidden.isdisjoint({*release.joinable, *release.shares_kept})


async def test_a_share_keeps_its_release_where_its_number_does(replica: Columnar) -> None:
    """A change by one person is not printed; the share beside would tell it."""
    lines = lines_of(0)
    first = await built(replica, lines)
    newcomer = {**lines[0], "line_id": UUID(int=7), "who": "L7", "joinable": "f", "period_start": date(2025, 2, 1), "period_months": 1}
    await load(replica, [*lines, newcomer])
    past = [Remembered("2026-1", {name: replace(one, release="2026-1") for name, one in first.memory.items()})]
    atoms = {("2026-1", year): packed for year, packed in first.atoms.items()}
    measured, _ = await replica.ask(lambda connection: measure(connection, TODAY, past, atoms))
    second = build(measured, TODAY, past)
    persons = of(second, "I05")
    assert persons["2025", ()].since == "2026-1"
    assert second.shares_kept["2025"] == "2026-1"
    assert "2025" not in second.joinable
    printed = {period for (period, codes), cell in persons.items() if not codes and cell.status == "ok" and cell.value and not cell.since}
    assert printed == {*second.joinable, *second.shares_kept} - {period for period, cell in _region(persons).items() if cell.since}


async def test_a_person_who_is_known_everywhere_from_now_on_is_no_news(replica: Columnar) -> None:
    """As many persons as before: the share that is said with them stays too, or it would tell that one of them was identified."""
    before = [{**line, "joinable": "f" if line["who"] == "P5" else "t"} for line in lines_of(0)]
    first = await built(replica, before)
    await load(replica, [{**line, "who": "R5", "joinable": "t"} if line["who"] == "P5" else line for line in before])
    past = [Remembered("2026-1", {name: replace(one, release="2026-1") for name, one in first.memory.items()})]
    atoms = {("2026-1", year): packed for year, packed in first.atoms.items()}
    measured, _ = await replica.ask(lambda connection: measure(connection, TODAY, past, atoms))
    second = build(measured, TODAY, past)
    assert first.joinable["2025"] < 1
    assert (second.shares_kept["2025"], second.joinable.get("2025")) == ("2026-1", None)
    assert _region(of(second, "I05"))["2025"].value == _region(of(first, "I05"))["2025"].value


def _region(cells: dict[Key, Cell]) -> dict[str, Cell]:
    return {period: cell for (period, codes), cell in cells.items() if not codes}


async def test_one_person_of_another_sex_is_no_news(replica: Columnar) -> None:
    """Nobody comes or goes where somebody said to be a woman is said to be a man, and yet the share of women would tell it; so it would beside
    hours that many others corrected."""
    lines = lines_of(0)
    first = await built(replica, lines)
    shares = of(first, "I07")
    place = ("2025", (("modality", "EI"),))
    assert shares[place].status == "ok"
    here = [line for line in lines if line["modality"] == "EI" and _in(line, "2025")]
    woman = next(str(line["who"]) for line in here if line["sex"] == "F")
    corrected = [
        {**line, "sex": "M" if line["who"] == woman else line["sex"], "centihours": int(str(line["centihours"])) + 100} for line in lines
    ]
    assert len({line["who"] for line in here if line["sex"] == "F"} - {woman}) >= 5
    await load(replica, corrected)
    past = [Remembered("2026-1", {name: replace(one, release="2026-1") for name, one in first.memory.items()})]
    atoms = {("2026-1", year): packed for year, packed in first.atoms.items()}
    measured, _ = await replica.ask(lambda connection: measure(connection, TODAY, past, atoms))
    second = build(measured, TODAY, past)
    assert of(second, "I01")[place].since is None, "the hours that many corrected are told"
    assert (of(second, "I07")[place].status, of(second, "I07")[place].since) == ("secret", "2026-1")
    region = of(second, "I06")["2025", (("sex", "F"),)]
    assert region.since == "2026-1" or of(first, "I06")["2025", (("sex", "F"),)].status == "secret"
