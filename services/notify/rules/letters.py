"""A letter's content, and its two faces: plain text first, HTML beside it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Final

from kit.typography import unbroken

FICTIONAL: Final = "Données fictives : démonstration, personnes et organisations inventées."
SIGNATURE: Final = "Réseau régional des clauses sociales d’Île-de-France"
_STYLE: Final = (
    "body{margin:0;background:#f4f5f7;color:#1b1f24;font:16px/1.5 'Atkinson Hyperlegible Next',Verdana,Arial,sans-serif}"
    "main{max-width:36rem;margin:0 auto;padding:24px;background:#fff}"
    "h1{font-size:1.25rem;line-height:1.3;margin:0 0 1rem}th{text-align:left;white-space:nowrap;padding:2px 16px 2px 0;vertical-align:top}td{padding:2px 0}"
    "table{border-collapse:collapse;margin:1rem 0}.banner{background:#5b2a86;color:#fff;padding:8px 24px;font-weight:bold}"
    ".actions a{display:inline-block;margin:4px 8px 4px 0;padding:8px 14px;background:#1a4b8c;color:#fff;border-radius:4px}"
    "footer{margin-top:1.5rem;border-top:1px solid #c9ced6;padding-top:.75rem;font-size:.875rem;color:#4a5361}"
)


@dataclass(frozen=True)
class Letter:
    """What a person reads. `facts` are label and value; `actions` are label and full address; `items` a list of sentences."""

    subject: str
    greeting: str
    paragraphs: tuple[str, ...]
    facts: tuple[tuple[str, str], ...] = ()
    items: tuple[str, ...] = ()
    actions: tuple[tuple[str, str], ...] = ()
    closing: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()


def greeting(first_name: str | None) -> str:
    return f"Bonjour {first_name}," if first_name else "Bonjour,"


def as_text(letter: Letter, *, fictional: bool) -> str:
    """The plain text part: complete by itself, addresses written out as they are."""
    blocks = [f"*** {FICTIONAL} ***"] if fictional else []
    blocks += [letter.greeting, *letter.paragraphs]
    if letter.facts:
        blocks.append("\n".join(f"{label} : {value}" for label, value in letter.facts))
    if letter.items:
        blocks.append("\n".join(f"- {item}" for item in letter.items))
    if letter.actions:
        blocks.append("\n".join(f"[{label}] {address}" for label, address in letter.actions))
    blocks += letter.closing
    blocks.append("\n".join(("-- ", SIGNATURE, *letter.footer)))
    return unbroken("\n\n".join(blocks)) + "\n"


def as_html(letter: Letter, *, fictional: bool) -> str:
    """The HTML part: the same words in the same order, no picture and nothing loaded from elsewhere."""
    banner = f'<p class="banner" style="margin:0">{_said(FICTIONAL)}</p>' if fictional else ""
    facts = "".join(f'<tr><th scope="row">{_said(label)}</th><td>{_said(value)}</td></tr>' for label, value in letter.facts)
    items = "".join(f"<li>{_said(item)}</li>" for item in letter.items)
    links = " ".join(f'<a href="{escape(address)}">{_said(label)}</a>' for label, address in letter.actions)
    parts = (
        f"<h1>{_in_a_line(letter.subject)}</h1>",
        _paragraphs((letter.greeting, *letter.paragraphs)),
        f"<table>{facts}</table>" if facts else "",
        f"<ul>{items}</ul>" if items else "",
        f'<p class="actions">{links}</p>' if links else "",
        _paragraphs(letter.closing),
        f"<footer>{'<br>'.join(_said(line) for line in (SIGNATURE, *letter.footer))}</footer>",
    )
    return (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{_in_a_line(letter.subject)}</title><style>{_STYLE}</style></head><body>{banner}<main>{''.join(parts)}</main></body></html>\n"
    )


def _paragraphs(texts: tuple[str, ...]) -> str:
    return "".join(f"<p>{_said(text)}</p>" for text in texts)


def _said(text: str) -> str:
    """The text with the lines that its author gave it."""
    return "<br>".join(escape(line) for line in unbroken(text).splitlines())


def _in_a_line(text: str) -> str:
    return escape(unbroken(" ".join(text.splitlines())))
