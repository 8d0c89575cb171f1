"""Brings in who sits where, the meetings of a committee and a college, the roadmap with its actions, milestones, and the diagnostic."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from demo.meetings.bringing import Bringing, linked, titled
from demo.platform import Platform
from demo.region import governance as content
from demo.region.governance import Task

_WHERE: Final = "/api/v1/governance"


def bring_in(bringing: Bringing) -> None:
    team = bringing.team
    for body, member in content.members():
        who = member.get("person_id") or member.get("department") or member["email"]
        join = partial(team.post, f"{_WHERE}/bodies/{body}/members", member)
        bringing.change(f"member/{body}/{who}", join, unless="ALREADY_MEMBER")
    for sitting in content.sittings(bringing.today):
        there = partial(_there, bringing.team, "/api/v1/meetings", sitting.title)
        bringing.post(f"sitting/{sitting.body}", f"{_WHERE}/bodies/{sitting.body}/meetings", sitting.fields(), there)
    roadmap = bringing.post(
        "roadmap", f"{_WHERE}/bodies/{content.COLLEGE}/roadmaps", content.roadmap(bringing.today),
        lambda: linked(rf'id="feuille-([0-9a-f-]+)">{content.ROADMAP}<', team.page(f"/gouvernance/{content.COLLEGE}")),
    )  # fmt: skip
    for task in content.tasks():
        _give(bringing, task, roadmap)
    for milestone in content.milestones(bringing.today):
        there = partial(_there, team, f"{_WHERE}/milestones", milestone["title"])
        bringing.post(f"milestone/{milestone['title']}", f"{_WHERE}/milestones", milestone, there)


def bring_in_diagnostic(bringing: Bringing) -> None:
    """This year's, sent to the eight; two have written, the last of them has handed it in."""
    where = f"/api/v1/diagnostics/{bringing.today.year}"
    bringing.change("diagnostic", partial(bringing.team.post, where, {"answer_by": content.answer_by(bringing.today).isoformat()}))
    for department in content.ANSWERED:
        bringing.change(f"diagnostic/{department}", partial(_answer, bringing.team, f"{where}/{department}", content.answers(department)))
    bringing.change("diagnostic/submitted", partial(bringing.team.post, f"{where}/{content.ANSWERED[-1]}/submit", {}))


def _there(team: Platform, listed: str, title: str) -> str | None:
    return titled(team.get(listed), title)


def _give(bringing: Bringing, task: Task, roadmap: str) -> None:
    where, late = f"{_WHERE}/actions", task.fields(bringing.today, roadmap, late=True)
    action = bringing.post(
        f"action/{task.code}", where, task.fields(bringing.today, roadmap), partial(_there, bringing.team, where, task.title)
    )
    if task.days < 0:
        bringing.change(f"action/{task.code}/late", partial(_change, bringing.team, f"{where}/{action}", late))


def _change(team: Platform, where: str, fields: dict[str, Any]) -> None:
    team.put(where, fields, **{"If-Match": f'"{team.get(where)["revision"]}"'})


def _answer(team: Platform, form: str, answers: dict[str, str]) -> None:
    """What somebody has answered meanwhile stays."""
    given = team.get(form)["answers"]
    for question, value in answers.items():
        if not given.get(question, {}).get("revision"):
            team.put(f"{form}/answers/{question}", {"value": value}, **{"If-Match": '"0"'})
