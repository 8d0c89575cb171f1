"""Where an inbox item leads. Pure."""

from __future__ import annotations


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
