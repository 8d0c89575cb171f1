# ruff: noqa: F811  fixtures are taken by their name
"""Who declares, buys or employs alone knows figures of its own, of this release and of earlier ones, and computes nobody else's from them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from services.indicators.attack import tellers
from services.indicators.attack.files import Published, Teller, read
from services.indicators.attack.insiders import Insider, small_groups
from services.indicators.attack.verdict import Verdict, attack
from services.indicators.release import export, insight, joint, memory, store
from services.indicators.release.build import Release, build, measure
from services.indicators.release.facets import Facet, knows
from services.indicators.release.insight import NOBODY, Insight
from services.indicators.release.joint import Past, Protected
from services.indicators.release.memory import Remembered
from services.indicators.release.publish import told
from services.indicators.release.store import Written
from services.indicators.release.system import LEAST_HOURS, LEAST_PERSONS, needs
from services.indicators.release.tables import Key
from services.indicators.replica.columnar import Columnar
from tests.unit.built_release import TODAY, lines_of, load, replica  # noqa: F401  fixtures
from tests.unit.protected_tables import YEAR, Atoms, as_published, drawn_atoms, facet_of_hours

pytestmark = pytest.mark.timeout(400)
THEY = UUID(int=9)


def _told_by_one(facet: Facet, public: str) -> Facet:
    """Of one criterion everything was declared by a declarant that declared nothing else."""
    theirs = {key: frozenset({THEY}) for key, value in facet.values.items() if ("public", public) in key[1] and value}
    return replace(facet, tellers=theirs)


def _past(facet: Facet, protected: Protected, release: str, last: Past | None = None, *, minded: bool = True) -> Past:
    known = insight.of(facet, last, protected.hidden, protected.open) if minded else NOBODY
    return Past(release, YEAR, facet.values, protected.needs, protected.hidden, protected.kept, told_to=facet.told_to, insight=known)


def _by_its_declarant(*said: tuple[Facet, Protected, Past]) -> Verdict:
    """The attack of all releases, the newest first, by the one who declared alone."""
    own: dict[tuple[str, str, Key], tuple[float, bool]] = {}
    moved: dict[tuple[str, str, str, Key], float] = {}
    secrets: set[tuple[str, str, Key]] = set()
    for number, (facet, protected, past) in enumerate(said):
        release = f"R{len(said) - number}"
        own |= {
            (release, "I01", key): (facet.values[key] / 100, knows("hours", key)) for key in past.insight.told if key in protected.hidden
        }
        secrets |= {(release, "I01", key) for key in protected.needs if key in protected.hidden and number}
        for key in past.insight.moved if number + 1 < len(said) else ():
            if knows("hours", key):
                moved[release, f"R{len(said) - number - 1}", "I01", key] = (facet.values[key] - said[number + 1][0].values[key]) / 100
    not_kept = frozenset((release or f"R{len(said)}", "I01", key) for _, release, key in said[0][1].open)
    published = as_published([(facet, protected) for facet, protected, _ in said])
    return attack(replace(published, tellers={"they": Teller(own, moved, not_kept)}, secrets=frozenset(secrets)))


def _one(facet: Facet, protected: Protected) -> tuple[Facet, Protected, Past]:
    return facet, protected, _past(facet, protected, "R1")


def test_a_declarant_that_knows_what_it_declared_alone_computes_no_other() -> None:
    told = _told_by_one(facet_of_hours(drawn_atoms(Random(3), 100)), "BRSA")
    unminded = joint.protect(replace(told, tellers={}), YEAR)
    assert {found.insider for found in _by_its_declarant(_one(told, unminded)).findings} == {"they"}
    protected = joint.protect(told, YEAR)
    assert protected.open == frozenset()
    assert _by_its_declarant(_one(told, protected)).findings == []


@pytest.mark.parametrize("other", ["a", "z"])
def test_attacked_in_parts_each_finds_what_it_found_in_one(other: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = _told_by_one(facet_of_hours(drawn_atoms(Random(3), 100)), "BRSA")
    unminded = joint.protect(replace(told, tellers={}), YEAR)
    published = as_published([(told, unminded)])
    own = {("R1", "I01", key): (told.values[key] / 100, True) for key in told.tellers if key in unminded.hidden}
    some = dict(list(own.items())[:1])
    known = replace(published, tellers={"they": Teller(own, {}, frozenset()), other: Teller(some, {}, frozenset())})
    whole = attack(known)
    monkeypatch.setattr(tellers, "MANY", 2)
    parts = attack(known)
    assert len(tellers.parts(known, "I01", "2025")) == 2
    assert whole.findings
    assert parts.attacked == whole.attacked
    assert {found.place for found in parts.findings} == {found.place for found in whole.findings}, "the same figures"
    assert "they" in {found.insider for found in parts.findings}, "each part says by whom"


def test_who_changed_much_is_attacked_for_apart_and_nobody_is_left_out() -> None:
    own: dict[tuple[str, str, Key], tuple[float, bool]] = {("R2", "I01", ("2025-Q1", ())): (1.0, True)}
    few = {
        f"few-{number:02}": Teller(own, {("R2", "R1", "I01", (f"2025-Q{number % 4 + 1}", ())): 1.0}, frozenset()) for number in range(40)
    }
    many: dict[tuple[str, str, str, Key], float] = {
        ("R2", "R1", "I01", ("2025-Q1", (("public", str(code)),))): 1.0 for code in range(5_000)
    }
    elsewhere = Teller({("R2", "I01", ("2024-Q1", ())): (1.0, True)}, {}, frozenset())
    known = Published((), tellers={**few, "much": Teller(own, many, frozenset()), "elsewhere": elsewhere})
    parts = tellers.parts(known, "I01", "2025")
    assert sorted(who for part in parts for who in part) == sorted([*few, "much"]), "each once, and nobody who knows nothing of it"
    assert frozenset({"much"}) in parts
    assert tellers.parts(known, "I01", "2024") == [frozenset({"elsewhere"})]
    assert tellers.parts(known, "I16", "2025") == []


def test_who_knows_how_many_persons_of_its_own_there_are_computes_no_other_number() -> None:
    total: Key = ("2025-Q1", (("department", "75"),))
    counts = {"EI": 3, "ETTI": 4, "AI": 9, "ACI": 40}
    cells: dict[str, Key] = {code: ("2025-Q1", (("department", "75"), ("modality", code))) for code in counts}
    values = {total: sum(counts.values()), **{cells[code]: count for code, count in counts.items()}}
    few = {cells[code]: needs(counts[code], LEAST_PERSONS, 1) for code in ("EI", "ETTI")}
    told = Facet("persons", values, few, tellers={cells["EI"]: frozenset({THEY})})
    teller = Teller({("R1", "I05", cells["EI"]): (3.0, knows("persons", cells["EI"]))}, {}, frozenset())
    for facet, insiders in ((replace(told, tellers={}), {"they"}), (told, set[str]())):
        protected = joint.protect(facet, YEAR)
        found = attack(replace(as_published([(told, protected)]), tellers={"they": teller}))
        assert {finding.insider for finding in found.findings} == insiders
        assert protected.open == frozenset()


def test_every_insider_attacks_alone_after_those_that_attack_together() -> None:
    """What a group cannot compute none of its members can; what it can, each is asked for alone."""
    for many in (0, 1, 10, 11, 26):
        insiders = [Insider(f"{number}", {number: 1.0}, frozenset()) for number in range(many)]
        groups = [[insider.employer for insider in group] for group in small_groups(insiders)]
        together = [group for group in groups if len(group) > 1]
        assert groups[len(groups) - many :] == [[f"{number}"] for number in range(many)]
        assert not together or sorted(name for group in groups[: len(groups) - many] for name in group) == sorted(
            f"{n}" for n in range(many)
        )
        assert bool(together) == (many > 10)


def test_what_was_printed_without_minding_declarants_is_said_to_be_open_to_them_and_refuses_nothing() -> None:
    """What it told them is known; everything else is kept from them."""
    atoms = drawn_atoms(Random(3), 100)
    first = _told_by_one(facet_of_hours(atoms), "BRSA")
    unminded = joint.protect(replace(first, tellers={}), YEAR)
    past = _past(first, unminded, "R1", minded=False)
    again = joint.protect(first, YEAR, [replace(past, told_to="")])
    assert again.open
    assert {who for who, _, _ in again.open} == {THEY}
    assert again.hidden == unminded.hidden
    assert _by_its_declarant(_one(first, again)).findings == []
    elsewhere = joint.protect(_told_by_one(facet_of_hours(atoms), "DELD"), YEAR, [_past(first, joint.protect(first, YEAR), "R1")])
    assert elsewhere.hidden == joint.protect(first, YEAR).hidden, "the same figures known to somebody else stay as they are"


def test_declarants_are_minded_also_where_a_department_s_hours_must_be_hidden() -> None:
    """One department of three is too small to be shown, so that a second one must not be."""
    atoms = {
        atom: (100 if atom[0] == "2025-Q1" else 0) if atom[1] == "93" else value for atom, value in drawn_atoms(Random(3), 100).items()
    }
    atoms = {atom: value if atom[1] != "93" or atom[2:] == ("DELD", "F") else 0 for atom, value in atoms.items()}
    told = _told_by_one(facet_of_hours(atoms), "BRSA")
    shown = (
        frozenset(key for key in told.values if key[0] == YEAR.text and {name for name, _ in key[1]} <= {"department"}) - told.needs.keys()
    )
    protected = joint.protect(replace(told, never=frozenset(shown)), YEAR)
    assert (protected.gave_way, protected.open) == (True, frozenset())
    assert _by_its_declarant(_one(told, protected)).findings == []


def _grown(atoms: Atoms, public: str) -> tuple[Atoms, Facet]:
    """Each cell of a criterion by many persons' hours more, all declared by the same; what others have in it stays."""
    more = {atom: value + (10_000 if atom[2] == public else 0) for atom, value in atoms.items()}
    before, after = facet_of_hours(atoms).values, facet_of_hours(more)
    return more, replace(after, moved={key: frozenset({THEY}) for key, value in after.values.items() if value != before[key]})


@pytest.mark.parametrize("public", ["BRSA", "DELD"])
def test_who_alone_corrected_cells_computes_nothing_of_the_others_in_them(public: str) -> None:
    """What was hidden before is what is printed now, less one's own correction."""
    atoms = drawn_atoms(Random(3), 100)
    first = facet_of_hours(atoms)
    hidden = joint.protect(first, YEAR)
    past = _past(first, hidden, "R1")
    _, now = _grown(atoms, public)
    unminded = joint.protect(replace(now, moved={}), YEAR, [past])
    broken = _by_its_declarant((now, unminded, _past(now, unminded, "R2", past)), (first, hidden, past))
    assert {found.insider for found in broken.findings} == {"they"}
    protected = joint.protect(now, YEAR, [past])
    assert protected.open == frozenset()
    assert _by_its_declarant((now, protected, _past(now, protected, "R2", past)), (first, hidden, past)).findings == []


def _sectors(**hours: int) -> dict[Key, int]:
    """A quarter’s hours, in hundredths, of a region with these sectors."""
    return {("2025-Q1", ()): sum(hours.values()), **{("2025-Q1", (("sector", name),)): value for name, value in hours.items()}}


def test_what_somebody_alone_knew_of_an_earlier_release_is_known_to_it_still() -> None:
    """Others are part of its cell by now; it knows what that was before, and by how much it alone changed another one."""
    own, small, changed = (("2025-Q1", (("sector", name),)) for name in ("OWN", "SMALL", "CHANGED"))
    said = _sectors(OWN=9_000, SMALL=3_000, CHANGED=20_000, LARGE=28_000)
    first = Facet("hours", said, {key: needs(said[key], LEAST_HOURS) for key in (own, small)}, tellers={own: frozenset({THEY})})
    hidden = joint.protect(first, YEAR)
    past = _past(first, hidden, "R1")
    assert hidden.hidden == {own, small, changed}
    values = _sectors(OWN=24_000, SMALL=3_000, CHANGED=30_000, LARGE=28_000)
    now = Facet("hours", values, {small: first.needs[small]}, moved={changed: frozenset({THEY})})
    forgotten = joint.protect(now, YEAR, [replace(past, insight=NOBODY)])
    broken = _by_its_declarant((now, forgotten, _past(now, forgotten, "R2", past)), (first, hidden, past))
    assert {found.insider for found in broken.findings} == {"they"}
    protected = joint.protect(now, YEAR, [past])
    assert (changed in protected.hidden, protected.open) == (True, frozenset())
    assert _by_its_declarant((now, protected, _past(now, protected, "R2", past)), (first, hidden, past)).findings == []


def test_a_change_that_somebody_made_alone_is_no_secret_to_it() -> None:
    """Kept as it was, since few changed it: they know what it is now."""
    first = facet_of_hours(drawn_atoms(Random(3), 100))
    past = _past(first, joint.protect(first, YEAR), "R1")
    total: Key = (YEAR.text, ())
    now = replace(first, values={**first.values, total: first.values[total] + 100}, moved={total: frozenset({THEY})})
    assert insight.known_to(now, past, total) == {THEY}
    unknown = replace(past, hidden=past.hidden | {total})
    assert insight.known_to(now, unknown, total) == frozenset()
    assert insight.known_to(now, replace(unknown, insight=Insight({total: frozenset({THEY})})), total) == {THEY}


def test_a_change_that_an_employer_made_alone_does_not_stop_the_year() -> None:
    """What it changed cannot be kept from itself: all figures of the year were said again as they had been."""
    whole: Key = ("2025-Q1", (("public", "PLIE"),))
    alone, few, many = (("2025-Q1", (("department", name), ("public", "PLIE"))) for name in ("75", "93", "92"))
    values = {alone: 5_000, few: 4_000, many: 31_000, whole: 40_000}
    first = Facet("hours", values, {key: needs(values[key], LEAST_HOURS) for key in (alone, few)}, makers={alone: THEY})
    hidden = joint.protect(first, YEAR)
    assert whole not in hidden.hidden
    past = _past(first, hidden, "R1")
    now = replace(first, values={**values, alone: 5_100, whole: 40_100}, moved={key: frozenset({THEY}) for key in (alone, whole)})
    protected = joint.protect(now, YEAR, [past], {alone, whole})
    assert (protected.repeats, protected.open) == (None, frozenset())
    assert protected.kept == {**protected.kept, whole: ("R1", 40_000)}
    untold = joint.protect(replace(now, moved={}), YEAR, [past], {alone, whole})
    assert untold.repeats is None
    assert untold.open == {(THEY, "", whole)}, "who made it is not known: it is said, and refuses nothing"


def test_who_alone_changed_a_figure_that_was_kept_knows_it_also_in_the_release_after() -> None:
    """Nothing moved since: the same tables once more were refused, since what they were known to know was taken to be a discovery."""
    own, small, changed = (("2025-Q1", (("sector", name),)) for name in ("OWN", "SMALL", "CHANGED"))
    total: Key = ("2025-Q1", ())
    said = _sectors(OWN=9_000, SMALL=3_000, CHANGED=20_000, LARGE=28_000)
    first = Facet("hours", said, {key: needs(said[key], LEAST_HOURS) for key in (own, small)}, tellers={own: frozenset({THEY})})
    hidden = joint.protect(first, YEAR)
    past = _past(first, hidden, "R1")
    values = _sectors(OWN=9_000, SMALL=3_000, CHANGED=20_000, LARGE=28_100)
    large: Key = ("2025-Q1", (("sector", "LARGE"),))
    now = replace(first, values=values, moved={key: frozenset({THEY}) for key in (large, total)})
    kept = joint.protect(now, YEAR, [past], {large, total})
    assert {large, total} <= kept.kept.keys()
    before = _past(now, kept, "R2", past)
    assert _by_its_declarant((now, kept, before), (first, hidden, past)).findings == []
    still = replace(now, moved={})
    again = joint.protect(still, YEAR, [before, past])
    assert (again.kept, again.hidden) == (kept.kept, kept.hidden)
    after = _past(still, again, "R3", before)
    assert after.insight.told == before.insight.told
    assert _by_its_declarant((still, again, after), (now, kept, before), (first, hidden, past)).findings == []
    assert changed in again.hidden


async def _released(
    replica: Columnar, lines: Sequence[dict[str, object]], past: Sequence[Remembered], atoms: Mapping[tuple[str, str], bytes]
) -> Release:
    await load(replica, list(lines))
    measured, _ = await replica.ask(lambda connection: measure(connection, TODAY, past, atoms))
    return build(measured, TODAY, past)


def _declared(seed: int) -> list[dict[str, object]]:
    """Two declarants a department, one of them with most of the lines."""
    dice, lines = random.Random(seed), lines_of(seed, 300)
    for line in lines:
        line["declarant_id"] = UUID(int=int(str(line["department"])) * 10 + (dice.random() < 0.3))
    return lines


def _corrected(lines: list[dict[str, object]], declarant: UUID) -> list[dict[str, object]]:
    dice, own = random.Random(5), [line for line in lines if line["declarant_id"] == declarant]
    new = []
    for number in range(40):
        said = {"who": f"N{number % 20}", "employer": f"E{number % 7}", "centihours": dice.randint(500, 9_000)}
        new.append({**dice.choice(own), "line_id": UUID(int=dice.getrandbits(128)), **said})
    return [*lines, *new]


async def test_releases_after_each_other_give_a_declarant_nothing(replica: Columnar, tmp_path: Path) -> None:
    lines, they = _declared(1), UUID(int=930)
    first = await _released(replica, lines, [], {})
    held = {name: replace(past, release="2026-1") for name, past in first.memory.items()}
    remembered = Remembered("2026-1", {name: _again(past, name[0]) for name, past in held.items()})
    second = await _released(
        replica, _corrected(lines, they), [remembered], {("2026-1", year): packed for year, packed in first.atoms.items()}
    )
    assert any(they in who for past in second.memory.values() for who in past.insight.moved.values())
    assert not any(past.insight.open for past in second.memory.values())
    export.write(tmp_path, _files([("2026-2", second), ("2026-1", first)]), export.knowledge("2026-2", second, [remembered]))
    published = read(tmp_path)
    assert str(they) in published.tellers
    assert any(teller.moved for teller in published.tellers.values())
    known = {indicator for teller in published.tellers.values() for _, indicator, _ in teller.own}
    assert {"I01", "I05"} <= known, "how many persons of its own there are is known too"
    assert attack(published).findings == []


def _again(past: Past, year: str) -> Past:
    """As the next release finds it."""
    found = memory.unpack("2026-1", date(2026, 10, 1), year, memory.pack(past, "2026-1"))
    assert found.insight == past.insight
    return found


def _files(releases: Sequence[tuple[str, Release]]) -> list[export.Told]:
    shown: dict[tuple[str, str, str, str, str, str], tuple[str | None, str]] = {}
    rows: list[tuple[str, Release, Sequence[Written]]] = []
    for number, release in reversed(releases):
        rows.insert(0, (number, release, list(store.rows_of(release.cells, shown))))
        shown |= {(row[7] or number, *row[:5]): (row[5], row[6]) for row in rows[0][2] if row[6] != "secret"}
    return [told(*one) for one in rows]
