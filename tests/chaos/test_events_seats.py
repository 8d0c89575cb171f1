"""Many people want few seats while events is killed between commit and reply: nobody loses a seat, no seat twice, no gap in the list."""

from __future__ import annotations

import pytest

from bench import seats
from tests.fixtures.profile import Profile


@pytest.mark.timeout(600)
def test_twenty_five_seats_stay_twenty_five_though_events_is_killed(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "PEOPLE", profile.pick("registrations while events is killed", short=150, long=2_000))
    monkeypatch.setattr(seats, "KILLS", profile.pick("kills of events under registrations", short=1, long=3))
    found = seats.measure()
    assert found["seats_confirmed"] == seats.SEATS
    assert found["seats_ordered"]
