"""Brings in the ateliers with those who come, and a poll."""

from __future__ import annotations

import io
from functools import partial

from demo.meetings.bringing import Bringing, linked
from demo.platform import Platform
from demo.region import ateliers as content
from demo.region.ateliers import CONTACT, Atelier
from demo.region.people import TEAM
from kit.documents.word import start


def bring_in(bringing: Bringing) -> None:
    """The one that has been held, with what stays of it, then those to come with their registrations."""
    past = content.held(bringing.made.begun)
    if past is not None:
        meeting, _ = _planned(bringing, past)
        _recorded(bringing, meeting, past)
    for atelier in content.coming(bringing.today):
        meeting, session = _planned(bringing, atelier)
        for guest in atelier.guests:
            where = f"/api/v1/meetings/{meeting}/sessions/{session}/registrations"
            bringing.post(f"atelier/{atelier.code}/{guest.email}", where, guest.body())


def bring_in_poll(bringing: Bringing) -> None:
    """Open, answered by two of those asked."""
    wanted = content.poll(bringing.today)
    poll = bringing.post("poll", "/api/v1/polls", {
        "title": wanted.title, "kind": "GT_THEMATIQUE", "theme": "BAILLEURS", "place": wanted.place, "words": wanted.words, "contact": CONTACT,
        "answer_by": wanted.answer_by.isoformat(),
        "options": [{"starts_at": begins.isoformat(), "ends_at": ends.isoformat()} for begins, ends in wanted.dates],
        "recipients": [
            {"person_id": str(TEAM.id)}, *({"department": code} for code in wanted.departments),
            *({"email": guest.email, "name": guest.name, "organisation": guest.organisation} for guest in wanted.outside),
        ],
    })  # fmt: skip
    for number, (caller, answers) in enumerate(zip((bringing.team, bringing.coordination), wanted.answers, strict=True)):
        bringing.change(f"poll/{number}", partial(_answer, caller, poll, answers))


def _planned(bringing: Bringing, atelier: Atelier) -> tuple[str, str]:
    """The meeting and its session."""
    meeting = bringing.post(f"atelier/{atelier.code}", "/api/v1/meetings", atelier.body())
    session = bringing.change(
        f"atelier/{atelier.code}/session", lambda: bringing.team.get(f"/api/v1/meetings/{meeting}")["sessions"][0]["id"]
    )
    return meeting, session


def _recorded(bringing: Bringing, meeting: str, atelier: Atelier) -> None:
    """Who came, noted at the door; a support for everybody, and published minutes."""
    for guest in atelier.guests:
        came = {"name": guest.name, "organisation": guest.organisation, "role": guest.role}
        bringing.fill_in(f"atelier/{atelier.code}/{guest.email}", f"/agenda/{meeting}/accueil/sans-inscription", came)
    documents = f"/agenda/{meeting}/documents"
    support = {"file_title": content.SUPPORT, "file_audience": "PUBLIC"}
    file = ("memo-marche-reserve.docx", _memo(atelier))
    there = partial(linked, f"({content.SUPPORT})")
    bringing.change(
        "support", lambda: bringing.team.fill_in(f"{documents}/fichiers", support, file), lambda: there(bringing.team.page(documents))
    )
    minutes = {"text": "\n".join(content.MINUTES), "published": "oui", "revision": "0"}
    bringing.fill_in("minutes", f"{documents}/compte-rendu", minutes, unless="Quelqu’un d’autre")


def _memo(atelier: Atelier) -> bytes:
    """The support as a Word document."""
    document = start(atelier.title, fictional=True)
    for line in content.MEMO:
        document.add_paragraph(line, style="List Bullet")
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def _answer(caller: Platform, poll: str, answers: tuple[str, ...]) -> str:
    where = f"/api/v1/polls/{poll}"
    options = caller.get(where)["options"]
    caller.put(f"{where}/answer", {"answers": {option["id"]: said for option, said in zip(options, answers, strict=True)}})
    return where
