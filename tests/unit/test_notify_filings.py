"""What a counted filing tells a coordination, and when a mail leaves."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

import holidays
import pytest

from schemas.countings import DeclarationCounted, DepartmentMove
from schemas.declarations import Declaration, DeclarationCorrected, DeclarationReceived, DeclarationWithdrawn, DepartmentHours
from services.notify.rules import digest_letters, filing_letters, filings, workdays
from services.notify.rules.filings import Notice

NUMBER = "D-2028-000456"


def received(*parts: tuple[str, int, int]) -> DeclarationReceived:
    return DeclarationReceived(
        declaration_id=NUMBER, revision=1, declarant_id=uuid4(), lines=sum(p[1] for p in parts), lines_announced=sum(p[1] for p in parts),
        departments=tuple(DepartmentHours(department=d, lines=n, centihours=h) for d, n, h in parts),
    )  # fmt: skip


def counted(revision: int = 1, dead: int = 0, **moves: tuple[int, int]) -> DeclarationCounted:
    return DeclarationCounted(
        declaration_id=NUMBER, revision=revision, lines=3, applied=3 - dead, dead=dead, positions={},
        counted_at=datetime(2028, 10, 16, 12, tzinfo=UTC),
        departments=tuple(DepartmentMove(department=d[1:], centihours_before=b, centihours_after=a) for d, (b, a) in moves.items()),
    )  # fmt: skip


def test_one_notice_a_department() -> None:
    found = filings.notices(received(("93", 2, 15_917), ("75", 1, 100)), counted(d93=(0, 15_917), d75=(0, 100)))
    assert [(n.department, n.lines, n.after) for n in found] == [("75", 1, 100), ("93", 2, 15_917)]
    assert filings.title(found[1]) == "Déclaration D-2028-000456 comptée : 159,17 h, 2\u00a0lignes"


def test_large_numbers_are_read_in_french() -> None:
    [found] = filings.notices(received(("93", 1207, 1_248_050)), counted(d93=(0, 1_248_050)))
    assert filings.title(found) == "Déclaration D-2028-000456 comptée : 12\u202f480,50 h, 1\u202f207\u00a0lignes"


def test_a_department_that_did_not_move_is_told_too() -> None:
    [found] = filings.notices(received(("93", 2, 500)), counted())
    assert (found.before, found.after, found.lines) == (0, 0, 2)


def test_dead_lines_are_said() -> None:
    [found] = filings.notices(received(("93", 3, 500)), counted(dead=1, d93=(0, 400)))
    assert "comptée en partie" in filings.title(found)


def correction(kind: type[Declaration], before: int, after: int) -> Notice:
    declared = kind.model_validate({**received(("93", 3, after)).model_dump(), "revision": 2, "reason": "UNIT_ERROR"})
    [found] = filings.notices(declared, counted(2, d93=(before, after)))
    return found


def test_a_correction_says_its_difference_and_its_reason() -> None:
    found = correction(DeclarationCorrected, 1_250_500, 125_050)
    assert found.kind == "FILING_CORRECTED"
    assert filings.title(found).startswith("Déclaration D-2028-000456 corrigée : −11\u202f254,50 h (12\u202f505,00 → 1\u202f250,50), ")
    assert filings.title(found).endswith("erreur d’unité")
    letter = filing_letters.filing("Zoé", found, "http://h", datetime(2028, 10, 16, 12, 12, tzinfo=UTC))
    assert ("Écart", "−11\u202f254,50 h") in letter.facts
    assert "14\u00a0h\u00a012" in letter.paragraphs[0]


@pytest.mark.parametrize(
    ("before", "after", "at_once"),
    [
        (1_000_000, 1_100_000, False), (1_000_000, 1_100_001, True), (1_000_000, 899_999, True),  # 10 % of the filing
        (10_000_000, 10_100_000, False), (10_000_000, 10_100_001, True),  # 1,000 h before 10 %
        (0, 1, True), (500, 500, False),
    ],
)  # fmt: skip
def test_only_a_large_correction_is_mailed_at_once(before: int, after: int, at_once: bool) -> None:
    assert filings.at_once(correction(DeclarationCorrected, before, after)) is at_once


def test_a_withdrawal_takes_everything_so_it_is_mailed_at_once_and_a_first_counting_never() -> None:
    assert filings.at_once(correction(DeclarationWithdrawn, 500, 0))
    [first] = filings.notices(received(("93", 3, 99_999_999)), counted(d93=(0, 99_999_999)))
    assert not filings.at_once(first)


def paris(year: int, month: int, day: int, hour: int, minute: int) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo("Europe/Paris"))


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (paris(2028, 11, 10, 7, 59), None), (paris(2028, 11, 10, 8, 0), date(2028, 11, 10)),  # a Friday
        (paris(2028, 11, 11, 9, 0), None), (paris(2028, 11, 12, 9, 0), None),  # Armistice, a Saturday; Sunday
        (paris(2028, 11, 13, 8, 30), date(2028, 11, 13)),
        (paris(2029, 5, 1, 10, 0), None), (paris(2029, 4, 2, 10, 0), None),  # 1 May, Easter Monday
        (paris(2029, 5, 10, 10, 0), None),  # Ascension
        (paris(2028, 12, 25, 10, 0), None), (paris(2029, 7, 13, 10, 0), date(2029, 7, 13)),
    ],
)  # fmt: skip
def test_a_digest_leaves_on_working_days_from_eight(now: datetime, day: date | None) -> None:
    assert workdays.digest_day(now) == day


def test_public_holidays_are_those_of_the_library() -> None:
    for year in range(2024, 2040):
        assert workdays.public_holidays(year) == frozenset(holidays.country_holidays("FR", years=year, observed=False))


def test_what_waits_over_a_holiday_leaves_on_the_next_working_day() -> None:
    assert workdays.next_digest(paris(2029, 4, 30, 8, 0)) == paris(2029, 5, 2, 8, 0)
    assert workdays.next_digest(paris(2028, 3, 24, 9, 0)).astimezone(UTC) == datetime(2028, 3, 27, 6, 0, tzinfo=UTC), (
        "summer time began meanwhile"
    )


def test_five_past_midnight_is_paris_time() -> None:
    assert workdays.next_reroute(datetime(2028, 7, 1, 22, 5, tzinfo=UTC)) == paris(2028, 7, 3, 0, 5)
    assert workdays.next_reroute(datetime(2028, 7, 1, 22, 4, tzinfo=UTC)) == paris(2028, 7, 2, 0, 5)


def test_a_digest_names_what_happened_and_how_to_stop_it() -> None:
    entries = [digest_letters.Entry("93", f"Déclaration {n}", datetime(2028, 10, 16, 12, tzinfo=UTC)) for n in range(45)]
    letter = digest_letters.digest("Zoé", date(2028, 10, 17), entries, "http://h", "http://h/desabonnement/x")
    assert "45\u00a0déclarations" in letter.subject
    assert len(letter.items) == digest_letters.LISTED + 1
    assert letter.items[-1].startswith("et 5 autres")
    assert any("/desabonnement/x" in line for line in letter.footer)
