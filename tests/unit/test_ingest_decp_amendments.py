"""Amendments: applied in order, never taken back; contracts that a table tells in several rows; any order of lines, one result."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.decp.judging import Judged, judge
from services.ingest.decp.pieces import Piece, together
from services.ingest.decp.source_row import of_object, of_table
from services.ingest.parts import Contract, Imported, with_imported

BUYER, HOLDER, SECOND = "21930058900013", "12345678200010", "21350238800019"
ROW: dict[str, Any] = {
    "id": "A", "acheteur": {"id": BUYER, "nom": "Ville"}, "objet": "Gros œuvre", "codeCPV": "45000000", "dureeMois": 12, "montant": 1000,
    "lieuExecution": {"code": "93", "typeCode": "Code département"}, "dateNotification": "2018-12-17", "datePublicationDonnees": "2018-12-20",
    "titulaires": [{"typeIdentifiant": "SIRET", "id": HOLDER}],
}  # fmt: skip


def imported(*changes: dict[str, Any], **more: Any) -> Imported:
    found = judge(of_object(1, {**ROW, "modifications": list(changes), **more}))
    assert found.part is not None
    return found.part


def test_amendments_are_applied_in_order_and_the_beginning_is_kept() -> None:
    said = imported(
        {"modification": {"id": 1, "montant": 1500, "dateNotificationModification": "2019-02-01", "datePublicationDonneesModification": "2019-02-03"}},
        {"modification": {"id": 3, "dureeMois": 18, "titulaires": [{"titulaire": {"id": SECOND, "typeIdentifiant": "SIRET"}}]}},
    ).procurement  # fmt: skip
    assert (said.amount, said.duration_months, [holder.siret for holder in said.holders]) == ("1500", 18, [SECOND])
    assert said.initial is not None
    assert (said.initial.amount, said.initial.duration_months, [h.siret for h in said.initial.holders]) == ("1000", 12, [HOLDER])
    assert [amendment.number for amendment in said.amendments] == [1, 3]
    assert said.flags == ()


def test_a_company_that_was_replaced_still_knows_its_hours() -> None:
    part = imported({"titulaires": [{"id": SECOND, "typeIdentifiant": "SIRET"}]})
    assert Contract(uid=uuid4(), revision=1, buyer_siret=BUYER, imported=part).holder_sirets == sorted([HOLDER, SECOND])


def test_v15_has_no_numbers_and_counts_by_day() -> None:
    later = {"objetModification": "Prolongation", "dureeMois": 24, "dateNotificationModification": "2019-06-01"}
    first = {"objetModification": "Avenant", "montant": 1200, "dateNotificationModification": "2019-03-01"}
    one, two = imported(later, first).procurement, imported(first, later).procurement
    assert one == two
    assert [(a.number, a.object) for a in one.amendments] == [(1, "Avenant"), (2, "Prolongation")]
    assert one.flags == ()


def test_numbers_that_are_none_or_do_not_rise_are_flagged() -> None:
    for numbers in (("x", 2), (2, 1), (1, 1), (None, 1), (1.5, 2)):
        said = imported(*({"id": number, "montant": 1000 + place} for place, number in enumerate(numbers))).procurement
        assert said.flags == ("V16",), numbers
        assert [amendment.number for amendment in said.amendments] == [1, 2]


def test_amendments_are_only_ever_added_to() -> None:
    empty = Contract(uid=uuid4(), revision=0, buyer_siret=BUYER)
    first, second = {"id": 1, "montant": 1500}, {"id": 2, "dureeMois": 30}
    known = with_imported(empty, imported(first))
    both = with_imported(known, imported(second, datePublicationDonnees="2019-12-01"))
    assert both.procurement is not None
    assert [a.number for a in both.procurement.amendments] == [1, 2]
    assert (both.procurement.amount, both.procurement.duration_months, both.revision) == ("1500", 30, 2)
    assert with_imported(both, imported(second, datePublicationDonnees="2019-12-01")) is both
    other = with_imported(both, imported({"id": 1, "montant": 9999}, datePublicationDonnees="2020-01-01"))
    assert other.procurement is not None
    assert (other.procurement.amount, other.procurement.flags) == ("1500", ("AMENDMENT_CHANGED",))
    assert with_imported(other, imported({"id": 1, "montant": 9999}, datePublicationDonnees="2020-01-01")) is other


def table_row(**cells: str) -> Judged:
    row = {
        "uid": f"{BUYER}A", "id": "A", "acheteur_id": BUYER, "objet": "Gros œuvre", "codeCPV": "45000000", "dureeMois": "12", "montant": "1000",
        "dateNotification": "2018-12-17", "titulaire_id": HOLDER, "titulaire_typeIdentifiant": "SIRET", "lieuExecution_code": "93",
        "modification_id": "0", **cells,
    }  # fmt: skip
    return judge(of_table(1, row))


PIECES = [
    table_row(),
    table_row(titulaire_id=SECOND),
    table_row(modification_id="1", montant="1500", dateNotification="2019-02-01"),
    table_row(modification_id="1", montant="1500", dateNotification="2019-02-01", titulaire_id=SECOND),
    table_row(modification_id="2", montant="1500", dureeMois="20", dateNotification="2019-09-01", titulaire_id=SECOND),
    table_row(modification_id="2", montant="1500", dureeMois="20", dateNotification="2019-09-01", titulaire_id=SECOND),
]


@given(st.permutations(PIECES))
def test_rows_of_holders_and_amendments_are_one_contract_in_any_order(rows: list[Judged]) -> None:
    part = together([Piece(row.piece or 0, row.order, row.changed_on, row.part) for row in rows if row.part])
    said = part.procurement
    assert (said.amount, said.duration_months, str(said.notified_on)) == ("1500", 20, "2018-12-17")
    assert [holder.siret for holder in said.holders] == [SECOND]
    assert said.initial is not None
    assert [holder.siret for holder in said.initial.holders] == sorted([HOLDER, SECOND])
    assert [(a.number, str(a.notified_on), a.amount, a.duration_months, len(a.holders)) for a in said.amendments] == [
        (1, "2019-02-01", "1500", 12, 2),
        (2, "2019-09-01", "1500", 20, 1),
    ]


_CHANGES = st.fixed_dictionaries(
    {}, optional={"montant": st.sampled_from([1, 2, None]), "datePublicationDonnees": st.sampled_from(["2019-01-01", "2019-02-01", None]),
                  "objet": st.sampled_from(["a", "b"]), "modifications": st.sampled_from([[], [{"id": 1, "montant": 7}]])},
)  # fmt: skip


@given(st.lists(_CHANGES, min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_which_row_stands_does_not_depend_on_their_order(changes: list[dict[str, Any]], dice: Any) -> None:
    rows = [judge(of_object(1, {**ROW, **change})) for change in changes]
    before = max(rows, key=lambda row: row.order).part
    dice.shuffle(rows)
    assert max(rows, key=lambda row: row.order).part == before
