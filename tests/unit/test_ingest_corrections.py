"""The replacement stack: whatever is filed, corrected and withdrawn in whatever order, a reader of the announcements holds what counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import NAMESPACE_DNS, UUID, uuid5

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from services.ingest.corrections import (
    NEVER_SEEN,
    Move,
    Reference,
    SourcePeriod,
    Standing,
    Top,
    neighbourhood,
    overlapping,
    references,
    settle,
    settle_all,
)
from tests.unit.ingest_model import Model, Place, Said

CONTRACT = UUID(int=7)
MARCH = SourcePeriod(CONTRACT, date(2019, 3, 1), 1)
LINE = UUID(int=1)

places = st.builds(Place, st.integers(0, 1), st.integers(1, 4), st.just(1)) | st.builds(
    Place, st.integers(0, 1), st.sampled_from([1, 4]), st.just(3)
)
places |= st.builds(Place, st.integers(0, 1), st.just(1), st.sampled_from([6, 12]))
said = st.builds(Said, places, st.integers(1, 3), st.integers(0, 20_000))
filings = st.dictionaries(st.sampled_from("abcdef"), said, min_size=1, max_size=4)


def top(filing: str = "D-1", revision: int = 1, rank: int = 2) -> Top:
    return Top(filing, revision, rank, MARCH)


def test_a_first_value_is_declared_and_a_second_one_corrects_it() -> None:
    first = settle(LINE, NEVER_SEEN, top(), 2)
    assert first is not None
    assert (first.kind, first.after.revision) == ("declared", 1)
    second = settle(LINE, first.after, top("D-2"), 2)
    assert second is not None
    assert (second.kind, second.after.revision) == ("corrected", 2)


def test_the_same_value_again_changes_nothing() -> None:
    first = settle(LINE, NEVER_SEEN, top(), 2)
    assert first is not None
    assert settle(LINE, first.after, top(), 2) is None


def test_a_line_without_any_value_is_retracted_once() -> None:
    standing = Standing(4, top(), announced=True)
    gone = settle(LINE, standing, None, 0)
    assert gone is not None
    assert (gone.kind, gone.after) == ("retracted", Standing(5, None, announced=False))
    assert settle(LINE, gone.after, None, 0) is None


def test_a_lesser_source_is_kept_without_being_announced_and_counts_when_the_better_one_goes() -> None:
    beside = settle(LINE, NEVER_SEEN, top(rank=2), 3)
    assert beside is not None
    assert (beside.kind, beside.after.revision, beside.after.announced) == (None, 0, False)
    back = settle(LINE, beside.after, top(rank=2), 2)
    assert back is not None
    assert (back.kind, back.after.revision) == ("declared", 1)


@given(st.dictionaries(places, st.sets(st.integers(1, 3), max_size=3), max_size=8), places, st.integers(1, 3))
def test_who_may_come_without_asking_moves_nothing(ranks: dict[Place, set[int]], place: Place, rank: int) -> None:
    held = {_period(each): found for each, found in ranks.items()} | {_period(place): ranks.get(place, set())}
    before = references({}, held, held)
    after = references({}, {**held, _period(place): {*held[_period(place)], rank}}, held)
    if before[_period(place)].stays(rank):
        assert after == before
    assert after[_period(place)].rank >= rank


def test_a_months_better_source_counts_before_the_quarter_that_holds_it() -> None:
    march, quarter, june = MARCH, SourcePeriod(CONTRACT, date(2019, 1, 1), 3), SourcePeriod(CONTRACT, date(2019, 6, 1), 1)
    found = references({}, {march: {3}, quarter: {2}, june: {1}}, [march, quarter, june])
    assert found == {march: Reference(3), quarter: Reference(3, elsewhere=True), june: Reference(1)}
    assert neighbourhood([march], [quarter, june]) == {march, quarter}
    assert overlapping([march, june], [quarter]) == {march}


class Ledger:
    """The store in memory: the same questions asked of dictionaries, and a reader who believes the last revision."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, int], dict[UUID, Top]] = {}
        self.accepted: dict[tuple[str, int, UUID], int] = {}
        self.clock = 0
        self.hours: dict[tuple[str, int, UUID], int] = {}
        self.present: dict[str, int] = {}
        self.standings: dict[UUID, Standing] = {}
        self.references: dict[SourcePeriod, Reference] = {}
        self.reader: dict[UUID, tuple[int, int | None]] = {}

    def file(self, number: str, lines: Mapping[UUID, tuple[Top, int]]) -> None:
        revision = self.present.get(number, 0) + 1
        self.present[number] = revision
        key = number, revision
        self.clock += 1
        self.values[key] = {line: Top(number, revision, value.rank, value.where) for line, (value, _) in lines.items()}
        self.hours |= {(number, revision, line): hours for line, (_, hours) in lines.items()}
        earlier = self.values.get((number, revision - 1), {})
        for line, top in self.values[key].items():
            said = [self.hours.get((number, each, line)) for each in (revision - 1, revision)]
            same = line in earlier and (earlier[line].rank, earlier[line].where) == (top.rank, top.where) and said[0] == said[1]
            self.accepted[*key, line] = self.accepted[number, revision - 1, line] if same else self.clock
        self._settle({*self.values[key], *earlier})

    def _settle(self, touched: set[UUID]) -> None:
        tops = {line: self._top(line) for line in sorted(touched)}
        periods = {t.where for t in tops.values() if t} | {
            s.top.where for s in (self.standings.get(line, NEVER_SEEN) for line in touched) if s.top
        }
        others: dict[SourcePeriod, set[int]] = {}
        for line, standing in self.standings.items():
            if line not in touched and standing.top:
                others.setdefault(standing.top.where, set()).add(standing.top.rank)
        found = references(tops, others, neighbourhood(periods, self.references))
        for line, standing in self.standings.items():
            where = standing.top.where if standing.top and line not in touched else None
            if where in found and found[where].rank != self.references.get(where, Reference(0)).rank:
                tops[line] = standing.top
        self.references |= found
        reference = {period: each.rank for period, each in found.items()}
        for move in settle_all(self.standings, tops, reference):
            self.standings[move.line_id] = move.after
            self._announce(move)

    def _top(self, line: UUID) -> Top | None:
        found = [
            (self.accepted[n, r, line], lines[line]) for (n, r), lines in self.values.items() if self.present[n] == r and line in lines
        ]
        return max(found)[1] if found else None

    def _announce(self, move: Move) -> None:
        if move.kind is None:
            return
        before = self.reader.get(move.line_id, (0, None))[0]
        assert move.after.revision == before + 1, "revisions of a line have no gap"
        value = move.after.top
        hours = None if move.kind == "retracted" or value is None else self.hours[value.filing, value.filing_revision, move.line_id]
        self.reader[move.line_id] = move.after.revision, hours


class AnySequence(RuleBasedStateMachine):
    """Filings, corrections and withdrawals in any order."""

    filed: Bundle[str] = Bundle("filed")

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.ledger = Ledger()

    @rule(target=filed, lines=filings)
    def file(self, lines: dict[str, Said]) -> str:
        number = f"D-{len(self.model.filings) + 1}"
        self._file(number, lines)
        return number

    @rule(number=filed, lines=filings)
    def correct(self, number: str, lines: dict[str, Said]) -> None:
        self._file(number, lines)

    @rule(number=consumes(filed))
    def withdraw(self, number: str) -> None:
        self.model.withdraw(number)
        self.ledger.file(number, {})

    def _file(self, number: str, lines: dict[str, Said]) -> None:
        self.model.file(number, lines)
        self.ledger.file(number, {_id(line): (_top(value), value.centihours) for line, value in lines.items()})

    @invariant()
    def the_reader_holds_what_counts(self) -> None:
        held = {line: hours for line, (_, hours) in self.ledger.reader.items() if hours is not None}
        assert held == {_id(line): hours for line, hours in self.model.counted().items()}


def _id(line: str) -> UUID:
    return uuid5(NAMESPACE_DNS, line)


def _top(value: Said) -> Top:
    return Top("", 0, value.rank, _period(value.place))


def _period(place: Place) -> SourcePeriod:
    return SourcePeriod(UUID(int=place.contract), date(2019, place.month, 1), place.months)


TestAnySequence = AnySequence.TestCase
TestAnySequence.settings = settings(stateful_step_count=30)
