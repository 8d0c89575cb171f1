"""French punctuation on a page: its spaces do not break, its signs and its tags stay as they are."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment, StrictUndefined, UndefinedError
from markupsafe import Markup

from kit.typography import NBSP, THIN, unbroken
from kit.web import filters
from kit.web.typography import Reader, Typography
from tests.reading import plain

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted(path for folder in ("kit", "services", "deploy") for path in (ROOT / folder).rglob("templates/**/*.html"))
TEXT = st.text(st.sampled_from("ab1 :;!?%€«»<>&\"'/=-\n\u00a0\u202f"), max_size=40)
PIECES = (
    *("<p>", "</p>", "<br>", "mot", " : ", " ?", " % ", "« ", " »", "{{ said }}", "{{ made }}", "{% if said %}oui !{% endif %}"),
    *('<a href="/x ?a=b : c" title="Titre : {{ said }} !">', "</a>", "<input value='{{ said }}'>", "<!-- a : b -->"),
    *("<code>x : y</code>", "<pre>{{ said }} <b>p ?</b></pre>", "<script>a ? b : 1 % 2</script>", "<style>p { a : b }</style>"),
    *("<textarea>{{ said }} !</textarea>", "<CODE>x ; y</CODE>", "{# « a » #}", '<td {% if said %}class="a : b"{% endif %}>', "&amp; "),
)


def made(template: str, said: object, *, french: bool) -> str:
    loader = DictLoader({"page": template})
    pages = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, extensions=[Typography] if french else [])
    pages.filters.update(filters.ALL)
    return pages.get_template("page").render(said=said, made=Markup("<b>fait : oui</b>"))


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Titre : suite", f"Titre{NBSP}: suite"),
        ("« mot »", f"«{NBSP}mot{NBSP}»"),
        ("vraiment ? oui ! a ; b", f"vraiment{THIN}? oui{THIN}! a{THIN}; b"),
        ("15 % et 40 €", f"15{THIN}% et 40{NBSP}€"),
        ("« Qui ? » : « moi »", f"«{NBSP}Qui{THIN}?{NBSP}»{NBSP}: «{NBSP}moi{NBSP}»"),
        (" : ", f"{NBSP}: "),
        ("« ", f"«{NBSP}"),
        *((same, same) for same in ("14:02", "à 14:02 précises", "/x ?a=b", "a :// b", "%s %d", "a :b", "deux  : espaces", "", "a b c")),
        (f"déjà{NBSP}: « fait{NBSP}»", f"déjà{NBSP}: «{NBSP}fait{NBSP}»"),
    ],
)  # fmt: skip
def test_spaces_of_signs_do_not_break(typed: str, shown: str) -> None:
    assert unbroken(typed) == shown


@given(TEXT)
def test_only_spaces_change_and_only_once(typed: str) -> None:
    shown = unbroken(typed)
    assert shown.replace(NBSP, " ").replace(THIN, " ") == typed.replace(NBSP, " ").replace(THIN, " ")
    assert unbroken(shown) == shown


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), TEXT)
def test_a_page_keeps_its_signs_its_tags_and_its_escaping(template: str, said: str) -> None:
    before, after = made(template, said, french=False), made(template, said, french=True)
    assert plain(after) == plain(before)
    assert len(after) == len(before)
    tags = r"(?s)<!--.*?-->|<(code|pre|script|style|textarea)>.*?</\1>|<[^>]*>"
    assert [found[0] for found in re.finditer(tags, after, re.IGNORECASE)] == [
        found[0] for found in re.finditer(tags, before, re.IGNORECASE)
    ]


@given(TEXT)
def test_what_is_printed_as_text_has_no_space_that_breaks(said: str) -> None:
    assert html.unescape(made("<p>{{ said }}</p>", said, french=True)) == f"<p>{unbroken(said)}</p>"
    assert html.unescape(made('<p title="{{ said }}">', said, french=True)) == f'<p title="{said}">'


def test_a_sign_beside_what_is_printed_keeps_to_it() -> None:
    assert made("<p>{{ said }} : « {{ said }} »</p>", "a", french=True) == f"<p>a{NBSP}: «{NBSP}a{NBSP}»</p>"


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("1234 | number", f"1{THIN}234"),
        ("said ~ ' : ' ~ 3 | number", f"a ?b{NBSP}: 3"),
        ("'oui !' if said else 3 | number", f"oui{THIN}!"),
        ("['oui !', 3 | number] | join(' ; ')", f"oui{THIN}!{THIN}; 3"),
        ("'{} : {}'.format(said, 3 | number)", f"a ?b{NBSP}: 3"),
        ("{'x': 'oui !'}[said | default('x') and 'x']", f"oui{THIN}!"),
    ],
)
def test_what_is_printed_with_a_figure_in_it_is_a_text(printed: str, shown: str) -> None:
    assert made("{{ " + printed + " }}", "a ?b", french=True) == shown


def test_html_numbers_and_what_is_missing_pass_as_they_are() -> None:
    assert made("{{ said }}", Markup("<b>a : b</b>"), french=True) == "<b>a : b</b>"
    assert made("{{ said }}{{ said + 1 }}", 1, french=True) == "12"
    assert made("{{ said ~ ' !' if said else '' }}", "a", french=True) == f"a{THIN}!"
    with pytest.raises(UndefinedError):
        made("{{ unknown }}", "a", french=True)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_template_ends_where_text_is_read(path: Path) -> None:
    """Else its tags are so written that the reader loses its way, and its text breaks or its attributes change."""
    reader, pages = Reader(), Environment(trim_blocks=True, lstrip_blocks=True)
    for _, kind, piece in pages.lex(path.read_text()):
        if kind == "data":
            reader.read(piece)
    assert reader.reads_text
