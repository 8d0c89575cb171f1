"""Accounts: addresses, places to go on to, roles that may be given; the key file and the mail of a login."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import sessions
from kit.errors import Refused
from kit.sessions import BadToken, Session
from kit.settings import Settings
from schemas.directory import OrganisationRecorded, PersonRecorded
from schemas.identifiers import uuid7
from services.directory import mail, signing
from services.directory.rules import accounts, entities


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://exemple.test/",
        "//exemple.test",
        "/\\exemple.test",
        "\\\\exemple.test",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: x",
        "/\t/x",
        "",
        None,
    ],
)
def test_going_on_never_leaves_the_site(elsewhere: str | None) -> None:
    assert accounts.local_path(elsewhere) == "/"


@given(st.text(max_size=60))
def test_whatever_is_asked_for_the_place_to_go_on_to_is_a_path_of_this_site(text: str) -> None:
    found = accounts.local_path(text)
    assert found.startswith("/")
    assert not found.startswith("//")
    assert "\\" not in found
    assert found.isprintable()


def test_a_path_with_its_question_is_kept() -> None:
    assert accounts.local_path("/annuaire?on=2018-10-01") == "/annuaire?on=2018-10-01"


@pytest.mark.parametrize(
    "text", ["", "nora", "nora@", "@exemple.test", "nora@exemple", "a b@exemple.test", "nora@exemple.test\nBcc: x@y.z", "a@b@c.d"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        accounts.address(text)


def test_addresses_are_compared_without_case() -> None:
    assert accounts.address("  Nora.Benamar@Exemple.TEST ") == "nora.benamar@exemple.test"


def test_the_team_gives_every_role_but_operator() -> None:
    accounts.may_grant({"team"}, {"declarant", "coordinator", "team"})
    accounts.may_grant({"operator"}, {"operator"})
    for granting, wanted in (({"team"}, {"operator"}), ({"declarant"}, {"declarant"}), ({"operator"}, {"emperor"})):
        with pytest.raises(Refused):
            accounts.may_grant(granting, wanted)


def test_an_organisation_says_everything_that_is_wrong_at_once() -> None:
    wrong = OrganisationRecorded(organisation_id=uuid7(), siret="12345678200011", name=" ", kind="CLUB", department="01")
    with pytest.raises(Refused) as refused:
        entities.organisation(wrong)
    assert [error.column for error in refused.value.errors] == ["siret", "name", "kind", "department"]


def test_the_private_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    found: list[signing.Signer] = []
    threads = [threading.Thread(target=lambda: found.append(signing.load(tmp_path))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({signer.kid for signer in found}) == 1
    assert (tmp_path / signing.FILE).stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == [signing.FILE]


def test_a_private_key_open_to_others_is_not_used(tmp_path: Path) -> None:
    signing.load(tmp_path)
    (tmp_path / signing.FILE).chmod(0o644)
    with pytest.raises(signing.ReadableByOthers):
        signing.load(tmp_path)


def test_a_token_is_verified_by_the_published_half_of_its_key_and_by_no_other(tmp_path: Path) -> None:
    signer, other = signing.load(tmp_path / "one"), signing.load(tmp_path / "other")
    session = Session(session=uuid7(), person=uuid7(), name="Nora Benamar", roles=("coordinator",), departments=("93",))
    token = signer.token(session)
    assert "d" not in signer.public()
    assert sessions.verify(token, signer.public()).departments == ("93",)
    with pytest.raises(BadToken):
        sessions.verify(token, other.public())


def test_the_mail_has_the_link_and_nothing_to_load() -> None:
    person = PersonRecorded(person_id=uuid7(), first_name="Nora", name="Benamar", email="nora.benamar@exemple.test")
    found = mail.login_mail(person, "http://127.0.0.1:8080/connexion/lien?jeton=abc", fictional=True)
    text = found.get_content()
    assert found.get_content_type() == "text/plain"
    assert found["Auto-Submitted"] == "auto-generated"
    assert "http://127.0.0.1:8080/connexion/lien?jeton=abc" in text
    assert text.startswith("Données fictives")
    assert "15 minutes" in text


@pytest.mark.parametrize(
    ("smtp", "mailbox", "expected"),
    [
        (
            "smtp://u%40x:p%2Fw@mail.test:587?from=reseau@exemple.test",
            "127.0.0.1:2525",
            mail.Server("mail.test", 587, "u@x", "p/w", False, "reseau@exemple.test"),
        ),
        ("smtps://mail.test", None, mail.Server("mail.test", 465, tls=True)),
        (None, "127.0.0.1:2525", mail.Server("127.0.0.1", 2525)),
        (None, None, None),
    ],
)
def test_the_mail_server_is_the_configured_one_else_the_local_mailbox(
    smtp: str | None, mailbox: str | None, expected: mail.Server | None
) -> None:
    assert mail.server_of(Settings(service="directory", smtp=smtp, mailbox_smtp=mailbox)) == expected
