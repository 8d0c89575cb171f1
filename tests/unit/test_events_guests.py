"""Whom contracts give reason to invite, lists of guests as they come, and what a pitch needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time

import pytest

from kit.errors import Refused
from services.events.rules import guests, pitches, profiles
from services.events.rules.editions import Edition
from services.events.rules.guests import Contract
from services.events.rules.pitches import Pitch
from services.events.rules.profiles import Profile
from services.events.rules.registrations import Applicant

DAY = date(2027, 5, 20)
EDITION = Edition("OPENMAP", "Openmap", "Paysage", DAY, "MORNING", "Paris", pitch_until=date(2027, 4, 1), pitch_criteria=("Références",))


def contract(number: str, buyer: str, ends_on: date | None, *, estimated: bool = False) -> Contract:
    return Contract(number, f"Entretien {number}", buyer, f"Acheteur {buyer}", "93", ends_on, estimated)


def test_buyers_whose_contracts_end_within_a_year_are_proposed_and_an_unknown_end_is_said() -> None:
    found = guests.buyers(
        [
            contract("A", "1", date(2028, 5, 20)),
            contract("B", "2", date(2028, 5, 21)),
            contract("C", "3", date(2027, 5, 19)),
            contract("D", "4", None),
            contract("E", "5", date(2027, 6, 1), estimated=True),
            *(contract(f"F{n}", "6", date(2027, 7, 1)) for n in range(5)),
        ],
        DAY,
    )
    assert [guest.siret for guest in found] == ["5", "6", "1", "4"]
    assert found[0].reason == "E « Entretien E » (fin estimée le 01/06/2027)"
    assert found[3].reason == "D « Entretien D » (fin inconnue)"
    assert found[1].reason.endswith("; et 2 autres")


@pytest.mark.parametrize(
    ("notified", "months", "end"),
    [(date(2027, 1, 31), 1, date(2027, 2, 28)), (date(2028, 2, 29), 12, date(2029, 2, 28)), (date(2026, 12, 15), 1, date(2027, 1, 15))],
)
def test_an_end_is_estimated_from_notification_and_duration(notified: date, months: int, end: date) -> None:
    assert guests.end_of(None, notified, months) == (end, True)
    assert guests.end_of(date(2030, 1, 1), notified, months) == (date(2030, 1, 1), False)
    assert guests.end_of(None, None, months) == (None, False)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_a_list_is_read_as_spreadsheets_write_it(encoding: str, delimiter: str) -> None:
    text = (
        delimiter.join(["Structure", "Prénom Nom", "Courriel"])
        + "\r\n"
        + delimiter.join(["Régie d’Été", "Zoé Fictive", "zoe@exemple.fr"])
        + "\r\n\r\n"
    )
    found, errors = guests.read_list(text.encode(encoding))
    assert errors == []
    assert [(guest.organisation, guest.email, guest.reason) for guest in found] == [("Régie d’Été", "zoe@exemple.fr", "Liste importée")]


def test_a_number_copied_with_its_spaces_is_the_number() -> None:
    found, errors = guests.read_list("Structure;SIRET;Courriel\nVille;217\u202f500\u00a0016 00019;a@exemple.fr\n".encode())
    assert (errors, [guest.siret for guest in found]) == ([], ["21750001600019"])


def test_wrong_lines_are_named_with_their_number_and_value() -> None:
    found, errors = guests.read_list(b"Structure;Courriel\nVille;a@exemple.fr\n;b@exemple.fr\nRegie;pas une adresse\n")
    assert [guest.organisation for guest in found] == ["Ville"]
    assert [(error.line, error.column, error.value) for error in errors] == [(3, "organisation", ""), (4, "email", "pas une adresse")]
    assert guests.read_list(b"a;b\n")[1][0].code == "HEADER"
    assert guests.read_list(b"")[1][0].code == "HEADER"
    assert guests.read_list(b'Structure;Courriel\n"' + b"x" * 200_000)[1][0].code == "FILE"


def test_a_pitch_answers_every_criterion_in_time_and_comes_from_the_ess() -> None:
    right = Pitch(Applicant("Zoé Fictive", "zoe@exemple.fr", "Régie", "SIAE"), "Espaces verts", "Nous entretenons", ("Trois chantiers",))
    pitches.check(right, EDITION, date(2027, 4, 1))
    wrong = Pitch(Applicant("", "x", "", "BUYER"), "", "", ())
    with pytest.raises(Refused) as refused:
        pitches.check(wrong, EDITION, date(2027, 4, 2))
    assert {error.column for error in refused.value.errors} == {"", "name", "organisation", "email", "role", "title", "about", "answers.0"}
    with pytest.raises(Refused):
        pitches.check_decision("refused", " ")
    pitches.check_decision("selected", None)


def test_slots_are_those_in_which_somebody_is_there() -> None:
    begins = datetime(2027, 5, 20, 11, 0)
    assert profiles.slots_between(begins, datetime(2027, 5, 20, 12, 25)) == 8
    late = Profile(free_from=time(11, 15), free_until=time(11, 50))
    assert profiles.slots_of(late, begins, 8) == frozenset({2, 3, 4})
    assert profiles.slots_of(Profile(), begins, 3) == frozenset({0, 1, 2})
    with pytest.raises(Refused) as refused:
        profiles.check(replace(late, free_until=time(11), quarter="2028-T2", sectors=("X",), hours=-1))
    assert {error.column for error in refused.value.errors} == {"free_until", "quarter", "sectors", "hours"}
