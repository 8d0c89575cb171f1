"""The network's life in one go. Called again it changes nothing: what a run has, it keeps in `meetings.json`."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from demo.loading import Load
from demo.meetings import ateliers, governance, openmap
from demo.meetings.bringing import Bringing
from demo.meetings.made import Made
from demo.platform import wait_until
from demo.region.people import TEAM, TEAM2


def bring_in_meetings(load: Load, now: datetime) -> None:
    """`now` is Paris wall clock. Some sixty mails leave: invitations, seats, one form and one poll."""
    made = Made(load.run.path / "meetings.json", now)
    before = len(made)
    bringing = Bringing(made, load.caller("team"), load.caller("coordinator93"))
    for caller in (bringing.team, bringing.coordination):
        wait_until(partial(caller.is_known, "/api/v1/polls"), 60, "events knows the new keys")
    wait_until(lambda: _known(bringing.team.page("/sondages/nouveau")), 60, "events knows the network's people")
    ateliers.bring_in(bringing)
    openmap.bring_in(bringing)
    ateliers.bring_in_poll(bringing)
    governance.bring_in(bringing)
    governance.bring_in_diagnostic(bringing)
    if len(made) > before:
        load.say("ateliers, Openmap, sondage, comités et diagnostic")


def _known(form: str) -> bool:
    return TEAM.name in form and TEAM2.name in form
