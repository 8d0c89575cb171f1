"""Where an inbox item leads, and for whom."""

from __future__ import annotations

import pytest

from services.notify.rules.links import opened_by, page_of


@pytest.mark.parametrize("page", ["/diagnostic/2026/94", "/gouvernance/actions/01a22066"])
def test_an_operator_is_not_led_where_only_the_network_may_go(page: str) -> None:
    assert opened_by(page, in_network=True) == page
    assert opened_by(page, in_network=False) is None


@pytest.mark.parametrize("kind", ["FILING_COUNTED", "MEETING_CHANGE", "MAIL_REFUSED", "WEBHOOK_STOPPED"])
def test_whatever_else_an_item_leads_to_stays(kind: str) -> None:
    page = page_of(kind, "D-2026-000001", None)
    assert opened_by(page, in_network=False) == page
