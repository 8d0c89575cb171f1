"""What printed shares tell the attacker: parts of a sum like others, and where there is nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.vocabulary.publics import SENSITIVE
from services.indicators.attack.files import Figure, Place, Promise, Publication, Published
from services.indicators.attack.knowledge import SENSITIVE as KNOWN_TO_BE_SENSITIVE
from services.indicators.attack.verdict import attack

YEAR, QUARTER = "2025", "2025-Q1"


def _place(period: str, **codes: str) -> Place:
    return period, tuple(sorted(codes.items()))


def _cells(**values: dict[Place, str | None]) -> Published:
    figures = {
        indicator: {place: Figure(value, "secret" if value is None else "ok", "") for place, value in of.items()}
        for indicator, of in values.items()
    }
    return Published((Publication("2025-1", "2026-01-01", figures),))


def test_women_of_whom_only_a_share_is_printed_are_part_of_all_women() -> None:
    """Left out of the sum, the five of the hidden share would have to be all six hundred: the files seemed to contradict each other."""
    verdict = attack(
        _cells(
            I05={
                _place(YEAR): "1000", _place(YEAR, sex="F"): "600", _place(YEAR, modality="EI"): "900", _place(YEAR, modality="ACI"): "95",
                _place(YEAR, modality="ESAT"): "9",
            },
            I07={_place(YEAR): "60.00", _place(YEAR, modality="EI"): "60.00", _place(YEAR, modality="ACI"): "62.11", _place(YEAR, modality="ESAT"): None},
        )
    )  # fmt: skip
    assert (verdict.attacked, verdict.findings) == (1, [])


def test_a_share_that_sums_leave_one_value_is_recovered() -> None:
    """All women are in two modalities: of the second share nothing is printed, and yet it is known."""
    verdict = attack(
        _cells(
            I05={
                _place(YEAR): "20", _place(YEAR, sex="F"): "10", _place(YEAR, modality="EI"): "15", _place(YEAR, modality="ACI"): "5",
            },
            I07={_place(YEAR, modality="EI"): "33.33", _place(YEAR, modality="ACI"): None},
        )
    )  # fmt: skip
    assert [(found.kind, found.place) for found in verdict.findings] == [("recovered", f"{YEAR} modality=ACI sex=F")]


def test_a_year_without_women_hides_no_quarter_without_any() -> None:
    verdict = attack(
        _cells(
            I05={_place(YEAR, modality="EI"): "40", _place(QUARTER, modality="EI"): None},
            I07={_place(YEAR, modality="EI"): "0.00", _place(QUARTER, modality="EI"): None},
        )
    )
    assert (verdict.attacked, verdict.findings) == (1, []), "the persons of the quarter are hidden, that no woman is among them was printed"


def test_a_share_that_is_kept_as_none_is_unknown_like_every_kept_figure() -> None:
    """Nobody was there when it was last said; whether there is somebody now, and who, is not."""
    women = _place(YEAR, modality="ACI", sex="F")
    figures = {
        "I05": {_place(YEAR, modality="ACI"): Figure("8", "ok", ""), _place(YEAR, modality="EI"): Figure("30", "ok", "")},
        "I07": {_place(YEAR, modality="ACI"): Figure(None, "nc", "2025-1"), _place(YEAR, modality="EI"): Figure(None, "secret", "")},
    }
    promised = (Promise("I05", women, 2.0, 1.0, 1.0),)
    verdict = attack(Published((Publication("2025-2", "2026-01-01", figures),), promises=promised))
    assert (verdict.attacked, verdict.findings) == (2, [])
    said = {**figures, "I07": {**figures["I07"], _place(YEAR, modality="ACI"): Figure(None, "nc", "")}}
    found = attack(Published((Publication("2025-2", "2026-01-01", said),), promises=promised)).findings
    assert [one.kind for one in found] == ["printed"], "said today, it tells that nobody is there"


def test_what_should_be_hidden_is_missed_also_where_nothing_is() -> None:
    """A release that hides nothing of a year has no unknown figure to attack, and gives all away."""
    place = _place(YEAR, modality="ACI")
    figures = {"I01": {place: Figure("8.00", "ok", ""), _place(YEAR): Figure("8.00", "ok", "")}}
    published = Published((Publication("2025-1", "2026-01-01", figures),), promises=(Promise("I01", place, 8.0, 1.6, 1.6),))
    assert [(found.kind, found.place, found.least) for found in attack(published).findings] == [("printed", f"{YEAR} modality=ACI", 8.0)]


@pytest.mark.parametrize(
    ("truth", "apart", "found"),
    [
        (8.0, True, ["recovered"]),
        (10.0, True, []),  # two of them moved house within the year: who adds up is wrong
        (8.0, False, []),  # public before such sums were protected
    ],
)
def test_who_lives_in_one_department_is_in_one_part_of_the_sum(truth: float, apart: bool, found: list[str]) -> None:
    """Persons are not added by us; a reader adds those who live in different departments, and is right wherever nobody is counted twice."""
    hidden = _place(YEAR, residence_department="93")
    said = _cells(I05={_place(YEAR): "20", _place(YEAR, residence_department="75"): "12", hidden: None})
    of = frozenset({(YEAR, "persons")}) if apart else frozenset()
    published = replace(
        said, publications=tuple(replace(one, apart=of) for one in said.publications), truths={("2025-1", "I05", hidden): truth}
    )
    assert [one.kind for one in attack(published).findings] == found


def test_what_a_wrong_guess_leaves_is_no_finding_though_the_truth_is_within() -> None:
    """Two moved from one to the other between two releases, and nothing printed shows it: who takes both to be the same bounds the first by a year
    that is over, and is right by luck."""
    first, second = _place(QUARTER, modality="EI"), _place(QUARTER, modality="ACI")
    printed = {_place(QUARTER): "20", _place(QUARTER, modality="ESAT"): "8", first: None, second: None}
    older, newer = (
        {**printed, _place(YEAR, modality="EI"): of_the_year} for of_the_year in ("6", "15")
    )  # fmt: skip
    of = frozenset({(YEAR, "persons")})
    published = Published(
        tuple(
            replace(_cells(I05=cells).publications[0], release=release, apart=of)
            for release, cells in (("2025-2", newer), ("2025-1", older))
        ),
        promises=(Promise("I05", first, 6.0, 1.0, 1.0),),
        truths={
            ("2025-1", "I05", first): 4.0,
            ("2025-1", "I05", second): 8.0,
            ("2025-2", "I05", first): 6.0,
            ("2025-2", "I05", second): 6.0,
        },
    )
    assert attack(published).findings == []
    same = replace(published, truths={**published.truths, ("2025-1", "I05", first): 6.0, ("2025-1", "I05", second): 6.0})
    assert [found.kind for found in attack(same).findings] == ["narrow"], "who is right to take them to be the same, has learnt it"


@pytest.mark.parametrize(
    ("codes", "somebody", "found"),
    [
        (("EI", "ACI"), True, ["recovered", "recovered"]),  # « s. » is never zero: two come to two as one and one
        (("EI", "ACI"), False, []),  # public before hidden numbers were protected so
        (("TH", "REFUGIE"), True, []),  # of a sensitive criterion zeros are hidden too
    ],
)
def test_what_is_hidden_is_somebody(codes: tuple[str, str], somebody: bool, found: list[str]) -> None:
    assert KNOWN_TO_BE_SENSITIVE == SENSITIVE
    name = "public" if codes[0] in SENSITIVE else "modality"
    first, second = (_place(YEAR, **{name: code}) for code in codes)
    said = _cells(I05={_place(YEAR): "20", _place(YEAR, **{name: "X"}): "18", first: None, second: None})
    published = _told(said, {first: 1.0, second: 1.0}, somebody=somebody)
    assert [one.kind for one in attack(published).findings] == found


def test_printed_hours_tell_that_there_are_enough_persons() -> None:
    """The rules are public: hours of fewer than five are not printed. Two hidden numbers of ten persons are then five each, unless groups may
    have worked there too."""
    for name, codes, recovered in (("public", ("BRSA", "DELD", "FLE"), 2), ("department", ("75", "93", "94"), 0)):
        shown, first, second = (_place(YEAR, **{name: code}) for code in codes)
        said = _cells(I05={_place(YEAR): "30", shown: "20", first: None, second: None}, I01=dict.fromkeys((first, second), "900.00"))
        assert len(attack(_told(said, {first: 5.0, second: 5.0})).findings) == recovered


def test_a_share_is_hidden_for_somebody() -> None:
    """Each of two hidden shares of printed numbers speaks of a woman at least, and there are two."""
    cells = {_place(YEAR): "20", _place(YEAR, sex="F"): "8", _place(YEAR, modality="EI"): "7", _place(YEAR, modality="ACI"): "7"}
    shares = {_place(YEAR, modality="EI"): None, _place(YEAR, modality="ACI"): None, _place(YEAR, modality="ESAT"): "100.00"}
    said = _cells(I05={**cells, _place(YEAR, modality="ESAT"): "6"}, I07=shares)
    women = {_place(YEAR, modality=code, sex="F"): 1.0 for code in ("EI", "ACI")}
    assert [one.kind for one in attack(_told(said, women)).findings] == ["recovered", "recovered"]


def _told(said: Published, truths: dict[Place, float], *, somebody: bool = True) -> Published:
    of = frozenset({(YEAR, "persons")})
    publications = tuple(replace(one, apart=of, somebody=of if somebody else frozenset()) for one in said.publications)
    return replace(said, publications=publications, truths={("2025-1", "I05", place): value for place, value in truths.items()})
