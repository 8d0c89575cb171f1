"""Brings in the Openmap edition: its form, its steps, who takes part and looks for whom, the pitches."""

from __future__ import annotations

import re
from typing import Final

from demo.meetings.bringing import Bringing, linked
from demo.region import openmap as content
from demo.region.openmap import Coming

_SESSION: Final = re.compile(r'name="session\.([0-9a-f-]{36})"')
_PITCH: Final = re.compile(r"/openmap/pitch/([0-9a-f-]{36})/")


def bring_in(bringing: Bringing) -> None:
    page = bringing.fill_in("openmap", "/openmap/nouvelle", content.form(bringing.today), lambda: _edition(bringing))
    page = page.removesuffix("/organisation")
    for step in content.DONE:
        bringing.fill_in(f"openmap/{step}", f"{page}/etapes/{step}", {"done": "oui"})
    bringing.fill_in("openmap/announced", f"{page}/annoncer", {})
    bringing.fill_in("openmap/published", f"{page}/publier", {})
    form = f"{page}/inscription"
    sessions = bringing.change("openmap/sessions", lambda: " ".join(_SESSION.findall(bringing.team.page(form)))).split()
    for one in content.coming():
        _takes_part(bringing, form, one, sessions)
    _propose_pitches(bringing, page)


def _edition(bringing: Bringing) -> str | None:
    return linked(rf'<a href="([^"]+)">{content.TITLE}<', bringing.team.page("/openmap"))


def _takes_part(bringing: Bringing, form: str, one: Coming, sessions: list[str]) -> None:
    """The person's own page leads to what she looks for or offers."""
    fields = {**one.guest.body(), **{f"session.{sessions[number]}": "oui" for number in one.sessions}, "needs": one.guest.needs or ""}
    if one.guest.shares_contact:
        fields["shares_contact"] = "oui"
    own = bringing.fill_in(f"openmap/{one.guest.email}", form, fields, unless="déjà inscrite")
    if one.profile and own != form:  # registered by a load that was cut off: only the person has the link
        bringing.fill_in(f"openmap/{one.guest.email}/profile", f"{own}/rencontres", one.profile)


def _propose_pitches(bringing: Bringing, page: str) -> None:
    """Three, of which the team has selected the first."""
    form = f"{page}/pitchs/proposer"
    for rank, pitch in enumerate(content.applications()):
        answers = {f"answers.{number}": answer for number, answer in enumerate(pitch.answers)}
        fields = {**pitch.guest.body(), "title": pitch.title, "about": pitch.about, **answers}
        found = _PITCH.match(bringing.fill_in(f"pitch/{pitch.guest.email}", form, fields, unless="déjà proposé"))
        if rank == 0 and found:
            bringing.fill_in("pitch/selected", f"{page}/pitchs/{found[1]}", {"state": "selected"})
