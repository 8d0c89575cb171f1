"""The life of an edition by its rules alone, and any order of steps: nothing is published that was not validated, nor twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kit.errors import Refused
from schemas.vocabulary.places import DEPARTMENTS
from services.indicators.rules import checks as conditions
from services.indicators.rules import editions as rules
from services.indicators.rules import reviews as coordinations
from services.indicators.rules.editions import Check, Draft, Edition, Plan
from services.indicators.rules.reviews import Comment, Review
from tests.reading import plain

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
PLAN = Plan(2025, "Panorama 2025", final=True, minimum_coverage=7, least_share=50, says_not="Rien du stage.")
FULL = dict.fromkeys(DEPARTMENTS, Decimal(80))
CODES = sorted(DEPARTMENTS)


def draft(number: int = 1, **more: object) -> Draft:
    made = Draft(number, None, 200, FULL, (), {code: f"sheet {code}" for code in DEPARTMENTS})
    return replace(made, **more)  # type: ignore[arg-type]


def in_review(**more: object) -> Edition:
    return replace(Edition("2026-1", PLAN, "REVIEW", 1, date(2026, 12, 14)), **more)  # type: ignore[arg-type]


def comment(department: str = "93", **more: object) -> Comment:
    made = Comment(UUID(int=1), department, "fiche", "", "OBJECTION", "C’est faux.", "Coordination", NOW, 1)
    return replace(made, **more)  # type: ignore[arg-type]


def refused(code: str) -> pytest.RaisesExc[Refused]:
    return pytest.RaisesExc(Refused, check=lambda error: error.code == code)


def check(edition: Edition, code: str, *, drafted: Draft | None = None, comments: tuple[Comment, ...] = (), newest: str | None = None, on: date = TODAY) -> Check:  # fmt: skip
    found = conditions.checks(edition, drafted or draft(), [], comments, newest, on)
    return next(one for one in found if one.code == code)


def test_a_plan_names_every_mistake() -> None:
    with refused("EDITION") as caught:
        rules.planned({"year": "deux", "title": "", "says_not": None, "minimum_coverage": 0, "least_share": 101, "final": "oui"}, TODAY)
    assert not any(error.column and error.column in error.message for error in caught.value.errors), "the pages' own words for each field"
    assert {error.column for error in caught.value.errors} == {"year", "title", "says_not", "minimum_coverage", "least_share", "final"}
    made = rules.planned({"year": "2025", "title": " Panorama ", "says_not": "x"}, TODAY)
    assert (made.year, made.title, made.minimum_coverage, made.least_share, made.final) == (2025, "Panorama", 7, 50, False)


@pytest.mark.parametrize("days", [0, -1, 93])
def test_a_deadline_is_after_today_and_near(days: int) -> None:
    with refused("DEADLINE"):
        rules.opened(Edition("2026-1", PLAN, draft=1), TODAY + timedelta(days=days), TODAY)


def test_coverage_counts_departments_where_enough_structures_sent() -> None:
    missing = {**FULL, "95": Decimal("49.99"), "77": None}
    found = check(in_review(), "COVERAGE", drafted=draft(coverage=missing))
    assert not found.good
    assert plain(found.said).startswith("6 départements couverts sur 8, 7 demandés")
    assert "Val-d’Oise (49\u202f%)" in found.said, "not the share that was asked for"
    assert "Seine-et-Marne (aucune structure attendue)" in found.said
    assert check(in_review(), "COVERAGE", drafted=draft(coverage={**FULL, "95": Decimal(10)})).good
    of_one = check(in_review(plan=replace(PLAN, minimum_coverage=1)), "COVERAGE")
    assert ", 1 demandé (" in plain(of_one.said)
    alone = check(in_review(), "COVERAGE", drafted=draft(coverage={**dict.fromkeys(DEPARTMENTS), "93": Decimal(100)}))
    assert plain(alone.said).startswith("1 département couvert sur 8")
    assert plain(check(in_review(), "REVIEW").said).startswith("0 coordination sur 8 a relu sa fiche.")
    assert plain(check(in_review(), "DISCLOSURE", drafted=draft(attacked=7572)).said) == "7 572 chiffres masqués attaqués, aucun retrouvé."


def test_a_hidden_total_a_newer_release_and_an_open_comment_stop_it() -> None:
    assert not check(in_review(), "TOTALS", drafted=draft(hidden_totals=("11", "77"))).good
    assert not check(in_review(), "FRESH", newest="2026-3").good
    assert not check(in_review(), "ANSWERS", comments=(comment(),)).good
    assert check(in_review(), "ANSWERS", comments=(comment(outcome="KEPT", answer="Non."),)).good


def test_silence_stops_it_until_the_deadline_is_over() -> None:
    assert not check(in_review(), "REVIEW").good
    assert not check(in_review(), "REVIEW", on=date(2026, 12, 14)).good
    assert check(in_review(), "REVIEW", on=date(2026, 12, 15)).good


def test_an_agreement_holds_while_the_sheet_stays_the_same() -> None:
    made = coordinations.agreed(in_review(), draft(), Review("93"), [], "Coordination", NOW, TODAY)
    assert coordinations.position(made, [], draft()) == "AGREED"
    assert coordinations.position(made, [], draft(2)) == "AGREED"
    assert coordinations.position(made, [], draft(2, sheets={"93": "another"})) == "CHANGED"
    later = comment(at=NOW + timedelta(hours=1), outcome="KEPT", answer="Non.", answered_at=NOW + timedelta(hours=2))
    assert coordinations.position(made, [later], draft()) == "ANSWERED"
    assert coordinations.position(made, [comment(department="94")], draft()) == "AGREED"
    assert coordinations.position(Review("93"), [], draft()) == "WAITING"


def test_a_coordination_agrees_when_its_comments_are_answered() -> None:
    with refused("OPEN_COMMENTS"):
        coordinations.agreed(in_review(), draft(), Review("93"), [comment()], "C", NOW, TODAY)
    coordinations.agreed(in_review(), draft(), Review("94"), [comment()], "C", NOW, TODAY)
    with refused("REVIEW_CLOSED"):
        coordinations.agreed(in_review(), draft(), Review("93"), [], "C", NOW, date(2026, 12, 15))


def test_corrected_needs_a_newer_draft() -> None:
    with refused("ANSWER"):
        coordinations.answered(in_review(), comment(), "CORRECTED", "Fait.", "Équipe", NOW)
    assert coordinations.answered(in_review(draft=2), comment(), "CORRECTED", "Fait.", "Équipe", NOW).answered_draft == 2
    with refused("ANSWER"):
        coordinations.answered(in_review(), comment(), "MAYBE", "Fait.", "Équipe", NOW)


@pytest.mark.parametrize(
    ("contested", "value", "offered"),
    [
        ("1 200 h", "120 h", {"CORRECTED", "EXPLAINED"}),
        ("1 200 h", "1 200 h", {"EXPLAINED", "KEPT"}),
        ("1 200 h", "1 200 h *", {"NOT_UPDATED", "EXPLAINED", "KEPT"}),
        ("1 200 h *", "1 200 h *", {"NOT_UPDATED", "EXPLAINED", "KEPT"}),
        ("1 200 h", "s.", {"CORRECTED", "EXPLAINED"}),
        ("1 200 h", None, {"CORRECTED", "EXPLAINED"}),
    ],
)
def test_an_answer_says_nothing_else_than_the_newest_draft(contested: str, value: str | None, offered: set[str]) -> None:
    """A correction by few keeps the printed figure: the declarations are corrected then, and the figure is not."""
    edition, about = in_review(draft=2), comment(figure="I01/2025/department/93", printed=contested)
    now = coordinations.now(contested, value)
    assert set(coordinations.offered(edition, about, now)) == offered
    for outcome in coordinations.OUTCOMES:
        if outcome in offered:
            assert coordinations.answered(edition, about, outcome, "Fait.", "Équipe", NOW, now).outcome == outcome
        else:
            with refused("ANSWER"):
                coordinations.answered(edition, about, outcome, "Fait.", "Équipe", NOW, now)
    still = coordinations.now(contested, contested)
    assert set(coordinations.offered(in_review(), about, still)) == {"EXPLAINED", "KEPT"}, "the contested draft is still the newest"


def test_an_answer_that_a_later_draft_belies_is_asked_again() -> None:
    about = comment(figure="I01/2025/department/93", printed="1 200 h")
    told = coordinations.answered(in_review(draft=2), about, "CORRECTED", "Fait.", "Équipe", NOW, coordinations.now("1 200 h", "120 h"))
    for value, again in (("120 h", False), ("1 200 h", True), ("1 200 h *", True)):
        found = coordinations.reopened(in_review(draft=3), [told], {told.id: coordinations.now("1 200 h", value)})
        assert [one.reopened_draft for one in found] == [3] * again
        assert all(one.is_open and one.outcome == "CORRECTED" for one in found), "what was said is kept"
    kept = coordinations.answered(
        in_review(draft=2), about, "NOT_UPDATED", "Fait.", "Équipe", NOW, coordinations.now("1 200 h", "1 200 h *")
    )
    assert coordinations.reopened(in_review(draft=3), [kept], {kept.id: coordinations.now("1 200 h", "120 h")}), "it is updated now"
    after: tuple[tuple[str | None, bool], ...] = (("1 200 h", False), ("1 200 h *", False), ("120 h", True), ("s.", True), (None, True))
    for now_printed, again in after:
        held = coordinations.answered(in_review(draft=2), about, "KEPT", "Vérifié.", "Équipe", NOW, coordinations.now("1 200 h", "1 200 h"))
        found = coordinations.reopened(in_review(draft=3), [held], {held.id: coordinations.now("1 200 h", now_printed)})
        assert [one.reopened_draft for one in found] == [3] * again, now_printed
    whole = coordinations.answered(in_review(draft=2), comment(), "KEPT", "Vérifié.", "Équipe", NOW)
    assert not coordinations.reopened(in_review(draft=3), [whole], {}), "a word on the whole sheet has no figure to hold it against"
    said = coordinations.answered(in_review(draft=2), about, "EXPLAINED", "Fait.", "Équipe", NOW)
    assert not coordinations.reopened(in_review(draft=3), [said], {said.id: coordinations.now("1 200 h", "7 h")})


def test_a_new_draft_takes_the_signature_back() -> None:
    signed = in_review(state="VALIDATED", minutes="Comité")
    again = rules.composed(signed)
    assert (again.state, again.draft, again.minutes) == ("REVIEW", 2, None)
    assert rules.composed(Edition("2026-1", PLAN)).state == "DRAFT"


def test_an_edition_is_given_up_for_a_reason_and_then_rests() -> None:
    for nothing in ("  ", "\u200b\u202e"):  # the second turned the rest of the page round
        with refused("ABANDON"):
            rules.abandoned(in_review(), nothing)
    for before in (Edition("2026-1", PLAN), in_review(), in_review(state="VALIDATED", minutes="Comité")):
        after = rules.abandoned(before, "L’année est fausse.")
        assert (after.state, after.reason, after.draft) == ("ABANDONED", "L’année est fausse.", before.draft)
        for step in (
            lambda one=after: rules.composed(one),
            lambda one=after: rules.opened(one, TODAY + timedelta(days=9), TODAY),
            lambda one=after: rules.validated(one, [], "Comité"),
            lambda one=after: rules.published(one, draft(), None, "2026-1"),
            lambda one=after: rules.analysed(one, "Rien"),
            lambda one=after: rules.abandoned(one, "Encore"),
            lambda one=after: coordinations.may_speak(one, TODAY),
        ):
            with refused("ABANDONED"):
                step()
    with refused("ALREADY_PUBLISHED"):
        rules.abandoned(in_review(state="PUBLISHED", release="2026-1"), "Trop tard.")


def test_publishing_twice_or_a_stale_draft_is_a_conflict() -> None:
    signed = in_review(state="VALIDATED", minutes="Comité")
    done = rules.published(signed, draft(), None, "2026-4")
    assert (done.state, done.release) == ("PUBLISHED", "2026-4")
    with refused("ALREADY_PUBLISHED") as caught:
        rules.published(done, draft(), None, "2026-5")
    assert caught.value.status == 409
    with refused("STALE_DRAFT"):
        rules.published(signed, draft(), "2026-3", "2026-4")
    with refused("NOT_VALIDATED"):
        rules.published(in_review(), draft(), None, "2026-4")
    with refused("NOT_PUBLISHED"):
        rules.correctable(signed, "Texte")
    with refused("CORRIGENDUM"):
        rules.correctable(done, " ")


class AnyOrder(RuleBasedStateMachine):
    """Steps in any order: what is refused changes nothing, and a publication was preceded by all that it needs."""

    def __init__(self) -> None:
        super().__init__()
        self.edition = Edition("2026-1", PLAN)
        self.today = TODAY
        self.releases = 0
        self.draft: Draft | None = None
        self.comments: list[Comment] = []
        self.reviews = {code: Review(code) for code in CODES}
        self.frozen: Edition | None = None

    @property
    def newest(self) -> str | None:
        return f"2026-{self.releases}" if self.releases else None

    @property
    def now(self) -> datetime:
        return NOW + timedelta(minutes=len(self.comments) * 2)

    def _try(self, step: object) -> bool:
        before = (self.edition, list(self.comments), dict(self.reviews))
        try:
            step()  # type: ignore[operator]
        except Refused:
            assert (self.edition, self.comments, self.reviews) == before
            return False
        return True

    @rule(hidden=st.booleans(), covered=st.integers(5, 8), moved=st.sampled_from(CODES))
    def compose(self, hidden: bool, covered: int, moved: str) -> None:
        def step() -> None:
            self.edition = rules.composed(self.edition)
            sheets = dict(self.draft.sheets) if self.draft else dict.fromkeys(CODES, "0")
            sheets[moved] = str(self.edition.draft)
            coverage = {code: Decimal(80 if place < covered else 10) for place, code in enumerate(CODES)}
            self.draft = Draft(self.edition.draft, self.newest, 9, coverage, ("77",) if hidden else (), sheets)

        self._try(step)

    @rule(days=st.integers(-1, 5))
    def open(self, days: int) -> None:
        def step() -> None:
            self.edition = rules.opened(self.edition, self.today + timedelta(days=days), self.today)

        self._try(step)

    @rule(department=st.sampled_from(CODES[:2]))
    def say(self, department: str) -> None:
        def step() -> None:
            made = comment(department, id=UUID(int=len(self.comments)), at=self.now, draft=self.edition.draft)
            self.comments.append(coordinations.said(self.edition, made, self.today))

        self._try(step)

    @rule(outcome=st.sampled_from(["CORRECTED", "KEPT"]))
    def answer(self, outcome: str) -> None:
        def step() -> None:
            for place, one in enumerate(self.comments):
                if one.is_open:
                    self.comments[place] = coordinations.answered(
                        self.edition, one, outcome, "Réponse", "Équipe", one.at + timedelta(minutes=1)
                    )
                    return

        self._try(step)

    @rule(department=st.sampled_from(CODES))
    def agree(self, department: str) -> None:
        def step() -> None:
            if self.draft is not None:
                made = coordinations.agreed(self.edition, self.draft, self.reviews[department], self.comments, "C", self.now, self.today)
                self.reviews[department] = made

        self._try(step)

    @rule(minutes=st.sampled_from(["", "Comité"]))
    def validate(self, minutes: str) -> None:
        found = conditions.checks(self.edition, self.draft, list(self.reviews.values()), self.comments, self.newest, self.today)

        def step() -> None:
            self.edition = rules.validated(self.edition, found, minutes)

        if self._try(step):
            assert minutes
            assert all(one.good for one in found)

    @rule()
    def snapshot(self) -> None:
        self.releases += 1

    @rule()
    def publish(self) -> None:
        number, before = f"2026-{self.releases + 1}", self.edition

        def step() -> None:
            self.edition = rules.published(self.edition, self.draft, self.newest, number)

        if self._try(step):
            assert before.state == "VALIDATED"
            assert self.draft is not None
            assert self.draft.after == self.newest
            assert not any(one.is_open for one in self.comments)
            assert not self.draft.hidden_totals
            assert len(conditions.covered(PLAN, self.draft.coverage)) >= PLAN.minimum_coverage
            assert self.frozen is None
            self.releases, self.frozen = self.releases + 1, self.edition

    @rule(days=st.integers(1, 4))
    def days_pass(self, days: int) -> None:
        self.today += timedelta(days=days)

    @invariant()
    def what_is_published_does_not_change(self) -> None:
        assert self.frozen is None or self.edition == self.frozen


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
