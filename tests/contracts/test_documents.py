"""What is committed in docs/api is what the code says."""

from __future__ import annotations

import json
from pathlib import Path

from cli import asyncapi, export, openapi

DOCS = Path(__file__).parents[2] / "docs" / "api"


def test_the_asyncapi_document_is_up_to_date() -> None:
    assert (DOCS / "asyncapi.json").read_text(encoding="utf-8") == export.text_of(asyncapi.document()), "run ./macs export asyncapi"


def test_the_openapi_document_is_up_to_date() -> None:
    assert (DOCS / "openapi.json").read_text(encoding="utf-8") == export.text_of(openapi.document()), "run ./macs export openapi"


def test_every_reference_of_the_documents_leads_somewhere() -> None:
    for file in DOCS.glob("*api.json"):
        document = json.loads(file.read_text(encoding="utf-8"))
        for reference in references(document):
            place = document
            for name in reference.removeprefix("#/").split("/"):
                assert name in place, f"{file.name}: {reference} leads nowhere"
                place = place[name]


def references(node: object) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(references(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(references(value) for value in node))
    return set()
