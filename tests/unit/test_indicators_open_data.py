"""The catalogue that portals harvest: three writings of the same statements, walked page by page as a harvester does."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from rdflib import RDF, Graph, Namespace, URIRef
from rdflib.compare import isomorphic

from services.indicators.catalogue.definitions import ALL
from services.indicators.pages import dcat
from services.indicators.release.store import Published

DCAT, DCT, HYDRA = (
    Namespace("http://www.w3.org/ns/dcat#"),
    Namespace("http://purl.org/dc/terms/"),
    Namespace("http://www.w3.org/ns/hydra/core#"),
)
RELEASE = Published("2026-1", datetime(2026, 11, 25, tzinfo=UTC), date(2026, 10, 1), 10, 2, ("2025", "2025-Q1", "2026"))
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # rdflib of itself
PARSED = {"jsonld": "json-ld", "ttl": "turtle", "rdf": "xml"}
SIZE = 4


def _page(form: str, number: int) -> Graph:
    pages = -(-len(ALL) // SIZE)
    page = dcat.Page("https://observatoire.test", form, number, pages, SIZE, len(ALL))
    shown = ALL[(number - 1) * SIZE : number * SIZE]
    return Graph().parse(data=dcat.written(dcat.catalogue(page, shown, RELEASE, fictional=True), form), format=PARSED[form])


@pytest.mark.parametrize("form", PARSED)
def test_a_harvester_that_follows_the_pages_finds_every_data_set(form: str) -> None:
    found: set[str] = set()
    number: int | None = 1
    while number is not None:
        graph = _page(form, number)
        for data in graph.subjects(RDF.type, DCAT.Dataset):
            found.add(str(graph.value(data, DCT.identifier)))
            assert graph.value(data, DCT.title)
            assert "Données fictives" in str(graph.value(data, DCT.description))
            assert list(graph.objects(data, DCAT.keyword))
            files = list(graph.objects(data, DCAT.distribution))
            assert len(files) == 3
            assert all(str(graph.value(file, DCAT.downloadURL)).startswith("https://observatoire.test/") for file in files)
            assert all(graph.value(file, DCT.license) == URIRef(dcat.LICENCE_ID) for file in files)
        view = graph.value(predicate=RDF.type, object=HYDRA.PartialCollectionView)
        following = graph.value(view, HYDRA.next)
        assert following == graph.value(view, HYDRA.nextPage)
        number = int(str(following).split("page=")[1].split("&")[0]) if following else None
    assert found == {f"macs-{one.id}" for one in ALL}


def test_the_three_writings_say_the_same() -> None:
    def without_address(graph: Graph) -> Graph:
        kept = Graph()
        for subject, name, value in graph:
            if "catalogue." not in f"{subject}{value}":
                kept.add((subject, name, value))
        return kept

    first, second, third = (without_address(_page(form, 1)) for form in PARSED)
    assert isomorphic(first, second)
    assert isomorphic(first, third)


def test_what_has_quotes_and_angles_stays_itself() -> None:
    odd = 'Un "mot" <b> & \\ un\nsaut'
    statements: list[dcat.Statement] = [(dcat.Iri("https://observatoire.test/x"), "dct:title", dcat.Text(odd))]
    for form, known in PARSED.items():
        graph = Graph().parse(data=dcat.written(statements, form), format=known)
        assert str(graph.value(URIRef("https://observatoire.test/x"), DCT.title)) == odd
