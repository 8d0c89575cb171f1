"""Where an inbox item leads. Pure."""

from __future__ import annotations

from typing import Final

OF_THE_NETWORK: Final = ("/diagnostic/", "/gouvernance/")
"""Where the pages begin that only the network's team, its coordinators and facilitators open."""


def opened_by(page: str | None, *, in_network: bool) -> str | None:
    """The page where its reader may open it: an operator sees the team's items, and not all that they lead to."""
    return None if page is not None and not in_network and page.startswith(OF_THE_NETWORK) else page


def page_of(kind: str, about: str, page: str | None) -> str | None:
    """The path of the page that the item is about: the one noted with it, else the one that its kind has; None when there is none."""
    if page is not None:
        return page
    match kind:
        case "FILING_CORRECTED" | "FILING_WITHDRAWN":
            return f"/declarer/{about}/versions"
        case "FILING_COUNTED":
            return f"/declarer/{about}"
        case (
            "MEETING_INVITATION" | "MEETING_CHANGE" | "MEETING_CANCELLATION" | "MEETING_UNASSIGNED" | "MEETING_REMINDER" | "MEETING_ANSWER"
        ):
            return f"/agenda/{about}"
        case "PLACE_TO_CONFIRM":
            return f"/agenda/{about}"
        case "MAIL_REFUSED":
            return "/annuaire"
        case _:
            return None
