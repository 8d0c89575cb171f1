"""Tokens in place of persons: the same person gives the same token, and no token says who."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.ingest.persons import Tokens, masked, plain_name, read_tokens

ONE, OTHER = UUID(int=1), UUID(int=2)
KEY = b"k" * 32


def test_writing_does_not_matter_for_the_regional_token() -> None:
    tokens = Tokens(KEY)
    born = date(1990, 4, 12)
    written = {
        tokens.regional(*name, born)
        for name in (("Dupont-Éloi", "Anne Marie"), ("DUPONT ELOI", "Anne-Marie"), ("dupont-éloi ", "ANNE  MARIE"))
    }
    assert len(written) == 1
    assert tokens.regional("Dupont", "Anne", date(1990, 4, 13)) != tokens.regional("Dupont", "Anne", born)
    assert tokens.regional("", "Anne", born) is tokens.regional("Dupont", "123", born) is None


def test_the_local_token_is_an_organisation_s_own() -> None:
    tokens = Tokens(KEY)
    assert tokens.local(ONE, "A12") == tokens.local(ONE, " A12 ") != tokens.local(OTHER, "A12")
    assert Tokens(b"l" * 32).local(ONE, "A12") != tokens.local(ONE, "A12")


_WORKERS = st.text("ABCDEFabcdef0123456789 -éà", min_size=1, max_size=20)


@given(_WORKERS, _WORKERS)
def test_two_workers_have_two_tokens(first: str, second: str) -> None:
    assume(first.strip() != second.strip())
    tokens = Tokens(KEY)
    assert tokens.local(ONE, first) != tokens.local(ONE, second)


def test_the_key_is_a_file_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / "pseudonym.key").write_text("ab" * 32 + "\n")
    tokens = read_tokens(tmp_path)
    assert "ab" * 8 not in repr(tokens)
    assert len(tokens.local(ONE, "A12")) == 32
    with pytest.raises(ValueError, match="32 bytes"):
        Tokens(b"short")


def test_names() -> None:
    assert (plain_name("Éloïse-Marie d’Aÿ"), masked("Dupont"), masked("")) == ("ELOISEMARIEDAY", "D•••••", "")
