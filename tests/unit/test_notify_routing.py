"""Who is told what about a meeting, from what was told before."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from schemas.meetings import Meeting, MeetingPlanned
from services.notify.rules.calendar import Method
from services.notify.rules.routing import Invitee, Person, Plan, Row, Situation, each_once, mandate_day, plan, says

ANNE, BRUNO = Person("anne", uuid4(), "Anne", "A", "anne@exemple.test"), Person("bruno", uuid4(), "Bruno", "B", "bruno@exemple.test")
CARLA = Person("carla", None, "Carla", "C", "carla@exemple.test")
ID = uuid4()


def meeting(revision: int = 0, **change: object) -> Meeting:
    values = {
        "meeting_id": ID, "revision": revision, "sequence": revision, "kind": "ATELIER", "title": "T",
        "department": "93", "place": "Bobigny",
        "starts_at": datetime(2029, 1, 30, 9), "ends_at": datetime(2029, 1, 30, 12),
    }  # fmt: skip
    return MeetingPlanned.model_validate({**values, **change})


def situation(
    revision: int = 0,
    *,
    holder: Person | None = ANNE,
    present: Person | None = ANNE,
    cancelled: bool = False,
    over: bool = False,
    revised: bool = True,
) -> Situation:
    """One department, as most meetings have it."""
    invited = (Invitee(holder, "93"),) if holder else ()
    preparing = (Invitee(present, "93"),) if present and present != holder else ()
    return Situation(meeting(revision), cancelled, over, invited, preparing, () if holder else ("93",), revised)


def row(who: Person, method: Method, revision: int = 0, *, handed: bool = True, open_: bool = False, id_: UUID | None = None) -> Row:
    return Row(id_ or uuid4(), who.id, method, revision, handed, open_, mandated="93")


def said(found: Plan) -> list[tuple[str, str, str]]:
    return sorted((w.recipient_id, w.method, w.kind) for w in found.wanted)


def test_the_holder_of_the_day_is_invited_once() -> None:
    assert said(plan(situation(), [])) == [("anne", "REQUEST", "MEETING_INVITATION")]
    assert said(plan(situation(), [row(ANNE, "REQUEST")])) == []
    waiting = row(ANNE, "REQUEST", handed=False, open_=True)
    again = plan(situation(), [waiting])
    assert (again.wanted, again.abandoned) == ([], [])


def test_the_present_holder_has_a_copy_when_it_is_somebody_else() -> None:
    found = plan(situation(holder=BRUNO), [])
    assert said(found) == [("anne", "PUBLISH", "MEETING_PREPARATION"), ("bruno", "REQUEST", "MEETING_INVITATION")]


def test_a_mandate_looked_at_again_brings_no_copy() -> None:
    assert said(plan(situation(holder=BRUNO, revised=False), [row(BRUNO, "REQUEST")])) == []
    copy = row(ANNE, "PUBLISH", handed=False, open_=True)
    assert plan(situation(holder=BRUNO, revised=False), [row(BRUNO, "REQUEST"), copy]).abandoned == []


def test_a_new_revision_updates_whoever_has_the_old_one() -> None:
    found = plan(situation(1), [row(ANNE, "REQUEST")])
    assert said(found) == [("anne", "REQUEST", "MEETING_CHANGE")]


def test_a_move_to_a_day_of_another_holder_takes_it_from_the_former() -> None:
    found = plan(situation(1, holder=BRUNO), [row(ANNE, "REQUEST")])
    assert said(found) == [("anne", "CANCEL", "MEETING_HANDED_OVER"), ("bruno", "REQUEST", "MEETING_INVITATION")]


def test_another_mandate_recorded_moves_the_invitation() -> None:
    found = plan(situation(holder=BRUNO, revised=False), [row(ANNE, "REQUEST")])
    assert said(found) == [("anne", "CANCEL", "MEETING_HANDED_OVER"), ("bruno", "REQUEST", "MEETING_INVITATION")]
    back = [row(ANNE, "REQUEST"), row(ANNE, "CANCEL"), row(BRUNO, "REQUEST")]
    assert said(plan(situation(revised=False), back)) == [
        ("anne", "REQUEST", "MEETING_INVITATION"),
        ("bruno", "CANCEL", "MEETING_HANDED_OVER"),
    ]


def test_an_invitation_that_nobody_has_yet_is_given_up_instead_of_cancelled() -> None:
    waiting = row(ANNE, "REQUEST", handed=False, open_=True)
    for found in (plan(situation(1, cancelled=True), [waiting]), plan(situation(holder=BRUNO, revised=False), [waiting])):
        assert [delivery for delivery, _ in found.abandoned] == [waiting.delivery_id]
        assert all(w.recipient_id != "anne" for w in found.wanted)


def test_a_cancelled_meeting_is_cancelled_for_whoever_may_have_it() -> None:
    unknown = row(ANNE, "REQUEST", open_=True)
    found = plan(situation(1, cancelled=True), [unknown])
    assert said(found) == [("anne", "CANCEL", "MEETING_CANCELLATION")]
    assert [delivery for delivery, _ in found.abandoned] == [unknown.delivery_id], "no copy of an invitation to a cancelled meeting"
    assert said(plan(situation(1, cancelled=True), [row(ANNE, "REQUEST"), row(ANNE, "CANCEL", 1)])) == []
    assert said(plan(situation(1, cancelled=True), [])) == []


def test_the_copy_is_cancelled_too() -> None:
    found = plan(situation(1, cancelled=True, holder=BRUNO), [row(ANNE, "PUBLISH"), row(BRUNO, "REQUEST")])
    assert said(found) == [("anne", "PUBLISH", "MEETING_CANCELLATION"), ("bruno", "CANCEL", "MEETING_CANCELLATION")]


def test_an_unknown_outcome_is_sent_again_and_not_doubled() -> None:
    found = plan(situation(), [row(ANNE, "REQUEST", open_=True)])
    assert (found.wanted, found.abandoned) == ([], [])


def test_a_later_revision_replaces_one_that_still_waits() -> None:
    waiting = row(ANNE, "REQUEST", handed=False, open_=True)
    found = plan(situation(1), [waiting])
    assert said(found) == [("anne", "REQUEST", "MEETING_INVITATION")], "nobody told her the first date, so nothing changed for her"
    assert [delivery for delivery, _ in found.abandoned] == [waiting.delivery_id]


def several(*people: Person, revision: int = 0, cancelled: bool = False) -> Situation:
    return Situation(meeting(revision), cancelled, False, tuple(Invitee(person) for person in people), (), (), True)


def test_somebody_removed_hears_that_and_somebody_added_is_invited_and_nobody_else_is_written_to() -> None:
    shown = says(meeting())
    had = [Row(uuid4(), person.id, "REQUEST", 0, True, False, shown) for person in (ANNE, BRUNO)]
    found = plan(several(BRUNO, CARLA, revision=1), had)
    assert said(found) == [("anne", "CANCEL", "MEETING_UNINVITED"), ("carla", "REQUEST", "MEETING_INVITATION")]
    off = plan(several(BRUNO, CARLA, revision=2, cancelled=True), [*had, row(ANNE, "CANCEL", 1), row(CARLA, "REQUEST", 1)])
    assert said(off) == [("bruno", "CANCEL", "MEETING_CANCELLATION"), ("carla", "CANCEL", "MEETING_CANCELLATION")]


def test_a_mail_that_shows_something_else_is_followed_by_an_update() -> None:
    elsewhere = says(meeting(place="Pantin"))
    had = [Row(uuid4(), ANNE.id, "REQUEST", 0, True, False, elsewhere)]
    assert said(plan(several(ANNE, revision=1), had)) == [("anne", "REQUEST", "MEETING_CHANGE")]
    assert says(meeting()) == says(meeting(3, invited=({"email": "x@exemple.test"},))), "who else comes is not what the mail shows"


def test_a_person_named_twice_is_invited_once() -> None:
    guest = Person("guest-1", None, None, "Anne", "ANNE@exemple.test")
    found = each_once([Invitee(ANNE, "93"), Invitee(ANNE, "94"), Invitee(guest), Invitee(CARLA)])
    assert [(i.person.id, i.department) for i in found] == [("anne", "93"), ("carla", None)]


def test_without_a_mandate_the_team_is_asked() -> None:
    assert situation(holder=None).unassigned == ("93",)
    assert situation(holder=None, cancelled=True).unassigned == ()
    assert said(plan(situation(holder=None, present=None, revised=False), [row(ANNE, "REQUEST")])) == [
        ("anne", "CANCEL", "MEETING_HANDED_OVER")
    ]


def test_nothing_is_said_about_what_is_over() -> None:
    late = row(ANNE, "REQUEST", handed=False, open_=True)
    found = plan(situation(over=True), [late])
    assert found.wanted == []
    assert [delivery for delivery, _ in found.abandoned] == [late.delivery_id]


def test_the_day_is_the_one_in_paris() -> None:
    late = meeting(starts_at=datetime(2029, 1, 30, 22), ends_at=datetime(2029, 1, 30, 23), zone="America/Martinique")
    assert mandate_day(late).isoformat() == "2029-01-31"
