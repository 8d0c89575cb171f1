"""The catalogue that portals harvest: three writings of the same statements, walked page by page as a harvester does."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from rdflib import RDF, RDFS, SKOS, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic

from services.indicators.catalogue.definitions import ALL, BY_ID
from services.indicators.pages import dcat
from services.indicators.release.disclosure import NOT_NIL
from services.indicators.release.store import Published
from services.indicators.views import datasets
from services.indicators.views.datasets import DataSet

DCAT, DCT, HYDRA, FOAF, VCARD = (
    Namespace("http://www.w3.org/ns/dcat#"),
    Namespace("http://purl.org/dc/terms/"),
    Namespace("http://www.w3.org/ns/hydra/core#"),
    Namespace("http://xmlns.com/foaf/0.1/"),
    Namespace("http://www.w3.org/2006/vcard/ns#"),
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


def test_a_data_set_is_cited_by_its_publication_and_says_truly_what_is_hidden() -> None:
    """The address alone leads to the newest release; a zero of a sensitive criterion is hidden too."""
    data = DataSet(BY_ID["I01"], RELEASE, [], fictional=True, site="https://observatoire.test")
    assert datasets.about(data)["À citer"].endswith("publication 2026-1, https://observatoire.test/donnees/I01?release=2026-1")
    for text in (datasets.about(data)["Données masquées"], datasets.FIELDS["statut"]):
        assert NOT_NIL in text


def test_what_has_quotes_and_angles_stays_itself() -> None:
    odd = 'Un "mot" <b> & \\ un\nsaut'
    statements: list[dcat.Statement] = [(dcat.Iri("https://observatoire.test/x"), "dct:title", dcat.Text(odd))]
    for form, known in PARSED.items():
        graph = Graph().parse(data=dcat.written(statements, form), format=known)
        assert str(graph.value(URIRef("https://observatoire.test/x"), DCT.title)) == odd


CLASSES = {
    DCT.license: DCT.LicenseDocument, DCT.rights: DCT.RightsStatement, DCT.publisher: FOAF.Agent, DCT.spatial: DCT.Location,
    DCT["format"]: DCT.MediaTypeOrExtent, DCAT.mediaType: DCT.MediaType, DCT.conformsTo: DCT.Standard, DCT.accrualPeriodicity: DCT.Frequency,
    DCT.temporal: DCT.PeriodOfTime, DCAT.contactPoint: VCARD.Kind, DCAT.theme: SKOS.Concept, DCAT.landingPage: FOAF.Document,
}  # fmt: skip


@pytest.mark.parametrize("form", PARSED)
def test_what_is_named_is_a_resource_of_the_class_that_dcat_ap_asks_for(form: str) -> None:
    """The shapes of DCAT-AP 3.0.1 (`shapes.ttl`, `range.ttl`): a format or a right that is a text is refused."""
    graph = _page(form, 1)
    for name, kind in CLASSES.items():
        values = set(graph.objects(predicate=name))
        assert values, name
        assert all((value, RDF.type, kind) in graph for value in values), (name, kind)
    assert {str(value).rpartition("/")[2] for value in graph.objects(predicate=DCT["format"])} == {"CSV", "XLSX", "JSON"}


def test_a_harvester_reads_licence_place_and_time_without_looking_anything_up() -> None:
    """data.gouv.fr's goes by the label of a licence, and draws a place from its shape."""
    graph = _page("ttl", 1)
    assert str(graph.value(URIRef(dcat.LICENCE_ID), RDFS.label)) == "Licence Ouverte / Open Licence version 2.0"
    box = graph.value(URIRef(dcat.REGION), DCAT.bbox)
    assert isinstance(box, Literal)
    assert box.datatype == URIRef("http://www.opengis.net/ont/geosparql#wktLiteral")
    assert str(box).startswith("POLYGON((1.4")
    period = graph.value(URIRef("https://observatoire.test/indicateurs/I01"), DCT.temporal)
    assert isinstance(start := graph.value(period, DCAT.startDate), Literal)
    assert start.toPython() == date(2025, 1, 1)
