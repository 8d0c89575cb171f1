"""What an operator reads first: since when, how much, and what is to be done."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from deploy.console.curves import HEIGHT, curve
from deploy.console.history import History, Look
from deploy.console.morning import Seen, evening_before, sentence, to_do
from deploy.console.pages import _curves
from schemas.zones import PARIS

QUIET = Seen(received=37, counted=37, late=0, refused=2, dead=0, stopped=(), not_ready=(), waiting_s=0.2)


@pytest.mark.parametrize(
    ("now", "since"),
    [
        ("2026-11-23T08:30", "2026-11-20T18:00"),  # Monday morning: Friday
        ("2026-11-24T08:30", "2026-11-23T18:00"),
        ("2026-11-24T18:00", "2026-11-23T18:00"),  # at 18 h sharp the evening begins, it is not past
        ("2026-11-24T19:00", "2026-11-24T18:00"),
        ("2026-11-22T12:00", "2026-11-20T18:00"),  # Sunday
        ("2026-03-30T07:00", "2026-03-27T18:00"),  # over the change of the clock: still 18 h in Paris
    ],
)
def test_the_evening_before_is_the_last_working_days(now: str, since: str) -> None:
    found = evening_before(datetime.fromisoformat(now).replace(tzinfo=PARIS))
    assert found.isoformat()[:16] == since


def test_the_sentence_is_the_one_of_a_monday_morning() -> None:
    friday = datetime(2026, 11, 20, 18, tzinfo=PARIS)
    assert sentence(friday, QUIET) == (
        "Depuis vendredi 18 h : 37 déclarations reçues, 37 comptées, 2 courriels refusés (adresse), 0 à rejouer."
    )
    one = replace(QUIET, received=1, counted=0, refused=0)
    assert "1 déclaration reçue, 0 comptée, 0 courriel refusé (adresse)" in sentence(friday, one)


def test_a_refused_address_alone_is_nothing_to_do() -> None:
    assert to_do(QUIET) == []


@pytest.mark.parametrize(
    ("change", "command"),
    [
        ({"not_ready": ("ingest web",)}, "./macs status"),
        ({"stopped": ("indicators.hours",)}, "./macs dead resume indicators.hours"),
        ({"dead": 3}, "./macs dead list"),
        ({"late": 1}, "./macs verify"),
        ({"waiting_s": 61.0}, "Kafka"),
    ],
)
def test_each_trouble_names_what_to_do(change: dict[str, object], command: str) -> None:
    [(what, how)] = to_do(replace(QUIET, **change))  # type: ignore[arg-type]  # one field at a time
    assert what.endswith(".")
    assert command in how


def test_a_curve_stays_in_its_frame_and_says_what_it_is() -> None:
    drawn = str(curve([0, 5, 10], "À lire <b>"))
    heights = [float(point.split(",")[1]) for point in drawn.split('points="')[1].split('"', maxsplit=1)[0].split()]
    assert heights == [HEIGHT - 2, HEIGHT / 2, 2]
    assert "À lire &lt;b&gt;" in drawn
    assert curve([1.0], "x") == ""


@pytest.mark.parametrize(("pss", "shown"), [(0, []), (80_000_000, ["80 Mo"])])
def test_memory_that_nobody_tells_is_not_shown_as_none(pss: int, shown: list[str]) -> None:
    """Of processes in containers."""
    history = History()
    history.looks.append(Look(datetime(2026, 11, 27, tzinfo=UTC), 0, 0.0, pss, 0))
    assert [value for name, value, _ in _curves(history) if name == "Mémoire"] == shown
